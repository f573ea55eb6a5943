import assert from "node:assert/strict";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";

import { KmsError } from "../../src/errors/index.ts";
import { createLocalKey, localKeys } from "../../src/local/index.ts";
import { anErrorWith, theOpenError } from "../support/assert-error.ts";
import { keyOf } from "../support/fake-provider.ts";
import { LOCAL_KEY_OPTIONS } from "../support/local-key-options.ts";
import { showWhole } from "../support/provider-contract.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const KEY = keyOf("local/dev");
const REQUEST = { key: KEY, encryptionContext: "{}" };

describe("localKeys", () => {
  it("looks for its keys in the folder that is given, else where the environment says", async (t) => {
    const folder = await temporaryFolder(t);
    await createLocalKey("dev", folder);
    const { wrapped } = await localKeys({ folder, env: {} }).generateDataKey(REQUEST);
    const elsewhere = { SEALCONF_KEYS_DIR: folder, XDG_CONFIG_HOME: "/nonexistent" };
    const { plaintext } = await localKeys({ env: elsewhere }).decrypt({ ...REQUEST, wrapped });
    assert.equal(plaintext.length, 32);
    const options = { folder: "/nonexistent", env: elsewhere };
    await assert.rejects(localKeys(options).decrypt({ ...REQUEST, wrapped }), KmsError);
  });

  it("reads a key once", async (t) => {
    const folder = await temporaryFolder(t);
    const file = await createLocalKey("dev", folder);
    const provider = localKeys({ folder, env: {} });
    const { wrapped } = await provider.generateDataKey(REQUEST);
    await rm(file);
    assert.equal((await provider.decrypt({ ...REQUEST, wrapped })).plaintext.length, 32);
  });

  it("looks again for a key that was missing, open to others or no key", async (t) => {
    const folder = await temporaryFolder(t);
    const provider = localKeys({ folder, env: {} });
    const isMissing = anErrorWith({ code: "ERR_CREDENTIALS_MISSING" });
    await assert.rejects(provider.generateDataKey(REQUEST), isMissing);
    const file = join(folder, "dev.key");
    await writeFile(file, "not a key", { mode: 0o600 });
    await assert.rejects(provider.generateDataKey(REQUEST), isMissing);
    await rm(file);
    await createLocalKey("dev", folder);
    await chmod(file, 0o644);
    await assert.rejects(provider.generateDataKey(REQUEST), isMissing);
    await chmod(file, 0o600);
    assert.equal((await provider.generateDataKey(REQUEST)).plaintext.length, 32);
  });

  it("wraps for one key: the same bytes under another name do not open it", async () => {
    const text = LOCAL_KEY_OPTIONS.env?.["SEALCONF_LOCAL_KEY_ONE"];
    const env = { SEALCONF_LOCAL_KEY_A: text, SEALCONF_LOCAL_KEY_B: text };
    const provider = localKeys({ folder: "/nonexistent", env });
    const { wrapped } = await provider.generateDataKey({ key: keyOf("local/a"), encryptionContext: "{}" });
    const request = { wrapped, encryptionContext: "{}" };
    assert.equal((await provider.decrypt({ ...request, key: keyOf("local/a") })).plaintext.length, 32);
    await assert.rejects(provider.decrypt({ ...request, key: keyOf("local/b") }), theOpenError);
  });

  it("refuses an option that it does not have", () => {
    const message = 'localKeys has no option "dir"';
    assert.throws(
      () => localKeys({ dir: "/x" } as object),
      anErrorWith({ code: "ERR_OPTION_INVALID", message }),
    );
  });

  it("shows nothing of its keys when it is printed, or fails", async () => {
    const text = LOCAL_KEY_OPTIONS.env?.["SEALCONF_LOCAL_KEY_ONE"] ?? "";
    const provider = localKeys(LOCAL_KEY_OPTIONS);
    const key = keyOf("local/one");
    await provider.generateDataKey({ key, encryptionContext: "{}" });
    const failed = await provider
      .decrypt({ key, wrapped: "AAAA", encryptionContext: "{}" })
      .catch((error: unknown) => error);
    for (const shown of [showWhole(provider), showWhole(failed)]) {
      assert.ok(!shown.includes(text.slice(-40)), shown);
    }
  });
});
