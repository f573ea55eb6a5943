import { type SealedValue, sourceOf } from "../config/layer.ts";
import type { Problems } from "../config/problems.ts";
import type { Source } from "../errors/index.ts";
import type { Document } from "../format/index.ts";
import type { Path } from "../path/path.ts";
import type { PathPatterns } from "../policy/index.ts";
import { type Blob, payloadPlaintextBytes } from "../sealing/index.ts";
import type { Token } from "../token/index.ts";

import { type BootCost, bootCostOf } from "../config/boot-cost.ts";
import { type FileOfRule, findSealed, readReferencedBlob } from "../edit/read-sealed.ts";
import { findPlaintext, sourceOf as sourceOfScalar } from "../edit/seal-document.ts";

/** A secret of a file, told without any key. */
export interface SecretStatus {
  /** In the file's own terms. */
  readonly at: Path;
  readonly source: Source;
  /** `plaintext` for what stands in the clear where the policy says that a secret is. */
  readonly kind: Token["kind"] | "plaintext";
  /** What it opens to; unknown of plaintext. */
  readonly as?: "text" | "json" | "bytes" | undefined;
  /** Key references. */
  readonly recipients: readonly string[];
  /** Of the value; unknown for what the key service encrypted itself. */
  readonly bytes?: number | undefined;
}

export interface FileStatus extends BootCost {
  /** In the document's order. */
  readonly secrets: readonly SecretStatus[];
}

/**
 * Tells what the secrets of a file are. Contacts nothing and needs no key; what looks sealed and is no token, and a sealed file
 * that cannot be read, is a problem.
 */
export async function statusOf(
  document: Document,
  { secrets: patterns, ...file }: FileOfRule & { readonly secrets: PathPatterns },
  problems: Problems,
): Promise<FileStatus> {
  const sealed = findSealed(document, file, problems);
  const blobs = new Map<SealedValue, Blob>();
  for (const { sealed: value } of sealed) {
    const { token, origin } = value;
    if (token.kind !== "file") continue;
    const blob = await problems.collectAsync(origin, async () => await readReferencedBlob(token, value));
    if (blob !== undefined) blobs.set(value, blob);
  }
  const blobOf = (value: SealedValue): Blob | undefined => blobs.get(value);
  const plain = findPlaintext(document, patterns).filter(({ node }) => !node.aliased);
  const found = [
    ...sealed.map(({ node, sealed: value }) => ({ node, status: sealedStatus(value, blobOf(value)) })),
    ...plain.map((scalar) => ({ node: scalar.node, status: plaintextStatus(document, scalar) })),
  ];
  return {
    secrets: found.toSorted((a, b) => a.node.start - b.node.start).map(({ status }) => status),
    ...bootCostOf(
      sealed.map(({ sealed: value }) => value),
      blobOf,
    ),
  };
}

function sealedStatus({ token, origin }: SealedValue, blob: Blob | undefined): SecretStatus {
  const recipients = token.kind === "file" ? (blob?.recipients ?? []) : token.recipients;
  const payload = token.kind === "envelope" ? token.payload : blob?.payload;
  return {
    at: origin.path,
    source: sourceOf(origin),
    kind: token.kind,
    as: token.kind === "raw" ? "text" : token.as,
    recipients: recipients.map(({ key }) => key.text),
    bytes: payload && payloadPlaintextBytes(payload.length),
  };
}

function plaintextStatus(document: Document, scalar: ReturnType<typeof findPlaintext>[number]): SecretStatus {
  const source = sourceOfScalar(document, scalar);
  return { at: scalar.path, source, kind: "plaintext", recipients: [] };
}
