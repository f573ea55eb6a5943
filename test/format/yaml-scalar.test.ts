import assert from "node:assert/strict";
import { test } from "node:test";

import { findScalars, parseDocument } from "../../src/format/index.ts";
import { writtenScalars } from "./support.ts";

const TEXT = `# billing
db: &db
  host: db.example.com   # primary
  port: 5432
  password: &pw 'it''s "secret"'
  empty:
  note:   # nothing here
  anchored: &nothing   # nor here
  tagged: !!str 12
servers:
- name: one
  tokens: [a, "b, c", {d: e, f}, g: h]
-   name: two
    same: *pw
- - nested
  -
tls:
  key: |
    -----BEGIN-----
      abc

    -----END-----

  cert: >-  # folded
    one
    two

  kept: |+
    x


  none: |

  indented: |2-
      y
replica:
  <<: *db
  host: replica
plain: several
  words # and a comment
"quoted key": "two
  lines"
? explicit
: value
? bare
nul: ~
last: end`;

const WRITTEN = {
  "db.host": "db.example.com",
  "db.port": "5432",
  "db.password": `'it''s "secret"'`,
  "db.empty": "",
  "db.note": "",
  "db.anchored": "",
  "db.tagged": "12",
  "servers.0.name": "one",
  "servers.0.tokens.0": "a",
  "servers.0.tokens.1": '"b, c"',
  "servers.0.tokens.2.d": "e",
  "servers.0.tokens.2.f": "",
  "servers.0.tokens.3.g": "h",
  "servers.1.name": "two",
  "servers.1.same": "*pw",
  "servers.2.0": "nested",
  "servers.2.1": "",
  "tls.key": "|\n    -----BEGIN-----\n      abc\n\n    -----END-----",
  "tls.cert": ">-  # folded\n    one\n    two",
  "tls.kept": "|+\n    x",
  "tls.none": "|",
  "tls.indented": "|2-\n      y",
  "replica.host": "replica",
  "replica.port": "5432",
  "replica.password": `'it''s "secret"'`,
  "replica.empty": "",
  "replica.note": "",
  "replica.anchored": "",
  "replica.tagged": "12",
  plain: "several\n  words",
  "quoted key": '"two\n  lines"',
  explicit: "value",
  bare: "",
  nul: "~",
  last: "end",
};

test("each scalar's range is what is written for it, without the space and comments around it", async () => {
  for (const [mark, lineBreak] of [
    ["", "\n"],
    ["\ufeff", "\n"],
    ["", "\r\n"],
    ["\ufeff", "\r\n"],
  ] as const) {
    const document = await parseDocument(mark + TEXT.replaceAll("\n", lineBreak), { file: "a.yaml" });
    const written = Object.entries(WRITTEN).map(([path, text]) => [path, text.replaceAll("\n", lineBreak)]);
    assert.deepEqual(writtenScalars(document), Object.fromEntries(written));
  }
});

test("an empty value stands right after what comes before it", async () => {
  const document = await parseDocument(TEXT, { file: "a.yaml" });
  const before = findScalars(document.root)
    .filter(({ node }) => node.start === node.end && !node.aliased)
    .map(({ node }) => TEXT.slice(0, node.start).split("\n").at(-1));
  assert.deepEqual(before, [
    "  empty:",
    "  note:",
    "  anchored: &nothing",
    '  tokens: [a, "b, c", {d: e, f',
    "  -",
    "? bare",
  ]);
});

test("what an alias or a merge repeats is marked, and nothing else", async () => {
  const document = await parseDocument(TEXT, { file: "a.yaml" });
  const aliased = findScalars(document.root).filter(({ node }) => node.aliased);
  assert.deepEqual(
    aliased.map(({ path }) => path.join(".")),
    [
      "servers.1.same",
      "replica.port",
      "replica.password",
      "replica.empty",
      "replica.note",
      "replica.anchored",
      "replica.tagged",
    ],
  );
});

test("maps, lists and keys know their ranges and their style", async () => {
  const text = "a:\n  b: {c: [1, 2 ]} # c\n  'd' : x\n\n# end\n&k e: [\n]\n";
  const { root } = await parseDocument(text, { file: "a.yaml" });
  const seen: string[] = [];
  const visit = (node: typeof root): void => {
    if (node.kind === "scalar") return;
    seen.push(`${node.kind} ${node.flow ? "flow" : "block"} ${text.slice(node.start, node.end)}`);
    if (node.kind === "list") return;
    for (const entry of node.entries.values()) {
      seen.push(`key ${text.slice(entry.keyStart, entry.keyEnd)}`);
      visit(entry.node);
    }
  };
  visit(root);
  assert.deepEqual(seen, [
    `map block ${text.trimEnd()}`,
    "key a",
    "map block b: {c: [1, 2 ]} # c\n  'd' : x",
    "key b",
    "map flow {c: [1, 2 ]}",
    "key c",
    "list flow [1, 2 ]",
    "key 'd'",
    "key e",
    "list flow [\n]",
  ]);
  const anchored = await parseDocument("- &k a: 1\n  b: 2\n", { file: "a.yaml" });
  assert.ok(anchored.root.kind === "list");
  assert.equal(anchored.root.items[0]?.start, 2);
});
