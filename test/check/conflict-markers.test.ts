import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { LOCAL_KEY, sealAll } from "../support/load-fixture.ts";

import { linesOf, POLICY } from "./support.ts";

const FILE = "config/production.yaml";
const MARKERS = "git's conflict markers stand here";

async function told(text: string, file = FILE): Promise<string[]> {
  return await linesOf({ ".sealconf.yaml": POLICY, [file]: text });
}

describe("git's conflict markers", () => {
  for (const [title, file, text, place] of [
    ["in YAML", FILE, "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> topic\n", "2:1"],
    ["in JSON", "config/a.json", '{\n<<<<<<< HEAD\n"b": 1\n=======\n"b": 2\n>>>>>>> topic\n}', "2:1"],
    ["in a dotenv file", "config/.env", "A=1\n<<<<<<< HEAD\nB=1\n=======\nB=2\n>>>>>>> topic\n", "2:1"],
    [
      "with the base",
      FILE,
      "<<<<<<< HEAD\na: 1\n||||||| 1234567\na: 0\n=======\na: 2\n>>>>>>> topic\n",
      "1:1",
    ],
    ["with CRLF", FILE, "a: 1\r\n<<<<<<< HEAD\r\nb: 1\r\n=======\r\nb: 2\r\n>>>>>>> topic\r\n", "2:1"],
    ["of which one was left", FILE, "a: 1\n>>>>>>> topic\n", "2:1"],
    ["of which the middle was left", FILE, "a: 1\n=======\nb: 2\n", "2:1"],
    ["in a file that parses all the same", "config/.env", "A=1\n>>>>>>> topic\n", "2:1"],
  ] as const) {
    it(`are told in one line: ${title}`, async () => {
      assert.deepEqual(await told(text, file), [`${file}:${place} ${MARKERS}`]);
    });
  }

  it("are told in a policy", async () => {
    const policy = `app: a\n<<<<<<< HEAD\nkeys: [local/a]\n=======\nkeys: [local/b]\n>>>>>>> topic\n`;
    assert.deepEqual(await linesOf({ ".sealconf.yaml": policy, [FILE]: "a: 1\n" }), [
      `.sealconf.yaml:2:1 ${MARKERS}`,
    ]);
  });

  it("hide plaintext on both sides, but not the problem", async () => {
    const text = "<<<<<<< HEAD\npassword: hunter2\n=======\npassword: hunter3\n>>>>>>> topic\n";
    assert.equal((await told(text)).length, 1);
  });

  it("are not a line of equals signs in a text", async () => {
    assert.deepEqual(await told('NOTE="Title\n=======\n"\n', "config/.env"), []);
    assert.deepEqual(await told("note: |\n  Title\n  =======\n  <<<<<<< x\n"), []);
  });

  it("are gone once both sides are taken, and values sealed on two branches stand beside each other", async () => {
    const ours = await sealAll({ "db.password": "ours" });
    const theirs = await sealAll({ "mail.password": "theirs" });
    const text = `db:\n  password: ${ours["db.password"]}\nmail:\n  password: ${theirs["mail.password"]}\n`;
    assert.deepEqual(await told(text), []);
    assert.ok(text.includes(LOCAL_KEY));
  });
});
