import { mkdir, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

import { fromUtf8 } from "../../bytes/index.ts";
import { nearestPolicy } from "../../config/nearest-policy.ts";
import { SourceError } from "../../errors/index.ts";
import { attributePatterns } from "../../git/attribute-patterns.ts";
import { writeSetting } from "../../git/index.ts";
import { ENVIRONMENT_FILE, type Policy, POLICY_FILE } from "../../policy/index.ts";
import { leavesRoot } from "../../source/index.ts";
import { updateFile } from "../../source/update-file.ts";

import { type Clone, gitPath } from "./clone.ts";
import { textconvCommand } from "./hook-script.ts";
import type { Io } from "../io.ts";

const MAX_ATTRIBUTES_BYTES = 1024 * 1024;

/**
 * Has git show the files of the nearest policy through `sealconf textconv`, in this clone alone: by the repository's
 * own configuration and its `info/attributes`, which nobody shares. Returns the attributes' file.
 *
 * @throws SourceError `ERR_NO_RULE`, `ERR_POLICY_INVALID`, `ERR_WRITE_FAILED`; LoadError when the policy cannot be
 * used
 */
export async function installDiffDriver(clone: Clone, { cwd }: Pick<Io, "cwd">): Promise<string> {
  const { repository, workTree } = clone;
  const { root, policy } = await nearestPolicy(cwd);
  if (policy === undefined) {
    throw new SourceError("ERR_NO_RULE", `there is no ${POLICY_FILE} here or above`, {
      hint: "make one: sealconf init",
    });
  }
  const folder = relative(workTree, await realpath(root)).replaceAll(sep, "/");
  if (leavesRoot(folder)) {
    throw new SourceError("ERR_POLICY_INVALID", "the policy lies outside of this repository", {
      source: { file: join(root, POLICY_FILE) },
    });
  }
  await writeSetting(repository, "diff.sealconf.textconv", textconvCommand(clone));
  // git would keep what it showed in its object database, with --reveal the plaintext.
  await writeSetting(repository, "diff.sealconf.cachetextconv", "false");
  const file = await gitPath(repository, "--git-path", "info/attributes");
  await mkdir(dirname(file), { recursive: true });
  const source = { file };
  await updateFile(file, { source, maxBytes: MAX_ATTRIBUTES_BYTES }, async (bytes = new Uint8Array()) => {
    const text = fromUtf8(bytes);
    if (text === undefined) throw new SourceError("ERR_FILE_UNREADABLE", "not UTF-8 text", { source });
    return withBlock(text, `${folder}/${POLICY_FILE}`.replace(/^\//, ""), attributeLines(policy, folder));
  });
  return file;
}

function attributeLines({ rules }: Policy, folder: string): string[] {
  const globs = rules.flatMap(({ files }) => files).filter((glob) => glob !== ENVIRONMENT_FILE);
  const patterns = new Set(globs.flatMap((glob) => attributePatterns(glob, folder)));
  // A sealed file is no text, whatever pattern it matches.
  return [...[...patterns].map((pattern) => `${pattern} diff=sealconf`), "*.sealed -diff"];
}

/** Puts the lines where those of the same policy stand, or at the end; everything else stays. */
function withBlock(text: string, policyName: string, lines: readonly string[]): string {
  const begin = `# sealconf hook install --diff: ${JSON.stringify(policyName)}`;
  const end = `# end of ${JSON.stringify(policyName)}`;
  const block = [begin, ...lines, end, ""].join("\n");
  const start = `\n${text}`.indexOf(`\n${begin}\n`);
  const stop = start === -1 ? -1 : text.indexOf(`\n${end}\n`, start);
  if (stop !== -1) return text.slice(0, start) + block + text.slice(stop + end.length + 2);
  return text === "" || text.endsWith("\n") ? text + block : `${text}\n${block}`;
}
