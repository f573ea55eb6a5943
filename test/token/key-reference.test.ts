import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { type KeyReference, parseKeyReference } from "../../src/token/index.ts";

const UUID = "93866e69-9755-11ef-8e65-52540089bc41";

const READ: readonly KeyReference[] = [
  { text: `tencent/ap-guangzhou/${UUID}`, provider: "tencent", region: "ap-guangzhou", id: UUID },
  { text: `tencent/${"a".repeat(32)}/${UUID}`, provider: "tencent", region: "a".repeat(32), id: UUID },
  { text: `tencent/a1/${UUID}`, provider: "tencent", region: "a1", id: UUID },
  { text: "aliyun/cn-hangzhou/key-hzz_1.2A", provider: "aliyun", region: "cn-hangzhou", id: "key-hzz_1.2A" },
  { text: `aliyun/cn/${"k".repeat(64)}`, provider: "aliyun", region: "cn", id: "k".repeat(64) },
  { text: "local/dev", provider: "local", id: "dev" },
  { text: `local/${"a".repeat(64)}`, provider: "local", id: "a".repeat(64) },
  { text: "local/-", provider: "local", id: "-" },
  { text: "age/age1q", provider: "age", id: "age1q" },
  { text: `age/age1${"q".repeat(124)}`, provider: "age", id: `age1${"q".repeat(124)}` },
];

const MALFORMED = [
  "tencent/",
  `tencent/${UUID}`,
  `tencent/ap-guangzhou/${UUID}/`,
  `tencent/ap-guangzhou/${UUID}\n`,
  `tencent/ap-guangzhou/${UUID.toUpperCase()}`,
  `tencent/AP-guangzhou/${UUID}`,
  `tencent/a/${UUID}`,
  `tencent/${"a".repeat(33)}/${UUID}`,
  `tencent/ap.guangzhou/${UUID}`,
  `tencent/evil.example:443/${UUID}`,
  `tencent/ap-guangzhou/${UUID.replaceAll("-", "")}`,
  `tencent/ap-guangzhou/alias-prod`,
  `tencent//${UUID}`,
  "aliyun/cn-hangzhou/",
  "aliyun/cn-hangzhou/alias/prod",
  "aliyun/cn-hangzhou/a=b",
  `aliyun/cn-hangzhou/${"k".repeat(65)}`,
  "local/",
  "local/Dev",
  "local/dev.key",
  "local/../dev",
  "local/a/b",
  "local/a_b",
  `local/${"a".repeat(65)}`,
  " local/dev".trimStart() + " ",
  "age/age1",
  "age/q",
  "age/AGE1Q",
  `age/age1${"q".repeat(125)}`,
];

const UNKNOWN = [
  "",
  "dev",
  "gcp/kat",
  "/dev",
  "Local/dev",
  " local/dev",
  "TENCENT/a1/x",
  "aws/eu/1",
  "__proto__/a",
  "constructor/a",
];

describe("parseKeyReference", () => {
  for (const key of READ) {
    it(`reads ${key.text.slice(0, 60)}`, () => {
      assert.deepEqual(parseKeyReference(key.text), key);
    });
  }

  for (const text of MALFORMED) {
    it(`finds ${JSON.stringify(text.slice(0, 60))} malformed`, () => {
      assert.equal(parseKeyReference(text), "malformed");
    });
  }

  for (const text of UNKNOWN) {
    it(`does not know the provider of ${JSON.stringify(text)}`, () => {
      assert.equal(parseKeyReference(text), "provider unknown");
    });
  }

  it("takes a reference apart so that its parts write it again", () => {
    const text = fc.oneof(
      fc
        .tuple(fc.stringMatching(/^[a-z0-9-]{2,32}$/), fc.uuid())
        .map(([region, id]) => `tencent/${region}/${id}`),
      fc
        .tuple(fc.stringMatching(/^[a-z0-9-]{2,32}$/), fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/))
        .map(([region, id]) => `aliyun/${region}/${id}`),
      fc.stringMatching(/^[a-z0-9-]{1,64}$/).map((id) => `local/${id}`),
      fc.stringMatching(/^age1[a-z0-9]{1,124}$/).map((id) => `age/${id}`),
    );
    fc.assert(
      fc.property(text, (written) => {
        const key = parseKeyReference(written) as KeyReference;
        const parts = key.region === undefined ? [key.provider, key.id] : [key.provider, key.region, key.id];
        assert.equal(parts.join("/"), written);
        assert.equal(key.text, written);
      }),
    );
  });
});
