import { basename, resolve } from "node:path";

import type { Command } from "commander";

import { fromUtf8 } from "../bytes/index.ts";
import {
  formatSource,
  printable,
  SealconfError,
  type Source,
  SourceError,
  TokenError,
  UsageError,
} from "../errors/index.ts";
import type { Token } from "../token/index.ts";

import { type Io, write } from "./io.ts";
import { readInputBytes } from "./read-value.ts";

/** What can be told of a sealed value without any key. */
interface Inspection {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
  readonly kind?: string;
  /** What the opened bytes are read as. */
  readonly as?: string;
  readonly place?: string;
  readonly bindsPath?: boolean;
  readonly reference?: string;
  readonly name?: string;
  readonly recipients?: readonly { readonly key: string; readonly wrappedCharacters: number }[];
  readonly valueBytes?: number;
  readonly characters?: number;
  /** Why it is no token, when it only looks like one. */
  readonly problem?: string;
}

const BLOB_START = "sealconf/v1/blob";
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** `sealconf inspect`. */
export function addInspect(command: Command, io: Io): void {
  command
    .description("tell what a sealed value is and who can open it; needs no key and contacts nothing")
    .argument("<what>", "a token, a config file, a sealed file, or - for standard input")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  $ sealconf inspect config/production.yaml\n")
    .action(async (what: string, { json = false }: { readonly json?: boolean }) => {
      const found = await inspect(what, io);
      await write(io.stdout, json ? `${JSON.stringify(found, null, 2)}\n` : found.map(describe).join("\n"));
      if (found.some(({ problem }) => problem !== undefined)) {
        throw new TokenError("ERR_TOKEN_MALFORMED", "not everything that looks sealed is a token");
      }
    });
}

async function inspect(what: string, io: Io): Promise<Inspection[]> {
  const { looksSealed } = await import("../token/index.ts");
  if (looksSealed(what)) return [await inspectToken(what)];
  if (what === "-") {
    const bytes = await readInputBytes(io.stdin, MAX_FILE_BYTES);
    if (isBlob(bytes)) return [await inspectBlob(bytes, undefined, undefined)];
    const text = fromUtf8(bytes)?.replace(/\r?\n$/, "");
    if (text !== undefined && /^\s*sealed:/i.test(text)) return [await inspectToken(text)];
    throw new UsageError("ERR_OPTION_INVALID", "standard input is neither a token nor a sealed file", {
      hint: "name a config file: its extension tells its format",
    });
  }
  return await inspectFile(what, io);
}

async function inspectFile(file: string, io: Io): Promise<Inspection[]> {
  const [{ readFileIfThere }, format] = await Promise.all([
    import("../source/index.ts"),
    import("../format/index.ts"),
  ]);
  const path = resolve(io.cwd, file);
  const bytes = await readFileIfThere(path, { maxBytes: MAX_FILE_BYTES, source: { file } });
  if (bytes === undefined)
    throw new SourceError("ERR_FILE_UNREADABLE", "the file is not there", { source: { file } });
  if (isBlob(bytes)) {
    const name = basename(file).replace(/\.sealed$/, "");
    return [{ file, ...(await inspectBlob(bytes, name, { file })) }];
  }
  const [document, { looksSealed }, { formatPath }] = await Promise.all([
    format.parseDocument(bytes, { file }),
    import("../token/index.ts"),
    import("../path/path.ts"),
  ]);
  const scalars = format.findScalars(document.root).filter(({ node }) => {
    return typeof node.value === "string" && looksSealed(node.value);
  });
  return await Promise.all(
    scalars.map(async ({ node, path: valuePath }) => {
      const where = { file, ...format.positionAt(document, node.start), path: formatPath(valuePath) };
      return { ...where, ...(await inspectToken(String(node.value))) };
    }),
  );
}

async function inspectToken(text: string): Promise<Inspection> {
  const [{ parseToken }, { payloadPlaintextBytes }] = await Promise.all([
    import("../token/index.ts"),
    import("../sealing/index.ts"),
  ]);
  try {
    return { ...describeToken(parseToken(text), payloadPlaintextBytes), characters: text.length };
  } catch (error) {
    if (error instanceof SealconfError) return { problem: error.message, characters: text.length };
    throw error;
  }
}

function describeToken(token: Token, payloadPlaintextBytes: (payloadBytes: number) => number): Inspection {
  const { kind } = token;
  if (kind === "file") return { kind, as: token.as, reference: token.path };
  const recipients = token.recipients.map(({ key, wrapped }) => ({
    key: key.text,
    wrappedCharacters: wrapped.length,
  }));
  if (kind === "raw") return { kind, as: "text", recipients };
  const { as, place, bindsPath } = token;
  const size = kind === "envelope" ? { valueBytes: payloadPlaintextBytes(token.payload.length) } : {};
  return { kind, as, place, bindsPath, recipients, ...size };
}

async function inspectBlob(
  bytes: Uint8Array,
  fileName: string | undefined,
  source: Source | undefined,
): Promise<Inspection> {
  const { parseBlob, payloadPlaintextBytes } = await import("../sealing/index.ts");
  const blob = parseBlob(bytes, fileName, source);
  const recipients = blob.recipients.map(({ key, wrapped }) => ({
    key: key.text,
    wrappedCharacters: wrapped.length,
  }));
  return {
    kind: "blob",
    name: blob.name,
    recipients,
    valueBytes: payloadPlaintextBytes(blob.payload.length),
  };
}

function describe(inspection: Inspection): string {
  const {
    file,
    kind,
    as,
    place,
    bindsPath,
    reference,
    name,
    recipients = [],
    valueBytes,
    characters,
    problem,
  } = inspection;
  const lines = [
    problem ?? [kind, as === "text" || as === undefined ? "" : `(${as})`].join(" ").trim(),
    ...(reference === undefined ? [] : [`refers to ${reference}`]),
    ...(name === undefined ? [] : [`made for  ${printable(name)}`]),
    ...(place === undefined ? [] : [`place     ${place}${bindsPath === false ? ", bound to no path" : ""}`]),
    ...recipients.map(
      ({ key, wrappedCharacters }) => `key       ${key} (wrapped: ${wrappedCharacters} characters)`,
    ),
    ...(valueBytes === undefined ? [] : [`value     ${valueBytes} bytes`]),
    ...(characters === undefined ? [] : [`token     ${characters} characters`]),
  ];
  const title = file === undefined ? "" : `${formatSource({ ...inspection, file })}\n`;
  return `${title}${lines.map((line) => `${title === "" ? "" : "  "}${line}\n`).join("")}`;
}

function isBlob(bytes: Uint8Array): boolean {
  return fromUtf8(bytes.subarray(0, BLOB_START.length))?.startsWith(BLOB_START) === true;
}
