import assert from "node:assert/strict";
import { chmod, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { type GitTree, openRepository, readCommit, readIndex } from "../../src/git/index.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository, type TestRepository } from "../support/git-repository.ts";

type Kinds = Readonly<Record<string, string>>;

async function indexOf(t: TestContext, { folder, environment }: TestRepository): Promise<GitTree> {
  const tree = await readIndex(await openRepository(folder, environment));
  t.after(() => tree.close());
  return tree;
}

async function commitOf(
  t: TestContext,
  { folder, environment }: TestRepository,
  name = "HEAD",
): Promise<GitTree> {
  const tree = await readCommit(await openRepository(folder, environment), name);
  t.after(() => tree.close());
  return tree;
}

function kindsOf(tree: GitTree): Kinds {
  return Object.fromEntries([...tree.entries].map(([path, { kind }]) => [path, kind]));
}

async function textOf(tree: GitTree, path: string): Promise<string> {
  return Buffer.from(await tree.read(path)).toString("latin1");
}

/** Puts files into the index under names that a file system may not take; each holds its name in hexadecimal. */
async function stageNames(repository: TestRepository, names: readonly Buffer[]): Promise<void> {
  const lines: Buffer[] = [];
  for (const name of names) {
    const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: name.toString("hex") });
    lines.push(Buffer.from(`100644 ${id}\t`), name, Buffer.alloc(1));
  }
  await repository.git(["update-index", "-z", "--index-info"], { stdin: Buffer.concat(lines) });
}

test("what is staged is read, not what lies in the work tree", async (t) => {
  const repository = await createRepository(t);
  await repository.write("partly.yaml", "staged: 1\n");
  await repository.write("gone.yaml", "staged: 2\n");
  await repository.add();
  await repository.write("partly.yaml", "changed: 1\n");
  await repository.write("untracked.yaml", "x: 1\n");
  await repository.git(["rm", "--quiet", "--cached", "gone.yaml"]);
  const tree = await indexOf(t, repository);
  assert.deepEqual(kindsOf(tree), { "partly.yaml": "file" });
  assert.equal(await textOf(tree, "partly.yaml"), "staged: 1\n");
});

test("a commit is read by its id, its branch and its tag", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  const id = await repository.commit();
  await repository.git(["tag", "--annotate", "--message=tag", "v1"]);
  await repository.write("a.yaml", "x: 2\n");
  await repository.add();
  await repository.commit();
  for (const name of [id, "main~1", "v1", "HEAD^"]) {
    assert.equal(await textOf(await commitOf(t, repository, name), "a.yaml"), "x: 1\n", name);
  }
});

test("a name that is no commit is refused, and never taken for an option", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  await repository.commit();
  const { folder, environment } = repository;
  const opened = await openRepository(folder, environment);
  for (const name of ["none", "--all", "-h", "--output=x", "", "HEAD:a.yaml", "HEAD^{tree}", "a b"]) {
    await assert.rejects(
      readCommit(opened, name),
      anErrorWith({
        code: "ERR_OPTION_INVALID",
        message: `${JSON.stringify(name)} is no commit of this repository`,
      }),
    );
  }
});

const ODD_NAMES: readonly string[] = [
  "line\nbreak",
  "tab\there",
  'quote"',
  "back\\slash",
  " space ",
  "-dash",
  "--all",
  ":(glob)*",
  "*?[a]",
  "#hash",
  "配置/密钥.yaml",
  "~",
  "a/b/c",
  "\u0001",
];

test("names of every kind are read back, from the index and from a commit", async (t) => {
  const repository = await createRepository(t);
  await repository.git(["config", "core.quotePath", "true"]);
  await stageNames(
    repository,
    ODD_NAMES.map((name) => Buffer.from(name)),
  );
  await repository.commit();
  for (const tree of [await indexOf(t, repository), await commitOf(t, repository)]) {
    assert.deepEqual([...tree.entries.keys()].sort(), ODD_NAMES.toSorted());
    for (const name of ODD_NAMES) assert.equal(await textOf(tree, name), Buffer.from(name).toString("hex"));
  }
});

test("names that are not UTF-8 are told apart, and each is read", async (t) => {
  const repository = await createRepository(t);
  const names = new Map([
    ["dir\udce9/a.yaml", Buffer.from("dir\xe9/a.yaml", "latin1")],
    ["dir\udce8/a.yaml", Buffer.from("dir\xe8/a.yaml", "latin1")],
    ["dir\xe9/a.yaml", Buffer.from("dir\xe9/a.yaml", "utf8")],
  ]);
  await stageNames(repository, [...names.values()]);
  await repository.commit();
  for (const tree of [await indexOf(t, repository), await commitOf(t, repository)]) {
    assert.deepEqual([...tree.entries.keys()].sort(), [...names.keys()].sort());
    for (const [path, name] of names) assert.equal(await textOf(tree, path), name.toString("hex"));
  }
});

