import assert from "node:assert/strict";
import { test } from "node:test";

import picomatch from "picomatch";

import { attributePatterns } from "../../src/git/attribute-patterns.ts";
import { createRepository } from "../support/git-repository.ts";

test("a glob is written as git's patterns are, anchored to the policy's folder", () => {
  const wanted: readonly (readonly [string, string, readonly string[]])[] = [
    ["config/production.yaml", "", ["/config/production.yaml"]],
    ["./.env*", "", ["/.env*"]],
    ["**/secrets.*", "apps/billing", ["/apps/billing/**/secrets.*"]],
    ["config/{a,b.{x,y}}.yaml", "", ["/config/a.yaml", "/config/b.x.yaml", "/config/b.y.yaml"]],
    ["config/@(a|b).yaml", "", ["/config/*.yaml"]],
    ["node{1..3}.json", "", ["/node*.json"]],
    ["my config.yaml", "a [b]*", ['"/a \\134[b]\\134*/my config.yaml"']],
    ["配置.yaml", "", ['"/\\351\\205\\215\\347\\275\\256.yaml"']],
  ];
  for (const [glob, folder, patterns] of wanted)
    assert.deepEqual(attributePatterns(glob, folder), patterns, glob);
});

test("a glob of all files means those that are config files by their names", () => {
  const names = ["*.yaml", "*.yml", "*.json", ".env", ".env.*", "*.env"];
  assert.deepEqual(
    attributePatterns("deploy/**", ""),
    names.map((name) => `/deploy/**/${name}`),
  );
  assert.deepEqual(
    attributePatterns("deploy/*", ""),
    names.map((name) => `/deploy/${name}`),
  );
  assert.deepEqual(
    attributePatterns("**", "app"),
    names.map((name) => `/app/**/${name}`),
  );
});

const GLOBS = [
  "config/production.yaml",
  "./config/production.*",
  ".env*",
  "**/secrets.*",
  "deploy/**",
  "deploy/*",
  "**",
  "**/*.json",
  "a/**/b/*.yaml",
  "config/{production,staging}.{yaml,json}",
  "{a,b}/{c,d/e}.yaml",
  "config/{x,y{1,2}}.yaml",
  "config/@(production|staging).yaml",
  "node{1..3}.json",
  "conf[ai]g/?.yaml",
  "my config/it's.yaml",
  "配置/*.yaml",
];
const FILES = [
  ".env",
  ".env.production",
  "a/b/x.yaml",
  "a/c.yaml",
  "a/x/y/b/z.yaml",
  "b/d/e.yaml",
  "config/a.yaml",
  "config/production.json",
  "config/production.yaml",
  "config/sub/production.yaml",
  "config/staging.yaml",
  "config/x.yaml",
  "config/y2.yaml",
  "deploy/.env",
  "deploy/a.json",
  "deploy/eu/west/b.env",
  "deploy/eu/west/c.yml",
  "my config/it's.yaml",
  "node2.json",
  "secrets.yaml",
  "x/.hidden/secrets.json",
  "x/secrets.json",
  "配置/a.yaml",
];

test("git gives its attribute to every file that the policy's glob covers", async (t) => {
  for (const folder of ["", "apps/my [billing] app"]) {
    const repository = await createRepository(t);
    const prefix = folder === "" ? "" : `${folder}/`;
    const covered = GLOBS.flatMap((glob, index) => {
      const matches = picomatch(glob, { dot: true });
      return FILES.filter((file) => matches(file)).map((file) => ({
        attribute: `glob${index}`,
        file: prefix + file,
      }));
    });
    assert.ok(GLOBS.every((_, index) => covered.some(({ attribute }) => attribute === `glob${index}`)));
    const lines = GLOBS.flatMap((glob, index) =>
      attributePatterns(glob, folder).map((pattern) => `${pattern} glob${index}\n`),
    );
    await repository.write(".git/info/attributes", lines.join(""));
    const attributes = GLOBS.map((_, index) => `glob${index}`);
    const listing = await repository.git(["check-attr", "-z", "--stdin", ...attributes], {
      stdin: FILES.map((file) => `${prefix}${file}\0`).join(""),
    });
    const fields = listing.split("\0");
    const set = new Set<string>();
    for (let at = 0; at + 2 < fields.length; at += 3) {
      if (fields[at + 2] === "set") set.add(`${fields[at + 1]} ${fields[at]}`);
    }
    const missing = covered.filter(({ attribute, file }) => !set.has(`${attribute} ${file}`));
    assert.deepEqual(missing, []);
    // Not everything has it, or this would prove nothing.
    assert.ok(set.size < covered.length * 2);
  }
});
