import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { loadConfig } from "../../src/index.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";
import { CONTEXT, ENVIRONMENT, LOCAL_KEY } from "../support/load-fixture.ts";

const POLICY = `app: ${CONTEXT.app}
keys: [${LOCAL_KEY}]
secrets: ["**.password", "**.token", "*_TOKEN"]
rules:
  - files: ["config/**", ".env"]
    env: ${CONTEXT.env}
`;

interface Format {
  readonly file: string;
  readonly base: string;
  /** A line of the base, and the line that holds a secret and is to stand behind it. */
  readonly here: readonly [string, string];
  readonly besides: readonly [string, string];
  readonly elsewhere: readonly [string, string];
}

const FORMATS: readonly Format[] = [
  {
    file: "config/app.yaml",
    base: "db:\n  host: db.internal\n  port: 5432 # the default\n  pool: 10\nmail:\n  host: mail.internal\n  port: 25\n",
    here: ["  host: db.internal\n", "  password: one\n"],
    besides: ["  host: db.internal\n", "  token: two\n"],
    elsewhere: ["  host: mail.internal\n", "  password: three\n"],
  },
  {
    file: "config/app.json",
    base: '{\n  "db": {\n    "host": "x",\n    "port": 5432\n  },\n  "mail": {\n    "host": "y",\n    "port": 25\n  }\n}\n',
    here: ['    "host": "x",\n', '    "password": "one",\n'],
    besides: ['    "host": "x",\n', '    "token": "two",\n'],
    elsewhere: ['    "host": "y",\n', '    "password": "three",\n'],
  },
  {
    file: ".env",
    base: "# the database\nDB_HOST=x\nDB_PORT=5432\n\n# mail\nMAIL_HOST=y\nMAIL_PORT=25\n",
    here: ["DB_HOST=x\n", "A_TOKEN=one\n"],
    besides: ["DB_HOST=x\n", "B_TOKEN=two\n"],
    elsewhere: ["MAIL_HOST=y\n", "C_TOKEN=three\n"],
  },
];

/** Makes a repository whose main branch holds the file, and everything that is needed to load it. */
async function start(t: TestContext, { file, base }: Format): Promise<TestRepository> {
  const repository = await createRepository(t);
  await repository.write(".sealconf.yaml", POLICY);
  await repository.write(file, base);
  await repository.add();
  await repository.commit();
  return repository;
}

/** Adds a secret as a developer does, on a branch of its own, with a run of the tool and so a data key of its own. */
async function addOnBranch(
  repository: TestRepository,
  branch: string,
  { file }: Format,
  [after, line]: readonly [string, string],
): Promise<void> {
  await repository.git(["checkout", "-q", "-b", branch, "main"]);
  const text = read(repository, file);
  assert.ok(text.includes(after));
  await repository.write(
    file,
    text.replace(after, () => after + line),
  );
  assert.equal((await sealconf(repository, ["encrypt-value", file])).code, 0);
  await repository.add();
  await repository.commit();
}

function read({ folder }: TestRepository, file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

async function sealconf(
  { folder: cwd, environment }: TestRepository,
  args: readonly string[],
): Promise<CliResult> {
  return await runCli(args, { cwd, environment });
}

/** Loads the file, and returns the strings that it holds besides the hosts. */
async function secretsOf({ folder: root }: TestRepository, { file }: Format): Promise<string[]> {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
    else if (typeof value === "string" && /^(?:one|two|three)/.test(value)) found.push(value);
  };
  visit(await loadConfig({ files: [file], root, environment: ENVIRONMENT }));
  return found;
}

function withoutMarkers(text: string): string {
  return text.replace(/^(?:<<<<<<<|=======|>>>>>>>).*\n/gm, "");
}

// Most of the time is that of processes which start: several tests run at once.
describe("merging", { concurrency: 4 }, () => {
  test("two branches that add secrets in different places merge, and both load", async (t) => {
    for (const format of FORMATS) {
      const repository = await start(t, format);
      await addOnBranch(repository, "first", format, format.here);
      await addOnBranch(repository, "second", format, format.elsewhere);
      await repository.git(["merge", "-q", "--no-edit", "first"]);
      assert.equal(
        await repository
          .git(["rev-list", "--parents", "-n", "1", "HEAD"])
          .then((line) => line.split(" ").length),
        3,
      );
      assert.deepEqual(await secretsOf(repository, format), ["one", "three"]);
      assert.equal((await sealconf(repository, ["check"])).code, 0);
    }
  });

  test("at the same place git's own markers come, check says so in one line, and taking both sides loads", async (t) => {
    for (const format of FORMATS) {
      const { file } = format;
      const repository = await start(t, format);
      await addOnBranch(repository, "first", format, format.here);
      await addOnBranch(repository, "second", format, format.besides);
      assert.equal((await repository.tryGit(["merge", "-q", "--no-edit", "first"])).code, 1);
      const line =
        read(repository, file)
          .split("\n")
          .findIndex((text) => text.startsWith("<<<<<<<")) + 1;
      assert.ok(line > 0);
      const told = await sealconf(repository, ["check"]);
      assert.deepEqual(
        [told.code, told.stdout],
        [1, `${file}:${line}:1 git's conflict markers stand here\n`],
      );
      await assert.rejects(secretsOf(repository, format));

      await repository.write(file, withoutMarkers(read(repository, file)));
      assert.deepEqual((await secretsOf(repository, format)).sort(), ["one", "two"]);
      assert.equal((await sealconf(repository, ["check"])).code, 0);
      await repository.add();
      assert.equal((await sealconf(repository, ["check", "--staged"])).code, 0);
      await repository.git(["commit", "-q", "--no-edit"]);
    }
  });

  test("a value that both branches changed is git's to ask about, and each of the two loads", async (t) => {
    const [format] = FORMATS as [Format];
    const { file, here } = format;
    const repository = await start(t, format);
    await addOnBranch(repository, "first", format, here);
    await addOnBranch(repository, "second", format, [here[0], here[1].replace("one", "three")]);
    assert.equal((await repository.tryGit(["merge", "-q", "first"])).code, 1);
    for (const [side, value] of [
      ["--ours", "three"],
      ["--theirs", "one"],
    ] as const) {
      await repository.git(["checkout", "-q", side, "--", file]);
      assert.deepEqual(await secretsOf(repository, format), [value]);
    }
  });

  test("what was staged with the markers in it is refused like a file of the work tree", async (t) => {
    const [format] = FORMATS as [Format];
    const repository = await start(t, format);
    await addOnBranch(repository, "first", format, format.here);
    await addOnBranch(repository, "second", format, format.besides);
    await repository.tryGit(["merge", "-q", "first"]);
    const unmerged = await sealconf(repository, ["check", "--staged"]);
    assert.deepEqual([unmerged.code, unmerged.stdout.split("\n").length], [1, 2], unmerged.stdout);
    await repository.add();
    const staged = await sealconf(repository, ["check", "--staged"]);
    assert.deepEqual(
      [staged.code, staged.stdout],
      [1, `${format.file}:3:1 git's conflict markers stand here\n`],
    );
  });
});
