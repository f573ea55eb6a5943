import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";

import { checkFiles, checkWorkTree } from "../../src/check/check-work-tree.ts";
import { LOCAL_KEY, makeFolder } from "../support/load-fixture.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

import { formatAll, POLICY } from "./support.ts";

const PLAINTEXT = "a secret stands here in plaintext";
const PLAIN = "password: x\n";

/** What a check without file names tells in a folder. */
async function told(cwd: string): Promise<string[]> {
  return formatAll((await checkWorkTree(cwd)).findings);
}

describe("a check of the work tree", () => {
  it("takes the nearest policy at or above, and names files as they are seen from where it runs", async (t) => {
    const root = makeFolder(t, {
      ".git/HEAD": "",
      ".sealconf.yaml": POLICY,
      "config/a.yaml": PLAIN,
      "config/eu/b.yaml": PLAIN,
      "config/eu/.sealconf.yaml": "apps: x\n",
    });
    assert.deepEqual(await told(root), [
      `config/a.yaml:1:11 password ${PLAINTEXT}`,
      'config/eu/.sealconf.yaml:1:1 apps unknown field "apps"',
    ]);
    assert.deepEqual(await told(join(root, "config")), [
      `a.yaml:1:11 password ${PLAINTEXT}`,
      'eu/.sealconf.yaml:1:1 apps unknown field "apps"',
    ]);
  });

  it("finds the policies below where there is none above", async (t) => {
    const root = makeFolder(t, {
      "apps/a/.sealconf.yaml": POLICY,
      "apps/a/config/a.yaml": PLAIN,
      "apps/b/.sealconf.yaml": POLICY,
      "apps/b/config/a.yaml": PLAIN,
    });
    assert.deepEqual(await told(root), [
      `apps/a/config/a.yaml:1:11 password ${PLAINTEXT}`,
      `apps/b/config/a.yaml:1:11 password ${PLAINTEXT}`,
    ]);
  });

  it("says so where there is no policy at all", async (t) => {
    const { findings, files } = await checkWorkTree(makeFolder(t, { "config/a.yaml": PLAIN }));
    assert.deepEqual(formatAll(findings), [".sealconf.yaml there is no policy here, above or below"]);
    assert.deepEqual([findings[0]?.hint, files], ["make one: sealconf init", 0]);
  });

  it("says how a file is sealed, in words that a shell takes", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": POLICY, "config/it's a.yaml": PLAIN });
    const { findings } = await checkWorkTree(root);
    assert.deepEqual(
      findings.map(({ hint }) => hint),
      ["seal it: encrypt-value 'config/it'\\''s a.yaml'"],
    );
  });

  it("says so too where somebody gave it another name", async (t) => {
    assert.deepEqual(await told(makeFolder(t, { ".sealconf.yml": POLICY, "config/a.yaml": PLAIN })), [
      ".sealconf.yaml there is no policy here, above or below",
      ".sealconf.yml warning: a policy of this name is not read",
    ]);
  });

  it("says what a command takes for no option, and nothing where a name cannot be copied", async (t) => {
    const names = ["-x.yaml", "a\u001b.yaml", "b\u202e.yaml"];
    const policy = POLICY.replace("config/**", "*.yaml");
    const root = makeFolder(t, {
      ".sealconf.yaml": policy,
      ...Object.fromEntries(names.map((name) => [name, PLAIN])),
    });
    const { findings } = await checkWorkTree(root);
    assert.deepEqual(
      findings.map(({ file, hint }) => [file, hint]),
      [
        ["-x.yaml", "seal it: encrypt-value ./-x.yaml"],
        ["a\u001b.yaml", undefined],
        ["b\u202e.yaml", undefined],
      ],
    );
  });

  it("passes over what a writer lays beside a file", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY,
      "config/a.yaml": "a: 1\n",
      "config/.a.yaml.0123456789abcdef.sealconf-tmp": PLAIN,
      "config/.a.yaml.sealconf-lock": "x\n",
    });
    assert.deepEqual(await checkWorkTree(root), { findings: [], files: 1 });
  });

  it("finds any number of things in one file", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY,
      "config/a.json": `{"password": [${"1,".repeat(200_000)}1]}`,
    });
    assert.equal((await checkWorkTree(root)).findings.length, 200_001);
  });

  it("looks at what a load list names elsewhere in the repository, from wherever it runs", async (t) => {
    const root = makeFolder(t, {
      ".git/HEAD": "",
      "app/.sealconf.yaml": `secrets: [password]\nload: [../shared/default.yaml, "../{env}.yaml"]\n`,
      "app/src/x.ts": "",
      "shared/default.yaml": PLAIN,
      "shared/other.yaml": PLAIN,
      "eu.yaml": PLAIN,
      "other/.sealconf.yaml": POLICY,
      "other/config/a.yaml": PLAIN,
    });
    const elsewhere = ["eu.yaml", "shared/default.yaml"].map((name) => `${name}:1:11 password ${PLAINTEXT}`);
    assert.deepEqual(
      await told(join(root, "app")),
      elsewhere.map((line) => `../${line}`),
    );
    assert.deepEqual(
      await told(join(root, "app/src")),
      elsewhere.map((line) => `../../${line}`),
    );
    assert.deepEqual(await told(root), [
      elsewhere[0],
      `other/config/a.yaml:1:11 password ${PLAINTEXT}`,
      elsewhere[1],
    ]);
  });

  it("says what it does not look at because it lies elsewhere", async (t) => {
    const root = makeFolder(t, {
      "app/.sealconf.yaml": "load: [../shared/default.yaml]\n",
      "shared/default.yaml": PLAIN,
    });
    const { findings } = await checkWorkTree(join(root, "app"));
    assert.deepEqual(formatAll(findings), [
      ".sealconf.yaml:1:8 load[0] warning: what this names lies elsewhere, and is not checked",
    ]);
    assert.equal(findings[0]?.hint, "a load refuses plaintext there all the same");
  });

  it("looks at what git ignores too, but not into other repositories and at what was installed", async (t) => {
    const root = makeFolder(t, {
      ".git/config/a.yaml": PLAIN,
      ".gitignore": "*.yaml\n",
      ".sealconf.yaml": POLICY.replace("config/**", "**/config/**"),
      "config/a.yaml": PLAIN,
      "vendor/.git": "gitdir: elsewhere\n",
      "vendor/config/a.yaml": PLAIN,
      "node_modules/config/a.yaml": PLAIN,
      "node_modules/x/.sealconf.yaml": "apps: x\n",
    });
    assert.deepEqual(await told(root), [`config/a.yaml:1:11 password ${PLAINTEXT}`]);
  });

  it("looks at what was installed where the policy names it, and takes no policy from there", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY.replace("config/**", "node_modules/*/config/*.yaml"),
      "node_modules/x/config/a.yaml": PLAIN,
      "node_modules/x/.sealconf.yaml": "apps: x\n",
    });
    assert.deepEqual(await told(root), [`node_modules/x/config/a.yaml:1:11 password ${PLAINTEXT}`]);
  });

  it("follows no symbolic link: one at a covered path is an error, a policy's too", async (t) => {
    const root = makeFolder(t, {
      ".sealconf.yaml": POLICY,
      "config/a.yaml": "a: 1\n",
      "apps/real.yaml": POLICY,
    });
    await symlink("a.yaml", join(root, "config/b.yaml"));
    await symlink("../..", join(root, "config/loop"));
    await symlink("real.yaml", join(root, "apps/.sealconf.yaml"));
    await symlink("..", join(root, "docs"));
    assert.deepEqual(await told(root), [
      "apps/.sealconf.yaml the file is a symbolic link, which cannot be checked",
      "config/b.yaml the file is a symbolic link, which cannot be checked",
      "config/loop the file is a symbolic link, which cannot be checked",
    ]);
  });

  it("does not hang at a pipe", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": POLICY, "config/a.yaml": "a: 1\n" });
    await promisify(execFile)("mkfifo", [join(root, "config/b.yaml"), join(root, "pipe.yaml")]);
    assert.deepEqual(await told(root), ["config/b.yaml this is not a regular file"]);
  });

  it("takes a sealed file that lies where a value says for what it is", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": POLICY, "config/a.yaml": "k: sealed:v1:file:k.sealed\n" });
    await mkdir(join(root, "config/k.sealed"));
    assert.deepEqual(await told(root), ["config/a.yaml:1:4 k the sealed file that it names is not there"]);
  });
});

