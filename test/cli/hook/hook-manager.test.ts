import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { chmod, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";

import { parse } from "yaml";

import { findHookManager, type HookManager } from "../../../src/cli/hook/hook-manager.ts";
import { type CliResult, runCli } from "../../support/cli.ts";
import { createRepository } from "../../support/git-repository.ts";
import { addInstalledCli } from "../../support/installed-cli.ts";
import { makeFolder } from "../../support/load-fixture.ts";

const COMMAND = "npx --no-install sealconf check --staged";
const HOOKS = ["pre-commit", "pre-merge-commit"];
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

  test("once they are in husky's files, and husky is active, it is enough", async (t) => {
    const repository = await createRepository(t);
    const { folder: cwd, environment } = repository;
    const install = async (): Promise<CliResult> => await runCli(["hook", "install"], { cwd, environment });
    await repository.write(".husky/pre-commit", `${COMMAND}\nnpm test\n`);
    await repository.write(".husky/pre-merge-commit", `# ${COMMAND}\n`);
    assert.match((await install()).stderr, /husky manages the hooks here: none was installed/);
    await repository.write(".husky/pre-merge-commit", `${COMMAND}\n`);
    const inactive = {
      code: 2,
      stdout: "",
      stderr:
        "sealconf: husky is not active: git finds no executable pre-commit and pre-merge-commit of its\n" +
        "  run its install: npx husky, in the folder of its package.json\n",
    };
    assert.deepEqual(await install(), inactive);
    // Hooks of others do not make it active.
    for (const name of HOOKS) await repository.write(`.git/hooks/${name}`, "#!/bin/sh\n", 0o755);
    assert.deepEqual(await install(), inactive);
    await repository.git(["config", "core.hooksPath", ".husky/_"]);
    assert.deepEqual(await install(), inactive);
    await repository.write(".husky/_/pre-commit", "", 0o755);
    assert.deepEqual(await install(), inactive);
    await repository.write(".husky/_/pre-merge-commit", "", 0o755);
    assert.deepEqual(await install(), {
      code: 0,
      stdout: "",
      stderr: "husky: runs the check already\n",
    });
  });

  test("git runs an old husky's files themselves: they must be executable, and stop at a failure", async (t) => {
    const repository = await createRepository(t);
    const { folder } = repository;
    await repository.git(["config", "core.hooksPath", ".husky"]);
    const find = async (): Promise<HookManager | undefined> =>
      await findHookManager(folder, join(folder, ".husky"));
    for (const name of HOOKS) await repository.write(`.husky/${name}`, `${COMMAND}\nnpm test\n`);
    assert.equal((await find())?.guarded, false);
    const script = `#!/bin/sh\n. "$(dirname -- "$0")/_/husky.sh"\n${COMMAND}\nnpm test\n`;
    for (const name of HOOKS) await repository.write(`.husky/${name}`, script);
    assert.deepEqual([(await find())?.guarded, (await find())?.active], [true, false]);
    for (const name of HOOKS) await chmod(join(folder, ".husky", name), 0o755);
    assert.equal((await find())?.active, true);
  });

  test("husky below the work tree's root is told the line for its folder, and its own hooks stay", async (t) => {
    const repository = await createRepository(t);
    const { folder: cwd, environment } = repository;
    await repository.git(["config", "core.hooksPath", "fe/.husky/_"]);
    const generated = '#!/usr/bin/env sh\n. "$(dirname "$0")/h"';
    for (const name of HOOKS) await repository.write(`fe/.husky/_/${name}`, generated, 0o755);
    await addInstalledCli(repository, "fe");
    const { code, stdout, stderr } = await runCli(["hook", "install"], { cwd, environment });
    assert.deepEqual([code, stdout], [2, "./fe/node_modules/.bin/sealconf check --staged\n"]);
    assert.match(stderr, /add the line to fe\/\.husky\/pre-commit and to fe\/\.husky\/pre-merge-commit\n$/);
    for (const name of HOOKS) {
      assert.equal(readFileSync(join(cwd, "fe/.husky/_", name), "utf8"), generated);
      await repository.write(`fe/.husky/${name}`, stdout);
    }
    assert.equal((await runCli(["hook", "install"], { cwd, environment })).code, 0);
  });

  test("a folder of hooks within husky's, by whatever way it is named, is husky's", async (t) => {
    const folder = makeFolder(t, { "a/.husky/own/x": "", "b/x": "" });
    await symlink(join(folder, "a/.husky"), join(folder, "link"));
    for (const hooks of ["a/.husky/own", "a/.husky", "a/.husky/_/none", "link/own"]) {
      const manager = await findHookManager(folder, join(folder, hooks));
      assert.match(manager?.advice ?? "", /^add the line to a\/\.husky\/pre-commit /, hooks);
    }
    // Where the repository itself lies, or another one, does not matter.
    const below = join(folder, "a/.husky/own");
    assert.equal(await findHookManager(below, join(below, ".git/hooks")), undefined);
    assert.equal(await findHookManager(join(folder, "b"), join(folder, "a/.husky/_")), undefined);
  });

  test("lefthook and pre-commit are active where both hooks are theirs", async (t) => {
    const configs = [
      ["lefthook.yml", 'call_lefthook run "pre-commit" "$@"\n'],
      [".pre-commit-config.yaml", "# File generated by pre-commit: https://pre-commit.com\n"],
    ] as const;
    for (const [config, text] of configs) {
      const repository = await createRepository(t);
      const find = async (): Promise<HookManager | undefined> =>
        await findHookManager(repository.folder, join(repository.folder, ".git/hooks"));
      await repository.write(config, "");
      await repository.write(".git/hooks/pre-commit", text, 0o755);
      assert.equal((await find())?.active, false);
      const merge = await repository.write(".git/hooks/pre-merge-commit", text, 0o644);
      assert.equal((await find())?.active, false);
      await chmod(merge, 0o755);
      assert.equal((await find())?.active, true);
      await repository.write(".git/hooks/pre-commit", "#!/bin/sh\n");
      assert.equal((await find())?.active, false);
    }
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
    const lefthook = `{"commands":{"sealconf":{"run":"pnpm exec sealconf check --staged"}}}`;
    const configs: readonly (readonly [file: string, text: string])[] = [
      [
        ".lefthook.toml",
        `[pre-commit.commands.sealconf]\nrun = "${COMMAND}"\n[[pre-merge-commit.jobs]]\nrun = '${COMMAND}'\n`,
      ],
      ["lefthook.json", `{"pre-commit":${lefthook},"pre-merge-commit":${lefthook}}`],
      [
        "lefthook.jsonc",
        `{"pre-commit":${lefthook}, // "https://example.com"\n/* both */ "pre-merge-commit":${lefthook},}`,
      ],
      [
        "lefthook.yml",
        `pre-commit: &hook\n  jobs:\n  - group:\n      jobs:\n      - run: ${COMMAND}\npre-merge-commit:\n  <<: *hook\n`,
      ],
      [
        ".pre-commit-config.yaml",
        "repos:\n- repo: https://example.com/sealconf\n  hooks:\n  - id: sealconf\n",
      ],
      [
        ".pre-commit-config.yaml",
        "repos:\n- repo: https://example.com/sealconf\n  hooks:\n  - id: sealconf\n    stages: [commit, pre-merge-commit]\n",
      ],
    ];
    for (const [file, text] of configs) {
      assert.equal((await findHookManager(makeFolder(t, { [file]: text })))?.guarded, true, text);
    }
    assert.equal(await findHookManager(makeFolder(t, { "package.json": "{}" })), undefined);
  });

  test("lines that are commented out, or that only one hook has, run no check", async (t) => {
    const hook = (name: string, run: string): string =>
      `${name}:\n  commands:\n    sealconf:\n      run: ${run}\n`;
    const framework = (more: string): string =>
      `repos:\n- repo: local\n  hooks:\n  - id: sealconf\n    entry: ${COMMAND}\n${more}`;
    const toml = `[pre-commit.commands.sealconf]\nrun = "${COMMAND}"\n`;
    const configs: readonly (readonly [file: string, text: string])[] = [
      ["lefthook.yml", ""],
      ["lefthook.yml", "{"],
      ["lefthook.yml", hook("pre-commit", COMMAND)],
      ["lefthook.yml", hook("pre-merge-commit", COMMAND)],
      ["lefthook.yml", hook("pre-push", COMMAND) + hook("pre-merge-commit", COMMAND)],
      [
        "lefthook.yml",
        `${hook("pre-commit", COMMAND)}${hook("pre-merge-commit", COMMAND)}`.replaceAll(/^/gm, "# "),
      ],
      ["lefthook.yml", hook("pre-commit", COMMAND) + hook("pre-merge-commit", `echo ${COMMAND}`)],
      ["lefthook.yml", `${hook("pre-commit", COMMAND)}  skip:  true\n${hook("pre-merge-commit", COMMAND)}`],
      ["lefthook.toml", toml],
      ["lefthook.toml", `${toml}# ${toml.replace("pre-commit", "pre-merge-commit")}`],
      ["lefthook.toml", `${toml}[pre-merge-commit.commands.sealconf]\n# run = "${COMMAND}"\n`],
      ["lefthook.toml", `${toml}${toml.replace("pre-commit", "pre-merge-commit")}skip = true\n`],
      ["lefthook.jsonc", `{"pre-commit":{"run":"${COMMAND}"},// "pre-merge-commit":{"run":"${COMMAND}"}\n}`],
      [".pre-commit-config.yaml", "repos:\n# - id: sealconf\n"],
      [".pre-commit-config.yaml", "repos: []\n# sealconf check --staged\n"],
      [".pre-commit-config.yaml", framework("    stages: [pre-commit]\n")],
      [".pre-commit-config.yaml", framework("    stages: [manual]\n")],
      [".pre-commit-config.yaml", framework("default_stages: [pre-push]\n")],
      [".pre-commit-config.yaml", framework("").replace(COMMAND, `echo ${COMMAND}`)],
    ];
    for (const [file, text] of configs) {
      assert.equal((await findHookManager(makeFolder(t, { [file]: text })))?.guarded, false, text);
    }
  });
});
