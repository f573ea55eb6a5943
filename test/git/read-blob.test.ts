import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { createBlobReader } from "../../src/git/read-blob.ts";
import type { GitPlace } from "../../src/git/run-git.ts";
import { anErrorWith } from "../support/assert-error.ts";
import { createRepository } from "../support/git-repository.ts";
import { fakeGit } from "./fake-git.ts";

const ID = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
const OPTIONS = { maxBytes: 1_000_000, source: { file: "a.yaml" } };

async function readAll(place: GitPlace, ids: readonly string[]): Promise<Buffer[]> {
  const blobs = createBlobReader(place);
  try {
    return (await Promise.all(ids.map((id) => blobs.read(id, OPTIONS)))).map((bytes) => Buffer.from(bytes));
  } finally {
    await blobs.close();
  }
}

test("many blobs are read at once, each whole", async (t) => {
  const repository = await createRepository(t);
  const contents = [
    Buffer.alloc(0),
    Buffer.from("\n"),
    Buffer.from(`${ID} blob 3\nabc\n`),
    Buffer.from([0, 255, 254, 10, 13, 0]),
    Buffer.alloc(999_999, "0123456789\n"),
  ];
  const ids: string[] = [];
  for (const stdin of contents) ids.push(await repository.git(["hash-object", "-w", "--stdin"], { stdin }));
  const place = { cwd: repository.folder, env: repository.environment };
  assert.deepEqual(await readAll(place, [...ids, ...ids.toReversed()]), [
    ...contents,
    ...contents.toReversed(),
  ]);
});

test("no process is started before the first read, and one for all reads", async (t) => {
  const place = await fakeGit(
    t,
    `echo started >> started; while read -r id; do printf '%s blob 3\\nabc\\n' "$id"; done`,
  );
  await readAll(place, []);
  assert.deepEqual((await readAll(place, [ID, ID, ID])).map(String), ["abc", "abc", "abc"]);
  assert.equal(await readFile(`${place.cwd}/started`, "utf8"), "started\n");
});

test("a blob above the limit is refused before it is read, and others are read after it", async (t) => {
  const place = await fakeGit(
    t,
    `read -r id; case $id in
      1*) printf '%s blob 99999999999\\n' "$id"; cat /dev/zero;;
      *) printf '%s blob 3\\nabc\\n' "$id"; read -r id;;
    esac`,
  );
  const blobs = createBlobReader(place);
  t.after(() => blobs.close());
  await assert.rejects(
    blobs.read("1".repeat(40), OPTIONS),
    anErrorWith({
      code: "ERR_LIMIT_EXCEEDED",
      message: "a.yaml: the file has 99999999999 bytes; at most 1000000 are read",
    }),
  );
  assert.equal(String(Buffer.from(await blobs.read(ID, OPTIONS))), "abc");
});

test("a blob of exactly the limit is read", async (t) => {
  const repository = await createRepository(t);
  const id = await repository.git(["hash-object", "-w", "--stdin"], { stdin: "12345" });
  const blobs = createBlobReader({ cwd: repository.folder, env: repository.environment });
  t.after(() => blobs.close());
  assert.equal((await blobs.read(id, { ...OPTIONS, maxBytes: 5 })).length, 5);
  await assert.rejects(
    blobs.read(id, { ...OPTIONS, maxBytes: 4 }),
    anErrorWith({ code: "ERR_LIMIT_EXCEEDED" }),
  );
});

test("an object that is not there, or is no blob, is an error", async (t) => {
  const repository = await createRepository(t);
  const commit = await repository.commit();
  const blobs = createBlobReader({ cwd: repository.folder, env: repository.environment });
  t.after(() => blobs.close());
  await assert.rejects(
    blobs.read("1".repeat(40), OPTIONS),
    anErrorWith({
      code: "ERR_FILE_UNREADABLE",
      message: "a.yaml: git does not have what is recorded here",
    }),
  );
  await assert.rejects(
    blobs.read(commit, OPTIONS),
    anErrorWith({ code: "ERR_FILE_UNREADABLE", message: /answer of git cat-file is not understood/ }),
  );
});

const WRONG_ANSWERS: readonly (readonly [what: string, script: string, message: RegExp])[] = [
  ["nothing", "exit 0", /not understood/],
  ["a failure", "exit 7", /git cat-file failed: exit code 7/],
  ["a complaint", "echo 'fatal: broken' >&2; exit 128", /git cat-file failed: broken/],
  ["another object", `printf '${"1".repeat(40)} blob 3\\nabc\\n'; cat`, /not understood/],
  ["another type", `printf '${ID} tree 3\\nabc\\n'; cat`, /not understood/],
  ["no size", `printf '${ID} blob x\\nabc\\n'; cat`, /not understood/],
  ["a header without an end", "cat /dev/zero", /not understood/],
  ["too few bytes", `printf '${ID} blob 9\\nabc\\n'`, /not understood/],
  ["too many bytes", `printf '${ID} blob 2\\nabc\\n'; cat`, /not understood/],
];

for (const [what, script, message] of WRONG_ANSWERS) {
  test(`a git that answers with ${what} is not believed`, async (t) => {
    await assert.rejects(
      readAll(await fakeGit(t, script), [ID]),
      anErrorWith({ code: "ERR_FILE_UNREADABLE", message }),
    );
  });
}

test("a reader that was closed reads nothing more and can be closed again", async (t) => {
  const blobs = createBlobReader(await fakeGit(t, "cat"));
  await blobs.close();
  await blobs.close();
  await assert.rejects(blobs.read(ID, OPTIONS), TypeError);
});