describe("a folder that cannot be read", () => {
  it("is passed over where no policy covers it, and an error where one does", async (t) => {
    const root = makeFolder(t, { ".sealconf.yaml": POLICY, "config/a.yaml": "a: 1\n" });
    const closed = [join(root, "data"), join(root, "config/closed")];
    for (const folder of closed) await mkdir(folder, { mode: 0o000 });
    // Who may read everything finds both empty.
    const error = process.getuid?.() === 0 ? [] : ["config/closed the file is a folder that cannot be read"];
    try {
      assert.deepEqual(await told(root), error);
    } finally {
      for (const folder of closed) await chmod(folder, 0o700);
    }
  });
});

describe("a check of named files", () => {
  it("takes the nearest policy of each, and calls them as they were named", async (t) => {
    const root = makeFolder(t, {
      "a/.sealconf.yaml": POLICY,
      "a/config/a.yaml": PLAIN,
      "b/.sealconf.yaml": `app: crm\nsecrets: [key]\nrules: [{files: ["*.yaml"], keys: [${LOCAL_KEY}]}]\n`,
      "b/b.yaml": "key: x\n",
      "b/.env": "A=1\n",
    });
    const absolute = join(root, "b/b.yaml");
    const { findings, files } = await checkFiles(join(root, "a"), ["./config/a.yaml", absolute, "../b/.env"]);
    assert.deepEqual(formatAll(findings), [
      `./config/a.yaml:1:11 password ${PLAINTEXT}`,
      "../b/.env no rule of ../b/.sealconf.yaml covers this file",
      `${absolute}:1:6 key ${PLAINTEXT}`,
    ]);
    assert.equal(files, 2);
  });

  it("says where there is no policy, also above the folder that it runs in", async (t) => {
    const root = makeFolder(t, { "a.yaml": PLAIN, "sub/b.yaml": PLAIN });
    const { findings } = await checkFiles(join(root, "sub"), ["b.yaml", "../a.yaml", "nowhere.yaml"]);
    assert.deepEqual(formatAll(findings), [
      "b.yaml there is no .sealconf.yaml beside the file or above it",
      "nowhere.yaml the file is not there",
      "../a.yaml there is no .sealconf.yaml beside the file or above it",
    ]);
  });

  it("looks at named files even where a walk would not", async (t) => {
    const root = await realpath(await temporaryFolder(t));
    await mkdir(join(root, "node_modules"), { recursive: true });
    const { findings } = await checkFiles(root, ["node_modules"]);
    assert.deepEqual(formatAll(findings), ["node_modules the file is not there"]);
  });
});
