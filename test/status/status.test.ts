import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";

import { Problems } from "../../src/config/problems.ts";
import { type FileStatus, statusOf } from "../../src/status/status.ts";
import { parseDocument } from "../../src/format/index.ts";
import { formatPath } from "../../src/path/path.ts";
import { compilePatterns } from "../../src/policy/index.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import { CONTEXT, LOCAL_KEY, makeFolder, sealOne, startKms } from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

interface Look {
  readonly status: FileStatus;
  readonly problems: readonly string[];
}

async function look(
  folder: string,
  text: string,
  { keys = [LOCAL_KEY], secrets = [] }: { keys?: readonly string[]; secrets?: readonly string[] } = {},
): Promise<Look> {
  const document = await parseDocument(text, { file: "app.yaml" });
  const problems = new Problems();
  const rule = { ...CONTEXT, keys, accept: [], raw: compilePatterns([]) };
  const file = { path: join(folder, "app.yaml"), rule, secrets: compilePatterns(secrets) };
  const status = await statusOf(document, file, problems);
  return { status, problems: problems.inOrder().map(({ message }) => message) };
}

function rowsOf({ secrets }: FileStatus): unknown[] {
  return secrets.map(({ at, kind, as, recipients, bytes }) => [
    formatPath(at),
    kind,
    as,
    recipients.join(),
    bytes,
  ]);
}

describe("the status of a file", () => {
  it("tells each secret's kind, recipients and size, in order, those that aliases repeat once", async (t) => {
    const { key, environment, keys } = await startKms(t, { keysPerRegion: 2 });
    const [, other = ""] = keys;
    const cloud = { environment, keys: [key] };
    const text = [
      `a: ${await sealOne("a", "seven77")}`,
      "b: plain",
      `c: { password: 12, d: "${await sealOne("c.d", { e: 1 }, { environment, keys })}" }`,
      `f: &once ${await sealOne(null, "x")}`,
      "g: *once",
      `h: ${await sealOne("h", "x", { ...cloud, direct: true })}`,
      `i: sealed:v1:raw:${key}=AAAA`,
      "j: sealed:v1:file+bytes:j.sealed",
      "password: null",
      "",
    ].join("\n");
    const folder = makeFolder(t, {
      "j.sealed": sealBlob(await makeSealedFileKey(), "j", Buffer.alloc(20_000)),
    });
    const { status, problems } = await look(folder, text, {
      keys: [key, LOCAL_KEY],
      secrets: ["**.password"],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(rowsOf(status), [
      ["a", "envelope", "text", LOCAL_KEY, 7],
      ["c.password", "plaintext", undefined, "", undefined],
      ["c.d", "envelope", "json", `${key},${other}`, 7],
      ["f", "envelope", "text", LOCAL_KEY, 1],
      ["h", "direct", "text", key, undefined],
      ["i", "raw", "text", key, undefined],
      ["j", "file", "bytes", LOCAL_KEY, 20_000],
    ]);
    const source = { file: "app.yaml", line: 3, column: 16, path: "c.password" };
    assert.deepEqual(status.secrets[1]?.source, source);
    const { dataKeys, ciphertexts, kmsCalls } = status;
    assert.deepEqual({ dataKeys, ciphertexts, kmsCalls }, { dataKeys: 4, ciphertexts: 2, kmsCalls: 3 });
  });

  it("counts a data key once, and no call where a local key comes first", async (t) => {
    const { key, environment } = await startKms(t);
    const folder = makeFolder(t);
    const token = await sealOne(null, "x", { environment, keys: [LOCAL_KEY, key] });
    const text = `a: ${token}\nb: ${token}\n`;
    const { status } = await look(folder, text, { keys: [LOCAL_KEY, key] });
    assert.deepEqual([status.dataKeys, status.kmsCalls], [1, 0]);
    const first = await look(folder, text, { keys: [key, LOCAL_KEY] });
    assert.deepEqual([first.status.dataKeys, first.status.kmsCalls], [1, 1]);
  });

  it("tells the rest when something looks sealed and is not, or a sealed file is not there", async (t) => {
    const folder = makeFolder(t);
    const text = `a: sealed:v1:nothing\nb: sealed:v1:file:gone.sealed\nc: ${await sealOne("c", "x")}\n`;
    const { status, problems } = await look(folder, text);
    assert.deepEqual(rowsOf(status), [
      ["b", "file", "text", "", undefined],
      ["c", "envelope", "text", LOCAL_KEY, 1],
    ]);
    assert.deepEqual(
      problems.map((message) => message.slice(0, message.indexOf(": "))),
      ["app.yaml:1:4 (a)", "app.yaml:2:4 (b)"],
    );
  });
});