test("symbolic links, programs and submodules are told from files", async (t) => {
  const inner = await createRepository(t);
  await inner.write("secret.yaml", "x: 1\n");
  await inner.add();
  await inner.commit();
  const repository = await createRepository(t);
  await repository.git([
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    inner.folder,
    "sub",
  ]);
  await repository.write("run.sh", "#!/bin/sh\n", 0o755);
  await symlink("../elsewhere", join(repository.folder, "link"));
  await repository.write("empty", "");
  await repository.add();
  await repository.commit();
  for (const tree of [await indexOf(t, repository), await commitOf(t, repository)]) {
    assert.deepEqual(kindsOf(tree), {
      ".gitmodules": "file",
      empty: "file",
      link: "symlink",
      "run.sh": "file",
      sub: "submodule",
    });
    assert.equal(tree.entries.get("run.sh")?.mode, "100755");
    assert.equal(await textOf(tree, "link"), "../elsewhere");
    assert.equal(await textOf(tree, "empty"), "");
    await assert.rejects(
      tree.read("sub"),
      anErrorWith({ code: "ERR_FILE_UNREADABLE", message: "sub: this is a submodule, not a file" }),
    );
    await assert.rejects(
      tree.read("none"),
      anErrorWith({
        code: "ERR_FILE_UNREADABLE",
        message: /^none: there is no such file in the (?:index|commit)/,
      }),
    );
  }
});

test("after a merge with conflicts, what is not resolved is unmerged", async (t) => {
  const repository = await createRepository(t);
  for (const path of ["both.yaml", "removed.yaml", "same.yaml"]) await repository.write(path, "x: 0\n");
  await repository.add();
  await repository.commit();
  await repository.git(["checkout", "--quiet", "-b", "topic"]);
  for (const path of ["both.yaml", "removed.yaml", "added.yaml"]) await repository.write(path, "x: 1\n");
  await repository.add();
  await repository.commit();
  await repository.git(["checkout", "--quiet", "main"]);
  for (const path of ["both.yaml", "added.yaml"]) await repository.write(path, "x: 2\n");
  await repository.git(["rm", "--quiet", "removed.yaml"]);
  await repository.add();
  await repository.commit();
  const { code } = await repository.tryGit(["merge", "topic"]);
  assert.equal(code, 1);

  const tree = await indexOf(t, repository);
  assert.deepEqual(kindsOf(tree), {
    "added.yaml": "unmerged",
    "both.yaml": "unmerged",
    "removed.yaml": "unmerged",
    "same.yaml": "file",
  });
  await assert.rejects(
    tree.read("both.yaml"),
    anErrorWith({
      code: "ERR_FILE_UNREADABLE",
      message: "both.yaml: this file has a conflict that is not resolved",
    }),
  );
});

test("what was only announced is not part of the index, an empty file is", async (t) => {
  const repository = await createRepository(t);
  await repository.write("removed.yaml", "x: 1\n");
  await repository.write("empty.yaml", "");
  await repository.add();
  await repository.commit();
  await repository.write("announced.yaml", "x: 1\n");
  await repository.git(["add", "--intent-to-add", "announced.yaml"]);
  await repository.git(["rm", "--quiet", "--cached", "removed.yaml"]);
  await repository.git(["add", "--intent-to-add", "removed.yaml"]);
  assert.deepEqual(kindsOf(await indexOf(t, repository)), { "empty.yaml": "file" });
});

test("files outside a sparse checkout are part of the index, also where it is sparse itself", async (t) => {
  const repository = await createRepository(t);
  for (const path of ["a/x.yaml", "b/c/x.yaml", "top.yaml"]) await repository.write(path, "x: 1\n");
  await repository.add();
  await repository.commit();
  for (const sparseIndex of ["--no-sparse-index", "--sparse-index"]) {
    await repository.git(["sparse-checkout", "set", "--cone", sparseIndex, "a"]);
    const tree = await indexOf(t, repository);
    assert.deepEqual(kindsOf(tree), { "a/x.yaml": "file", "b/c/x.yaml": "file", "top.yaml": "file" });
    assert.equal(await textOf(tree, "b/c/x.yaml"), "x: 1\n");
  }
});

test("before the first commit and the first staged file, the index is empty", async (t) => {
  const repository = await createRepository(t);
  assert.deepEqual(kindsOf(await indexOf(t, repository)), {});
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  assert.deepEqual(kindsOf(await indexOf(t, repository)), { "a.yaml": "file" });
});

test("a repository with SHA-256 ids is read", async (t) => {
  const repository = await createRepository(t, ["--object-format=sha256"]);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  const staged = await indexOf(t, repository);
  const id = await repository.commit();
  assert.equal(id.length, 64);
  for (const tree of [staged, await commitOf(t, repository, id)]) {
    assert.equal(tree.entries.get("a.yaml")?.id.length, 64);
    assert.equal(await textOf(tree, "a.yaml"), "x: 1\n");
  }
});

