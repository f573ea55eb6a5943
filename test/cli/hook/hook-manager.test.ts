import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { parse } from "yaml";

import { findHookManager } from "../../../src/cli/hook/hook-manager.ts";
import { runCli } from "../../support/cli.ts";
import { createRepository } from "../../support/git-repository.ts";
import { makeFolder } from "../../support/load-fixture.ts";

const COMMAND = "npx --no-install sealconf check --staged";
const MANAGED: readonly (readonly [name: string, file: string, advice: RegExp])[] = [
  ["husky", ".husky/pre-push", /^add the line to \.husky\/pre-commit and to \.husky\/pre-merge-commit$/],
  ["lefthook", "lefthook.yml", /lefthook install$/],
  ["pre-commit", ".pre-commit-config.yaml", /pre-commit install -t pre-commit -t pre-merge-commit$/],
];

describe("hook managers", { concurrency: 4 }, () => {
  test("where a tool manages the hooks, the lines for it are printed and nothing is installed", async (t) => {
    for (const [name, file, advice] of MANAGED) {
      const repository = await createRepository(t);
      await repository.write(file, "");
      const { folder: cwd, environment } = repository;
      const { code, stdout, stderr } = await runCli(["hook", "install"], { cwd, environment });
      const [said = "", hint = ""] = stderr.split("\n");
      assert.deepEqual([code, said], [2, `sealconf: ${name} manages the hooks here: none was installed`]);
      assert.match(hint.trim(), advice);
      assert.ok(stdout.includes(COMMAND) && stdout.endsWith("\n"), stdout);
      assert.ok(!existsSync(join(cwd, ".git/hooks/pre-commit")));
    }
  });

  test("once they are in its files it is enough", async (t) => {
    const repository = await createRepository(t);
    await repository.write(".husky/pre-commit", `npm test\n${COMMAND}\n`);
    const { folder: cwd, environment } = repository;
    assert.equal((await runCli(["hook", "install"], { cwd, environment })).code, 2);
    await repository.write(".husky/pre-merge-commit", `${COMMAND}\n`);
    assert.deepEqual(await runCli(["hook", "install"], { cwd, environment }), {
      code: 0,
      stdout: "",
      stderr: "husky: runs the check already\n",
    });
  });

  test("the lines are what each tool reads", async (t) => {
    const lefthook = await findHookManager(makeFolder(t, { ".config/lefthook.yaml": "" }));
    const job = { commands: { sealconf: { run: COMMAND } } };
    assert.deepEqual(parse(lefthook?.lines ?? ""), { "pre-commit": job, "pre-merge-commit": job });
    const preCommit = await findHookManager(makeFolder(t, { ".pre-commit-config.yaml": "" }));
    assert.deepEqual(parse(preCommit?.lines ?? ""), [
      {
        repo: "local",
        hooks: [
          {
            id: "sealconf",
            name: "no secrets in plaintext",
            entry: COMMAND,
            language: "system",
            pass_filenames: false,
            always_run: true,
          },
        ],
      },
    ]);
  });

  test("each tool's own way of running the check is known", async (t) => {
    const configs: readonly (readonly [string, string])[] = [
      [".lefthook.toml", `[pre-commit.commands.sealconf]\nrun = "${COMMAND}"\n`],
      [
        "lefthook.json",
        `{"pre-commit":{"commands":{"sealconf":{"run":"pnpm exec sealconf check --staged"}}}}`,
      ],
      [
        ".pre-commit-config.yaml",
        "repos:\n- repo: https://example.com/sealconf\n  hooks:\n  - id: sealconf\n",
      ],
    ];
    for (const [file, text] of configs) {
      assert.equal((await findHookManager(makeFolder(t, { [file]: text })))?.guarded, true, file);
      assert.equal((await findHookManager(makeFolder(t, { [file]: "" })))?.guarded, false, file);
    }
    assert.equal(await findHookManager(makeFolder(t, { "package.json": "{}" })), undefined);
  });
});
