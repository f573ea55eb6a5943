import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { profileSource } from "../../../../src/kms/tencent/sources/profile.ts";

const { signal } = new AbortController();
const CREDENTIALS = { secretId: "AKID1", secretKey: "k1", token: undefined };

async function homeWith(t: TestContext, text: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "sealconf-home-"));
  t.after(() => rm(home, { recursive: true }));
  await mkdir(join(home, ".tencentcloud"));
  await writeFile(join(home, ".tencentcloud", "credentials"), text);
  return home;
}

const PROFILES: readonly (readonly [title: string, text: string, token?: string])[] = [
  ["the plain form", "[default]\nsecret_id = AKID1\nsecret_key = k1\n"],
  ["a token", "[default]\nsecret_id=AKID1\nsecret_key=k1\ntoken=t1", "t1"],
  [
    "CRLF, white space, comments",
    "; a\r\n# b\r\n[ default ]\r\n  secret_id\t=  AKID1  \r\nsecret_key = k1 # note\r\n",
  ],
  ["quotes", '[default]\nsecret_id = "AKID1"\nsecret_key = \'k1\' ; note\ntoken = "t#1;2"\n', "t#1;2"],
  [
    "other profiles around it",
    "[a]\nsecret_id = x\n[default]\nsecret_id = AKID1\nsecret_key = k1\n[b]\nsecret_key = y\n",
  ],
  ["a # inside a value", "[default]\nsecret_id = AKID1\nsecret_key = k1\ntoken = a#b;c\n", "a#b;c"],
];

describe("credentials in the profile file", () => {
  for (const [title, text, token] of PROFILES) {
    it(`are read under [default]: ${title}`, async (t) => {
      const found = await profileSource(await homeWith(t, text))(signal);
      assert.deepEqual(found, { credentials: { ...CREDENTIALS, token } });
    });
  }

  it("are not there without a file, or without the section", async (t) => {
    const nowhere = join(tmpdir(), "sealconf-no-such-home");
    assert.deepEqual(await profileSource(nowhere)(signal), {
      missing: `there is no ${nowhere}/.tencentcloud/credentials or /etc/tencentcloud/credentials`,
    });
    const home = await homeWith(t, "[other]\nsecret_id = x\nsecret_key = y\n");
    assert.deepEqual(await profileSource(home)(signal), {
      missing: `${home}/.tencentcloud/credentials has no secret_id under [default]`,
    });
  });

  it("are an error when one of the two is missing, or the file cannot be read", async (t) => {
    const home = await homeWith(t, "[default]\nsecret_id = AKID1\n");
    const file = join(home, ".tencentcloud", "credentials");
    await assert.rejects(profileSource(home)(signal), {
      code: "ERR_CREDENTIALS_MISSING",
      message: `${file} gave no secret key`,
    });
    await rm(file);
    await mkdir(file);
    await assert.rejects(profileSource(home)(signal), {
      code: "ERR_CREDENTIALS_MISSING",
      message: `the credentials file ${file} cannot be read (EISDIR)`,
    });
  });
});
