import { join } from "node:path";

import type { JsonValue } from "../bytes/index.ts";
import { type SealedValue, sourceOf } from "../config/layer.ts";
import { createOpener, type OpenServices } from "../config/opener.ts";
import { KmsError, OpenError, SourceError } from "../errors/index.ts";
import type { Document } from "../format/index.ts";
import { replaceScalars, type ScalarEdit } from "../format/replace.ts";
import { sealBlob } from "../sealing/index.ts";
import { reEncryptDirect, reEncryptRaw } from "../sealing/re-encrypt.ts";
import { updateFile } from "../source/update-file.ts";

import { changeDocument } from "../edit/change-document.ts";
import { type FileStep, planRotation, type RotationOptions, type RotationStep } from "./plan-rotation.ts";
import type { CoveredFile } from "../edit/project.ts";
import { readConfig } from "../edit/read-config.ts";
import { blobName, MAX_BLOB_BYTES } from "../edit/read-sealed.ts";
import { type RotationResult, type RotationSummary, summarize } from "./rotation-summary.ts";
import { located } from "../edit/located.ts";
import { createSealer, type SealingRule } from "../edit/sealer.ts";

/** Rotates the files of one run: each data key is unwrapped once, and each group of values gets one new one. */
export interface Rotator {
  /**
   * Says what `rotate` would do with a file as it is now. Contacts nothing and needs no key.
   *
   * @throws SourceError, TokenError, UsageError; LoadError for several
   */
  readonly preview: (file: CoveredFile) => Promise<RotationSummary>;
  /**
   * Gives every sealed value of a file, and the sealed files that it refers to, a fresh data key and the rule's
   * recipients. Every value is sealed, and every sealed file opened, before a byte is written.
   *
   * @throws SourceError, TokenError, UsageError, OpenError or KmsError with the value's place; LoadError for several
   */
  readonly rotate: (file: CoveredFile, onProgress?: OnProgress) => Promise<RotationSummary>;
}

/** Called as each value and each sealed file is done. */
export type OnProgress = () => void;

type ValueStep = Exclude<RotationStep, FileStep>;

interface Outcome {
  readonly result: RotationResult;
  readonly edit?: ScalarEdit | undefined;
}

interface Rotated {
  /** The document's new text, where anything of it changes. */
  readonly text: string | undefined;
  readonly summary: RotationSummary;
}

export function createRotator(services: OpenServices, options: RotationOptions): Rotator {
  const opener = createOpener(services);
  const sealer = createSealer(services);

  async function open(sealed: SealedValue): Promise<JsonValue | Uint8Array> {
    try {
      return (await opener.prepare(sealed))(sealed).value;
    } catch (error) {
      if (!(error instanceof KmsError) || error.code !== "ERR_KMS_DENIED") throw error;
      const { code, message, provider, requestId, hint = "ask somebody who may" } = error;
      const needed = "what is rotated is opened and sealed again, which takes the right to decrypt";
      throw new KmsError(code, message, { provider, requestId, hint: `${needed}: ${hint}` });
    }
  }

  async function renew(step: ValueStep, rule: SealingRule): Promise<Outcome> {
    const { way, node, sealed } = step;
    if (way === "leave") return { result: way };
    if (way === "re-encrypt") {
      const { token, newKey } = step;
      const { text, changed } = await (token.kind === "raw"
        ? reEncryptRaw(token, newKey, services)
        : reEncryptDirect(token, sealed.names, newKey, services));
      return changed ? { result: way, edit: { node, value: text } } : { result: "unchanged" };
    }
    const value = await open(sealed);
    if (value instanceof Uint8Array) throw new TypeError("only a sealed file opens as bytes");
    const { bindsPath, as } = step.token;
    const text = await sealer.seal(rule, { value, path: bindsPath ? sealed.origin.path : undefined, as });
    return { result: way, edit: { node, value: text } };
  }

  async function openFile({ token, sealed, renamed }: FileStep): Promise<Uint8Array> {
    const bytesOf = async (value: SealedValue): Promise<Uint8Array> => {
      const opened = await open({ ...value, token: { ...token, as: "bytes" } });
      if (opened instanceof Uint8Array) return opened;
      throw new TypeError("a sealed file opens as bytes");
    };
    try {
      return await bytesOf(sealed);
    } catch (error) {
      if (!(error instanceof OpenError) || renamed === sealed) throw error;
      return await bytesOf(renamed);
    }
  }

  async function writeFile(step: FileStep, rule: SealingRule): Promise<void> {
    const { sealed, token } = step;
    const source = sourceOf(sealed.origin);
    const path = join(sealed.folder ?? "", token.path);
    await updateFile(path, { source, maxBytes: MAX_BLOB_BYTES }, async () => {
      const sealingKey = await sealer.sealingKeyOf(rule);
      const plaintext = await openFile(step);
      const bytes = sealBlob(sealingKey, blobName(token), plaintext);
      plaintext.fill(0);
      if (bytes.length <= MAX_BLOB_BYTES) return bytes;
      throw new SourceError("ERR_LIMIT_EXCEEDED", "the sealed file would become too large", { source });
    });
  }

  async function rotateDocument(
    document: Document,
    file: CoveredFile,
    onProgress: OnProgress | undefined,
  ): Promise<Rotated> {
    const plan = await planRotation(document, file, options, services);
    const { rule, steps } = plan;
    const outcomes = await Promise.all(
      steps
        .filter((step) => step.way !== "seal-file")
        .map(async (step) => {
          const outcome = await located(sourceOf(step.sealed.origin), async () => await renew(step, rule));
          onProgress?.();
          return outcome;
        }),
    );
    const edits = outcomes.flatMap(({ edit }) => edit ?? []);
    const text = edits.length === 0 ? undefined : await replaceScalars(document, edits);
    const fileSteps = steps.filter((step) => step.way === "seal-file");
    for (const step of fileSteps)
      (await located(sourceOf(step.sealed.origin), async () => await openFile(step))).fill(0);
    // The rule's keys open the old and the new alike: wherever this ends, what is there loads. After a renaming nothing
    // loads before the end, and the next run goes on from where this one stopped.
    for (const step of fileSteps) {
      await located(sourceOf(step.sealed.origin), async () => await writeFile(step, rule));
      onProgress?.();
    }
    const results = [...outcomes.map(({ result }) => result), ...fileSteps.map(({ way }) => way)];
    return { text, summary: summarize(plan, results) };
  }

  return {
    async preview(file) {
      return summarize(await planRotation(await readConfig(file), file, options, services));
    },
    async rotate(file, onProgress) {
      let rotated: Rotated | undefined;
      await changeDocument(file, async (document) => {
        rotated = await rotateDocument(document, file, onProgress);
        return rotated.text;
      });
      if (rotated === undefined) throw new TypeError("a file that was changed was looked at");
      return rotated.summary;
    },
  };
}
