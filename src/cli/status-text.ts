import type { MissingSecret } from "../status/compare-environments.ts";
import type { SecretStatus } from "../status/status.ts";
import { printable } from "../errors/index.ts";
import { formatPath } from "../path/path.ts";

import type { ToldFile } from "../status/gather-status.ts";

type Row = readonly [path: string, kind: string, size: string, more: string];

/** Writes what is told of the files that have a secret, or lack one, as a table for each. */
export function statusText(files: readonly ToldFile[]): string {
  return files
    .filter(({ secrets, missing }) => secrets.length + missing.length > 0)
    .map((file) => `${titleOf(file)}\n${tableOf(file)}`)
    .join("\n");
}

/** Writes what is told of all files as JSON. */
export function statusJson(files: readonly ToldFile[]): string {
  const told = files.map(({ file, app, env, dataKeys, kmsCalls, secrets, missing }) => ({
    file,
    app,
    env,
    dataKeys,
    kmsCalls,
    secrets: secrets.map(({ at, source: { line, column }, ...secret }) => {
      return { path: formatPath(at), line, column, ...secret };
    }),
    missing,
  }));
  return `${JSON.stringify({ files: told }, null, 2)}\n`;
}

function titleOf({ file, env, dataKeys, kmsCalls }: ToldFile): string {
  const facts = [
    ...(env === undefined ? [] : [`env ${env}`]),
    counted(dataKeys, "data key"),
    counted(kmsCalls, "KMS call"),
  ];
  return `${printable(file)}: ${facts.join(", ")}`;
}

function tableOf({ secrets, missing }: ToldFile): string {
  const rows = [...secrets.map(rowOfSecret), ...missing.map(rowOfMissing)];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [pathWidth = 0, kindWidth = 0, sizeWidth = 0] = widths;
  return rows
    .map(([path, kind, size, more]) => {
      const cells = [path.padEnd(pathWidth), kind.padEnd(kindWidth), size.padStart(sizeWidth), more];
      return `  ${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

function rowOfSecret({ at, kind, as, recipients, bytes }: SecretStatus): Row {
  const suffix = as === undefined || as === "text" ? "" : `+${as}`;
  const what = kind === "plaintext" ? "plaintext!" : kind + suffix;
  return [
    printable(formatPath(at)),
    what,
    bytes === undefined ? "" : counted(bytes, "byte"),
    recipients.join(", "),
  ];
}

function rowOfMissing({ path, presentIn }: MissingSecret): Row {
  const have = presentIn.length === 1 ? "has it" : "have it";
  return [printable(path), "missing!", "", `${presentIn.map(printable).join(", ")} ${have}`];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
