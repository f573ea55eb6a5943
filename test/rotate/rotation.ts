import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

import { createProviders } from "../../src/config/providers.ts";
import type { RotationOptions } from "../../src/rotate/plan-rotation.ts";
import { createProject } from "../../src/edit/project.ts";
import { MAX_BLOB_BYTES } from "../../src/edit/read-sealed.ts";
import { createRotator } from "../../src/rotate/rotate-file.ts";
import type { RotationSummary } from "../../src/rotate/rotation-summary.ts";
import type { EmulatorOptions } from "../../src/emulator/index.ts";
import { describeConfig, type Environment, loadConfig, type SealOptions } from "../../src/index.ts";
import { makeSealingKey, parseKeys, sealBlob } from "../../src/sealing/index.ts";
import { CONTEXT, makeFolder, sealOne, startKms, type TestKms } from "../support/load-fixture.ts";

/** A folder with a policy and files, and the key service that they are sealed under. */
export interface Sealed extends TestKms {
  readonly folder: string;
  readonly read: (name: string) => string;
  readonly write: (name: string, content: string | Uint8Array) => void;
  /** Seals a value in a run of its own. */
  readonly seal: (path: string | null, value: unknown, options?: Partial<SealOptions>) => Promise<string>;
  /** Encrypts a text as the key service's console does, bound to nothing. */
  readonly encryptRaw: (key: string, text: string) => Promise<string>;
  /** Seals a file in a run of its own. */
  readonly sealFile: (name: string, content: string, options?: SealFileOptions) => Promise<Uint8Array>;
  /** Loads files with a count of calls to the key service. */
  readonly load: (...names: string[]) => Promise<{ readonly config: unknown; readonly kmsCalls: number }>;
  readonly rotate: (names: readonly string[], options?: RotateTestOptions) => Promise<RotationSummary[]>;
  readonly preview: (name: string, options?: RotationOptions) => Promise<RotationSummary>;
}

interface SealFileOptions {
  readonly keys?: readonly string[];
  readonly context?: { readonly app?: string; readonly env?: string };
}

interface RotateTestOptions extends RotationOptions {
  readonly environment?: Environment;
}

/** Starts a key service and writes a policy, which gets its keys. */
export async function startSealed(
  t: TestContext,
  policyFor: (keys: readonly string[]) => string,
  options: EmulatorOptions = { keysPerRegion: 3 },
): Promise<Sealed> {
  const kms = await startKms(t, options);
  const { key, keys, environment } = kms;
  const folder = makeFolder(t, { ".git/HEAD": "", ".sealconf.yaml": policyFor(keys) });
  const { providerOf, close } = createProviders({ given: [], environment });
  t.after(close);

  async function withRotator<Result>(
    { environment: its = environment, ...rotation }: RotateTestOptions,
    work: (rotator: ReturnType<typeof createRotator>) => Promise<Result>,
  ): Promise<Result> {
    const made = createProviders({ given: [], environment: its });
    const services = { providerOf: made.providerOf, hasProvider: made.has, maxBlobBytes: MAX_BLOB_BYTES };
    try {
      return await work(createRotator(services, rotation));
    } finally {
      await made.close();
    }
  }

  return {
    ...kms,
    folder,
    read: (name) => readFileSync(join(folder, name), "latin1"),
    write(name, content) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    },
    seal: async (path, value, sealOptions) =>
      await sealOne(path, value as string, { keys: [key], environment, ...sealOptions }),
    async encryptRaw(text, plain) {
      const [reference = assert.fail()] = parseKeys([text]);
      const provider = await providerOf("tencent");
      const request = { key: reference, plaintext: Buffer.from(plain), encryptionContext: "" };
      return `sealed:v1:raw:${text}=${(await provider.encrypt(request)).wrapped}`;
    },
    async sealFile(name, content, { keys: its = [key], context = CONTEXT } = {}) {
      return sealBlob(
        await makeSealingKey(parseKeys(its), context, { providerOf }),
        name,
        Buffer.from(content),
      );
    },
    async load(...names) {
      const config = await loadConfig({ root: folder, files: names, environment });
      return { config, kmsCalls: describeConfig(config).kmsCalls };
    },
    rotate: async (names, rotation = {}) =>
      await withRotator(rotation, async (rotator) => {
        const project = createProject(folder);
        const summaries = [];
        for (const name of names) summaries.push(await rotator.rotate(await project.cover(name)));
        return summaries;
      }),
    preview: async (name, rotation = {}) =>
      await withRotator(rotation, async (rotator) => {
        return await rotator.preview(await createProject(folder).cover(name));
      }),
  };
}

/** The counts of a summary that are not zero. */
export function countsOf({ counts }: RotationSummary): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** What stands around the tokens of a text. */
export function aroundTokens(text: string): string {
  return text.replaceAll(/sealed:v1:[A-Za-z0-9+/=_.:,-]*/g, (token) =>
    token.split(":").slice(0, 3).join(":"),
  );
}

export function tokensOf(text: string): string[] {
  return text.match(/sealed:v1:[A-Za-z0-9+/=_.:,-]*/g) ?? [];
}
