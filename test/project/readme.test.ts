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

function runShell(script: string, folder: string): string {
  const path = [join(folder, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"]].join(
    delimiter,
  );
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-m", "-c", script], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: path, HOME: folder },
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

describe("README.md", () => {
  const blocks = blocksOf("README.md");
  const shell = blocks.filter(({ language, code }) => language === "sh" && !code.startsWith("npm ci"));
  const app = blocks.find(({ code }) => code.startsWith("// app.mjs"))?.code ?? "";
  const output = blocks.find(({ language }) => language === "text")?.code ?? "";

  test("leads from a key to a typed config, with the output that it shows", async (t) => {
    const folder = await temporaryFolder(t);
    createProject(folder);
    writeFileSync(join(folder, "app.mjs"), app);
    const steps = shell.filter(({ code }) => !code.includes("kms-emulator")).map(({ code }) => code);
    const stdout = runShell([...steps, "node app.mjs"].join("\n"), folder);
    assert.equal(
      stdout,
      `local/dev\n${output}{ db: { host: 'db.internal', pool: 10, password: [sealed] } }\n28\n`,
    );
  });

  test("leads through the emulator and back to the value", async (t) => {
    const folder = await temporaryFolder(t);
    createProject(folder);
    const emulator = shell.find(({ code }) => code.includes("kms-emulator"))?.code ?? "";
    // The server is waited for, so that nothing of it is left behind.
    assert.equal(runShell(`${emulator}wait`, folder), "correct horse battery staple");
  });
});

test("README.zh-CN.md has the same commands and code as README.md", () => {
  assert.deepEqual(blocksOf("README.zh-CN.md"), blocksOf("README.md"));
});
