import { stat } from "node:fs/promises";
import { resolve } from "node:path";

import type { JsonValue } from "../bytes/index.ts";
import type { Sealer } from "../edit/sealer.ts";
import { formatSource, printable, UsageError } from "../errors/index.ts";

import type { EncryptValueOptions } from "./encrypt-value.ts";
import { type Io, write } from "./io.ts";
import { parseJsonInput, readValue } from "./read-value.ts";
import { withSealer } from "./with-sealer.ts";

type Options = Pick<EncryptValueOptions, "as" | "quiet">;

/** `encrypt-value FILE --path P`. */
export async function setInFile(name: string, path: string, { as, quiet }: Options, io: Io): Promise<void> {
  const [{ createProject }, { setFileValue }, { parsePath }] = await Promise.all([
    import("../edit/project.ts"),
    import("../edit/set-file-value.ts"),
    import("../path/path.ts"),
  ]);
  parsePath(path);
  const file = await createProject(io.cwd).cover(name);
  const value = await readTyped(path, as, io);
  await withSealer(io, async (sealer) => {
    await setFileValue(file, { path, value, as: as ?? "text" }, sealer);
  });
  if (quiet !== true) await write(io.stderr, `${formatSource({ file: name, path })}: sealed\n`);
}

/** `encrypt-value FILE…`. */
export async function sealInFiles(names: readonly string[], { quiet }: Options, io: Io): Promise<void> {
  const [{ createProject }, { changeDocument }, { sealDocument }] = await Promise.all([
    import("../edit/project.ts"),
    import("../edit/change-document.ts"),
    import("../edit/seal-document.ts"),
  ]);
  const project = createProject(io.cwd);
  // All of them before the first is written.
  const files = await Promise.all(names.map(async (name) => await project.cover(name)));
  let done = 0;
  const seal = async (sealer: Sealer): Promise<void> => {
    for (const file of files) {
      let lines = "";
      await changeDocument(file, async (document) => {
        const { text, sealed } = await sealDocument(document, file.rule, sealer);
        lines = sealed.map((source) => `${formatSource(source)}: sealed\n`).join("");
        return text;
      });
      done += 1;
      await write(io.stdout, lines);
      if (quiet === true || lines !== "") continue;
      const why = file.rule.secrets.texts.length === 0 ? ": its rule has no secrets patterns" : "";
      await write(io.stderr, `${printable(file.shown)}: nothing to seal${why}\n`);
    }
  };
  try {
    await withSealer(io, seal);
  } finally {
    if (done > 0 && done < files.length)
      await write(io.stderr, `${done} of ${files.length} files are done\n`);
  }
}

/** `encrypt-value --for FILE --path P`. */
export async function printTokenFor(
  name: string,
  path: string | null,
  { as }: Options,
  io: Io,
): Promise<void> {
  const [{ createProject }, { parsePath }, { ENVIRONMENT_FILE }] = await Promise.all([
    import("../edit/project.ts"),
    import("../path/path.ts"),
    import("../policy/index.ts"),
  ]);
  const project = createProject(io.cwd);
  const parsed = path === null ? undefined : parsePath(path);
  if (name === ENVIRONMENT_FILE && parsed !== undefined && parsed.length !== 1) {
    throw new UsageError("ERR_OPTION_INVALID", "a variable has a name and no path below it", {
      hint: "name the variable: --path DB_PASSWORD",
    });
  }
  const { rule } = await (name === ENVIRONMENT_FILE ? project.coverEnvironment() : project.cover(name));
  const value = await readTyped(path ?? undefined, as, io);
  await withSealer(io, async (sealer) => {
    const token = await sealer.seal(rule, { value, path: parsed, as: as ?? "text" });
    await write(io.stdout, `${token}\n`);
  });
}

async function readTyped(path: string | undefined, as: "json" | undefined, io: Io): Promise<JsonValue> {
  const text = await readValue(path === undefined ? "value" : `value for ${path}`, io);
  return as === "json" ? parseJsonInput(text) : text;
}

/**
 * An argument that is no file may be the value itself, typed where others can read it: it is not repeated.
 *
 * @throws UsageError `ERR_OPTION_INVALID`
 */
export async function requireFiles(names: readonly string[], { cwd }: Io): Promise<void> {
  for (const name of names) if (!(await isFile(resolve(cwd, name)))) throw noFile();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // Whatever the reason, it is no file that could be changed.
    return false;
  }
}

function noFile(): UsageError {
  return new UsageError(
    "ERR_OPTION_INVALID",
    "an argument is no file, and a value is never taken from the arguments, which others can read",
    {
      hint: 'pipe it in: printf %s "$PASSWORD" | encrypt-value FILE --path P; a file that is new is made first',
    },
  );
}
