import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { countSecrets, patternsByContent, SECRET_NAMES } from "../../src/init/secret-names.ts";
import { type Document, findScalars, parseDocument } from "../../src/format/index.ts";
import { formatPath } from "../../src/path/path.ts";
import { compilePatterns } from "../../src/policy/index.ts";
import { sealOne } from "../support/load-fixture.ts";

const PATTERNS = SECRET_NAMES.flat();
const SECRET = [
  ..."password dbPassword db_password DB_PASSWORD passphrase smtp_pass SMTP_PASS secret clientSecret".split(
    " ",
  ),
  ..."client_secret CLIENT_SECRET token accessToken access_token GITHUB_TOKEN apiKey stripeApiKey".split(" "),
  ..."api_key API_KEY privateKey secretKey secretAccessKey AWS_SECRET_ACCESS_KEY credentials".split(" "),
  "connectionString",
];
const OPEN = [
  ..."host port user username name url key keys passwordPolicy tokens secretName publicKey public_key".split(
    " ",
  ),
  ..."JWT_PUBLIC_KEY accessKeyId primaryKey keyboard timeoutMs".split(" "),
];

describe("the names of secrets", () => {
  it("are those that secrets have, at any depth and in lists", () => {
    const { match } = compilePatterns(PATTERNS);
    for (const name of SECRET) {
      for (const path of [[name], ["a", name], ["a", 3, name], ["a", name, "b"]]) {
        assert.equal(match(path), true, path.join("."));
      }
    }
    for (const name of OPEN) assert.equal(match(["a", name]), false, name);
  });

  it("are those of variables too, whatever their case", () => {
    const { match } = compilePatterns(PATTERNS);
    for (const name of "PASSWORD DB_PASSWORD db_password SECRET JWT_SECRET TOKEN API_KEY api_key APIKEY".split(
      " ",
    ))
      assert.equal(match([name], true), true, name);
    for (const name of "HOST PORT PUBLIC_KEY_FILE JWT_PUBLIC_KEY jwt_public_key KEYS".split(" "))
      assert.equal(match([name], true), false, name);
  });
});

describe("countSecrets", () => {
  it("counts the values in the clear by the pattern that decides", async () => {
    const token = await sealOne("sealed.password", "x");
    const yaml = [
      "password: a",
      "none: { password: null }",
      `sealed: { password: "${token}" }`,
      "list: [{ password: b }, { apiKey: c }]",
      "all: { password: { one: 1, two: true } }",
      "jwt_public_key: d",
    ].join("\n");
    const counts = countSecrets(await parse("a.yaml", yaml), PATTERNS);
    assert.deepEqual(Object.fromEntries(counts), { "**.password": 4, "**.apiKey": 1 });
  });

  it("counts variables whatever their case", async () => {
    const counts = countSecrets(await parse(".env", "A_PASSWORD=1\nb_password=\nC=2\n"), PATTERNS);
    assert.deepEqual(
      [...counts.values()].reduce((sum, count) => sum + count, 0),
      2,
    );
  });
});

describe("patternsByContent", () => {
  const cases: readonly (readonly [yaml: string, patterns: readonly string[]])[] = [
    ["db: { url: 'postgres://app:hunter2@db/x' }", ["db.url"]],
    ["servers: [{ url: 'redis://:hunter2@cache:6379' }]", ["servers[].url"]],
    ["pem: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIE\n", ["pem"]],
    ["a.b: { 'c*': 'amqp://a:b@c' }", ["a\\.b.c\\*"]],
    ["'!a': 'amqp://a:b@c'", ["\\!a"]],
    ["'': { '*': 'amqp://a:b@c' }", ["//*"]],
    ["db: { url: 'postgres://app@db/x' }", []],
    ["db: { url: 'postgres://app:${PASSWORD}@db/x' }", []],
    ["at: 'https://example.com:8080/@me'", []],
    ["pem: |\n  -----BEGIN CERTIFICATE-----\n", []],
    ["password: 'postgres://app:hunter2@db/x'", []],
    ["n: 1", []],
  ];

  for (const [yaml, patterns] of cases) {
    it(`proposes ${patterns.length === 0 ? "nothing" : patterns.join(", ")} for ${JSON.stringify(yaml)}`, async () => {
      const document = await parse("a.yaml", yaml);
      assert.deepEqual(patternsByContent(document), patterns);
      const { match } = compilePatterns(patterns);
      for (const { path } of findScalars(document.root))
        assert.equal(match(path), patterns.length > 0, formatPath(path));
    });
  }
});

async function parse(file: string, text: string): Promise<Document> {
  return await parseDocument(text, { file });
}