test("no filter, converter, monitor, pager or hook runs when something is read, and the index stays as it is", async (t) => {
  const repository = await createRepository(t);
  const { folder } = repository;
  const bytes = "line: 1\r\nline: 2\n$Id$\n";
  await repository.write("a.yaml", bytes);
  await repository.add();
  await repository.commit();
  await repository.write("trap", "#!/bin/sh\ntouch trapped\ncat\n", 0o755);
  const trap = join(folder, "trap");
  await repository.write(".git/hooks/post-index-change", `#!/bin/sh\nexec ${trap}\n`, 0o755);
  const attributes = "* filter=trap diff=trap ident text eol=crlf\n";
  await repository.write(".git/info/attributes", attributes);
  for (const setting of ["filter.trap.clean", "filter.trap.smudge", "diff.trap.textconv"]) {
    await repository.git(["config", setting, trap]);
  }
  for (const setting of [
    "diff.trap.command",
    "diff.external",
    "core.fsmonitor",
    "core.pager",
    "pager.ls-tree",
  ]) {
    await repository.git(["config", setting, trap]);
  }
  await repository.git(["config", "core.autocrlf", "true"]);
  const index = await readFile(join(folder, ".git", "index"));
  for (const tree of [await indexOf(t, repository), await commitOf(t, repository)]) {
    assert.equal(await textOf(tree, "a.yaml"), bytes);
  }
  assert.deepEqual(await readFile(join(folder, ".git", "index")), index);
  await assert.rejects(readFile(join(folder, "trapped")), { code: "ENOENT" });
  // The trap works.
  await repository.git(["add", "--renormalize", "a.yaml"]);
  assert.equal(String(await readFile(join(folder, "trapped"))), "");
});

test("replacements of objects are not looked at", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "password: plain\n");
  await repository.add();
  await repository.commit();
  const plain = await repository.git(["rev-parse", "HEAD:a.yaml"]);
  const other = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "password: sealed\n" });
  await repository.git(["replace", plain, other]);
  assert.equal(await repository.git(["show", "HEAD:a.yaml"]), "password: sealed");
  assert.equal(await textOf(await commitOf(t, repository), "a.yaml"), "password: plain\n");
});

test("a tree that holds a name twice is refused", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "x" });
  const entry = Buffer.concat([Buffer.from("100644 a\0"), Buffer.from(id, "hex")]);
  const hash = ["hash-object", "-w", "--literally", "-t", "tree", "--stdin"];
  const tree = await repository.git(hash, { stdin: Buffer.concat([entry, entry]) });
  const commit = await repository.git(["commit-tree", "-m", "x", tree]);
  await assert.rejects(
    commitOf(t, repository, commit),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /answer of git ls-tree is not understood/ }),
  );
});

test("a file above the limit is refused, others are read", async (t) => {
  const repository = await createRepository(t);
  await repository.write("large.yaml", "x".repeat(101));
  await repository.write("small.yaml", "x".repeat(100));
  await repository.add();
  const { folder, environment } = repository;
  const tree = await readIndex(await openRepository(folder, environment), { maxBytes: 100 });
  t.after(() => tree.close());
  await assert.rejects(
    tree.read("large.yaml"),
    anErrorWith({
      code: "ERR_LIMIT_EXCEEDED",
      message: "large.yaml: the file has 101 bytes; at most 100 are read",
    }),
  );
  assert.equal((await tree.read("small.yaml")).length, 100);
});

test("an index of many files is listed whole", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "x: 1\n" });
  const folder = "a-folder-with-a-long-name/".repeat(4);
  const lines = Array.from({ length: 20_000 }, (_, number) => `100644 ${id}\t${folder}${number}.yaml\n`);
  await repository.git(["update-index", "--index-info"], { stdin: lines.join("") });
  assert.equal((await indexOf(t, repository)).entries.size, 20_000);
  await repository.commit();
  assert.equal((await commitOf(t, repository)).entries.size, 20_000);
});

test("a broken index or commit is an error of git's, not an empty tree", async (t) => {
  const repository = await createRepository(t);
  await repository.write("a.yaml", "x: 1\n");
  await repository.add();
  await repository.commit();
  const commit = await repository.git(["rev-parse", "HEAD"]);
  const tree = await repository.git(["rev-parse", "HEAD^{tree}"]);
  const file = join(repository.folder, ".git", "objects", tree.slice(0, 2), tree.slice(2));
  await chmod(file, 0o644);
  await writeFile(file, "broken");
  await assert.rejects(
    commitOf(t, repository, commit),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /^git ls-tree failed: / }),
  );
  await writeFile(join(repository.folder, ".git", "index"), "broken");
  await assert.rejects(
    indexOf(t, repository),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /^git diff-index failed: / }),
  );
});
