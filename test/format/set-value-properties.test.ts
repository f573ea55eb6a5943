import assert from "node:assert/strict";
import { test } from "node:test";

import dotenv from "dotenv";
import fc from "fast-check";
import YAML from "yaml";

import { SourceError } from "../../src/errors/index.ts";
import {
  type Document,
  type DocumentNode,
  findScalars,
  type MapNode,
  parseDocument,
} from "../../src/format/index.ts";
import { removeValue } from "../../src/format/remove-value.ts";
import { setValue } from "../../src/format/set-value.ts";
import type { Path } from "../../src/path/path.ts";
import { awkwardText } from "./support.ts";

const key = fc.oneof(fc.constantFrom("a", "b", "c", "d e", "f.g"), awkwardText);

const tree = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("text", "two\nlines\n", "kept\n\n", "", 12, true, null, {}, []) },
    { weight: 1, arbitrary: awkwardText },
    { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 3, arbitrary: tie("map") },
  ),
  // The yaml package writes it as it writes a merge.
  map: fc.dictionary(
    key.filter((name) => name !== "<<"),
    tie("value"),
    { maxKeys: 4 },
  ),
})).map;

const yamlText = fc
  .tuple(tree, fc.constantFrom(2, 4), fc.boolean(), fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"))
  .map(([value, indent, indentSeq, defaultStringType]) => {
    const document = new YAML.Document(value, { aliasDuplicateObjects: false });
    return document.toString({ indent, indentSeq, defaultStringType, lineWidth: 0 });
  });

const COMMENTS = [" # c", "\n# c", "\n  # c", "\n      # c", "\n", "\n\n# c\n"];

/** The same with comments and empty lines, wherever they may turn out to stand. */
const commentedText = fc
  .tuple(yamlText, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...COMMENTS)), { maxLength: 4 }))
  .map(([text, comments]) => {
    const lines = text.split("\n");
    for (const [index, comment] of comments) lines[index % lines.length] += comment;
    return lines.join("\n");
  });

const jsonText = fc
  .tuple(tree, fc.constantFrom(undefined, 2, "\t"))
  .map(([value, space]) => JSON.stringify(value, null, space));

const file = fc
  .oneof(
    fc.tuple(fc.constant("a.yaml"), fc.oneof(yamlText, commentedText, jsonText)),
    fc.tuple(fc.constant("a.json"), jsonText),
  )
  .chain(([name, text]) => {
    // A text that begins with what looks like a byte order mark gets no other one.
    const marked = text.startsWith("\ufeff") ? text : `\ufeff${text}`;
    const texts = [text, text.replaceAll("\n", "\r\n"), marked, text.trimEnd()];
    return fc.tuple(fc.constant(name), fc.constantFrom(...texts));
  });

/** Returns undefined for a text that is not to be read; the generators make some. */
async function read(text: string, name: string): Promise<Document | undefined> {
  return await parseDocument(text, { file: name }).catch((error: unknown) => {
    if (error instanceof SourceError) return undefined;
    throw error;
  });
}

interface MapAt {
  readonly path: Path;
  readonly node: MapNode;
}

function findMaps(node: DocumentNode, path: Path = []): MapAt[] {
  if (node.kind === "scalar") return [];
  if (node.kind === "list") return node.items.flatMap((item, index) => findMaps(item, [...path, index]));
  const below = [...node.entries].flatMap(([name, entry]) => findMaps(entry.node, [...path, name]));
  return [{ path, node }, ...below];
}

function scalarsOf(document: Document): Map<string, unknown> {
  return new Map(findScalars(document.root).map(({ path, node }) => [JSON.stringify(path), node.value]));
}

const freshKeys = fc.array(key, { minLength: 1, maxLength: 3 });

test("what was set is read, nothing else has changed, and the file is as it was once it is removed", async () => {
  let removed = 0;
  await fc.assert(
    fc.asyncProperty(file, fc.nat(), freshKeys, awkwardText, async ([name, text], choice, keys, value) => {
      const document = await read(text, name);
      if (document?.root.kind !== "map") return;
      const maps = findMaps(document.root);
      const map = maps[choice % maps.length];
      assert.ok(map !== undefined);
      if (map.node.entries.has(keys[0] ?? "")) return;
      const path = [...map.path, ...keys];

      const changed = await parseDocument(await setValue(document, path, value), { file: name });
      const expected = scalarsOf(document).set(JSON.stringify(path), value);
      assert.deepEqual(scalarsOf(changed), expected);

      // Empty brackets may have been written in another way.
      if (keys.length > 1 || map.node.entries.size === 0) return;
      assert.equal(await removeValue(changed, path), text);
      removed += 1;
    }),
    { numRuns: 600 },
  );
  assert.ok(removed > 60, `only ${removed} were removed`);
});

test("any scalar can be removed and nothing else changes, or it is refused", async () => {
  let removed = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(file, fc.nat(), async ([name, text], choice) => {
      const document = await read(text, name);
      const scalars = document === undefined ? [] : findScalars(document.root);
      const scalar = scalars[choice % scalars.length];
      if (document === undefined || scalar === undefined || scalar.path.length === 0) return;
      const changed = await removeValue(document, scalar.path).catch((error: unknown) => {
        if (error instanceof SourceError && error.code === "ERR_FORMAT_SYNTAX") return undefined;
        throw error;
      });
      if (changed === undefined) {
        refused += 1;
        return;
      }
      removed += 1;
      const after = await parseDocument(changed, { file: name });
      // A list's later elements have moved up: the values are the same, in their order.
      const left = scalars.filter((one) => one !== scalar).map(({ node }) => node.value);
      assert.deepEqual(
        findScalars(after.root).map(({ node }) => node.value),
        left,
      );
    }),
    { numRuns: 600 },
  );
  assert.ok(removed > 20 * refused, `${refused} were refused, and ${removed} removed`);
});

test("a variable that was set is read by dotenv, and the file is as it was once it is removed", async () => {
  const line = fc
    .tuple(
      fc.constantFrom("", "export "),
      fc.constantFrom("A", "B", "C"),
      fc.constantFrom("1", "'x\ny' # c", '"z"', "", " q # c"),
    )
    .map(([before, name, value]) => `${before}${name}=${value}`);
  const lines = fc.array(fc.oneof(line, fc.constantFrom("", "# c")), { maxLength: 5 });
  const lineBreak = fc.constantFrom("\n", "\r\n");
  await fc.assert(
    fc.asyncProperty(lines, lineBreak, fc.boolean(), awkwardText, async (list, separator, isEnded, value) => {
      const text = list.join("\n").replaceAll("\n", separator) + (isEnded ? separator : "");
      const document = await read(text, ".env");
      if (document === undefined) return;
      const changed = await setValue(document, ["NEW"], value).catch((error: unknown) => {
        if (error instanceof SourceError && error.code === "ERR_FORMAT_SYNTAX") return undefined;
        throw error;
      });
      if (changed === undefined) return;
      assert.deepEqual({ ...dotenv.parse(changed) }, { ...dotenv.parse(text), NEW: value });
      assert.equal(await removeValue(await parseDocument(changed, { file: ".env" }), ["NEW"]), text);
    }),
    { numRuns: 1_000 },
  );
});
