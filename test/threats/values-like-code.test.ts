import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { ENVIRONMENT, loadTexts, makeFolder, sealAll } from "../support/load-fixture.ts";

describe("a value that looks like code", () => {
  it("is never run or expanded, sealed or plain, in any format, layer or variable", async (t) => {
    const folder = makeFolder(t);
    const trap = join(folder, "trap");
    const codes: readonly string[] = [
      `$(touch ${trap})`,
      `\`touch ${trap}\``,
      `; touch ${trap}`,
      `| touch ${trap}`,
      "${SEALCONF_LOCAL_KEY_DEV}",
      "$SEALCONF_LOCAL_KEY_DEV",
      "${SEALCONF_LOCAL_KEY_DEV:-x}",
      "{{ env.SEALCONF_LOCAL_KEY_DEV }}",
      "%SEALCONF_LOCAL_KEY_DEV%",
      "!!js/function >\n function () {}",
      "{ a: 1, <<: *x }",
      "encrypted:BDXyz",
      "file:///etc/passwd",
      "@import x",
      "ENC[AES256_GCM,data:x]",
    ];
    const names = codes.map((_, index) => `k${index}`);
    const values = Object.fromEntries(names.map((name, index) => [name, codes[index] ?? ""]));
    const expected = Object.values(values);

    const json = await loadTexts({ "a.json": JSON.stringify(values) });
    assert.deepEqual(Object.values(json), expected);
    const yaml = await loadTexts({
      "a.yaml": names.map((name, at) => `${name}: ${JSON.stringify(codes[at])}`).join("\n"),
    });
    assert.deepEqual(Object.values(yaml), expected);
    const singleLine = names.filter((name) => !values[name]?.includes("\n"));
    const quoted = singleLine.map((name) => `${name}='${values[name]}'`).join("\n");
    const dotenv = await loadTexts({ ".env": quoted });
    assert.deepEqual(
      Object.values(dotenv),
      singleLine.map((name) => values[name]),
    );
    const variables = Object.fromEntries(names.map((name) => [`APP_${name}`, values[name]]));
    const environment = await loadTexts(
      { "a.yaml": "" },
      { environment: { ...ENVIRONMENT, ...variables }, variables: { prefix: "APP_" } },
    );
    assert.deepEqual(Object.values(environment), expected);

    const tokens = await sealAll(values);
    const sealed = await loadTexts({ "a.yaml": names.map((name) => `${name}: ${tokens[name]}`).join("\n") });
    assert.deepEqual(Object.values(sealed), expected);
    const inJson = await sealAll({ all: values });
    const opened = await loadTexts({ "a.yaml": `all: ${inJson.all}` });
    assert.deepEqual(Object.values(opened["all"] as object), expected);
    assert.equal(existsSync(trap), false);
  });
});
