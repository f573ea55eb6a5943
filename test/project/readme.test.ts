import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, test } from "node:test";

import { temporaryFolder } from "../support/temporary-folder.ts";
import { ROOT } from "./project.ts";

interface Block {
  readonly language: string;
  readonly code: string;
}

/** Returns the fenced blocks of a document. */
function blocksOf(file: string): Block[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
    language,
    code,
  }));
}

/** Makes an empty project that has this package and zod installed. */
function createProject(folder: string): void {
  mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
  symlinkSync(ROOT, join(folder, "node_modules", "sealconf"));
  symlinkSync(join(ROOT, "node_modules", "zod"), join(folder, "node_modules", "zod"));
  const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    bin: Record<string, string>;
  };
  for (const [name, file] of Object.entries(bin)) {
    writeProgram(folder, name, `node ${JSON.stringify(join(ROOT, file))}`);
  }
  // npx would ask npm each time; what it runs in the end is the program of that name.
  writeProgram(folder, "npx", "");
}

function writeProgram(folder: string, name: string, command: string): void {
  writeFileSync(join(folder, "node_modules", ".bin", name), `#!/bin/sh\nexec ${command} "$@"\n`, {
    mode: 0o755,
  });
}

const MARK = "\u0001";

/** Runs shell commands one after the other in one shell, and returns what each of them showed. */
function runShell(commands: readonly string[], folder: string): string[] {
  const path = [join(folder, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"]].join(
    delimiter,
  );
  const home = join(folder, "home");
  mkdirSync(home);
  const identity = {
    GIT_AUTHOR_NAME: "A Developer",
    GIT_AUTHOR_EMAIL: "developer@example.com",
    GIT_COMMITTER_NAME: "A Developer",
    GIT_COMMITTER_EMAIL: "developer@example.com",
  };
  const script = commands.map((command) => `printf '${MARK}'\n${command}\n`).join("");
  const { status, stdout } = spawnSync("bash", ["-euo", "pipefail", "-m", "-c", `exec 2>&1\n${script}`], {
    cwd: folder,
    encoding: "utf8",
    env: { ...identity, GIT_CONFIG_NOSYSTEM: "1", PATH: path, HOME: home },
    timeout: 120_000,
  });
  assert.equal(status, 0, stdout);
  return stdout.split(MARK).slice(1);
}

describe("README.md", () => {
  const blocks = blocksOf("README.md");
  const isStep = ({ language, code }: Block) => language === "sh" && !code.startsWith("npm ci");
  const app = blocks.find(({ code }) => code.startsWith("// app.mjs"))?.code ?? "";

  test("leads from plaintext to a guarded repository and a typed config, with the output that it shows", async (t) => {
    const folder = await temporaryFolder(t);
    createProject(folder);
    writeFileSync(join(folder, "app.mjs"), app);
    const steps = blocks.flatMap((block, index) => {
      const next = blocks[index + 1];
      if (!isStep(block) || block.code.includes("kms-emulator")) return [];
      return [{ command: block.code, shown: next?.language === "text" ? next.code : undefined }];
    });
    const shown = runShell(
      [...steps.map(({ command }) => command), "node app.mjs", "git log --oneline"],
      folder,
    );
    const [log, loaded] = [shown.pop(), shown.pop()];
    for (const [index, step] of steps.entries()) {
      if (step.shown !== undefined) assert.equal(shown[index], step.shown, step.command);
    }
    assert.equal(loaded, "{ db: { host: 'db.internal', pool: 10, password: [sealed] } }\n28\n");
    assert.match(log ?? "", /^\w+ Add staging\n\w+ Seal the config's secrets\n$/);
  });

  test("leads through the emulator and back to the value", async (t) => {
    const folder = await temporaryFolder(t);
    createProject(folder);
    const emulator = blocks.find(({ code }) => code.includes("kms-emulator >"))?.code ?? "";
    // The server is waited for, so that nothing of it is left behind.
    const [shown] = runShell([`{ ${emulator}wait; } 2> /dev/null`], folder);
    assert.equal(shown, "correct horse battery staple");
  });
});

test("README.zh-CN.md has the same commands and code as README.md", () => {
  assert.deepEqual(blocksOf("README.zh-CN.md"), blocksOf("README.md"));
});
