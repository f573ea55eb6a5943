import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { loadConfig } from "../../src/index.ts";
import { sealBlob } from "../../src/sealing/index.ts";
import {
  CONTEXT,
  ENVIRONMENT,
  LOCAL_KEY,
  makeFolder,
  placesOf,
  problemsOf,
  sealOne,
} from "../support/load-fixture.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

function load(root: string, file = "config/app.yaml"): Promise<Record<string, unknown>> {
  return loadConfig({ files: [file], root, keys: [LOCAL_KEY], context: CONTEXT, environment: ENVIRONMENT });
}

const PATHS: readonly (readonly [title: string, path: string])[] = [
  ["a step up", "../secret.sealed"],
  ["a step up in the middle", "a/../../secret.sealed"],
  ["a step to itself", "./secret.sealed"],
  ["an absolute path", "/etc/secret.sealed"],
  ["two slashes", "a//secret.sealed"],
  ["a home folder", "~/secret.sealed"],
  ["a backslash", "..\\\\secret.sealed"],
  ["an escaped step up", "%2e%2e/secret.sealed"],
  ["a URL", "file:///etc/secret.sealed"],
  ["a drive", "C:/secret.sealed"],
  ["a zero byte", "secret.sealed\\0.sealed"],
  ["another ending", "secret.pem"],
  ["nothing", ""],
  ["a folder", "secret.sealed/"],
  ["more than 1,024 bytes", `${"a/".repeat(520)}secret.sealed`],
];

describe("a reference to a sealed file", () => {
  for (const [title, path] of PATHS) {
    it(`is refused for its path: ${title}`, async (t) => {
      const root = makeFolder(t, { "config/app.yaml": `\na: "sealed:v1:file:${path}"` });
      const [problem, ...others] = await problemsOf(load(root));
      assert.deepEqual(others, []);
      assert.equal(problem?.code, "ERR_TOKEN_MALFORMED");
      assert.equal(`${problem.source?.file}:${problem.source?.line}`, "config/app.yaml:2");
    });
  }

  it("cannot leave the config file's folder through a link to a file or a folder", async (t) => {
    const blob = sealBlob(await makeSealedFileKey(), "secret", Buffer.from("x"));
    const root = makeFolder(t, {
      "config/app.yaml": [
        "file: sealed:v1:file:secret.sealed",
        "folder: sealed:v1:file:linked/secret.sealed",
        "neighbour: sealed:v1:file:near/secret.sealed",
        "chain: sealed:v1:file:chain.sealed",
      ].join("\n"),
      "outside/secret.sealed": blob,
      // Its path begins with the folder's own.
      "config-of-another/secret.sealed": blob,
    });
    const folder = join(root, "config");
    symlinkSync("../outside/secret.sealed", join(folder, "secret.sealed"));
    symlinkSync(join(root, "outside"), join(folder, "linked"));
    symlinkSync("../config-of-another", join(folder, "near"));
    symlinkSync("secret.sealed", join(folder, "chain.sealed"));
    const problems = await problemsOf(load(root));
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message}`),
      [
        ["1:7", "file"],
        ["2:9", "folder"],
        ["3:12", "neighbour"],
        ["4:8", "chain"],
      ].map(([place, path]) => {
        return `ERR_FILE_UNREADABLE config/app.yaml:${place} (${path}): the sealed file lies outside the config file's folder`;
      }),
    );
  });

  it("cannot reach a device, a pipe or a link in a circle, and waits for none", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml":
        "device: sealed:v1:file:d.sealed\npipe: sealed:v1:file:p.sealed\ncircle: sealed:v1:file:c.sealed",
    });
    symlinkSync("/dev/zero", join(root, "config/d.sealed"));
    execFileSync("mkfifo", [join(root, "config/p.sealed")]);
    symlinkSync("c.sealed", join(root, "config/c.sealed"));
    const problems = await problemsOf(load(root));
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message.replace(/^.*\): /, "")}`),
      [
        "ERR_FILE_UNREADABLE the sealed file lies outside the config file's folder",
        "ERR_FILE_UNREADABLE this is not a regular file",
        "ERR_FILE_UNREADABLE the file cannot be read (ELOOP)",
      ],
    );
  });

  it("cannot make a plain file's content the value", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": "a: sealed:v1:file:notes.sealed\nb: sealed:v1:file+bytes:token.sealed",
      "config/notes.sealed": "hunter2-canary",
      "config/token.sealed": await sealOne("b", "x"),
    });
    assert.deepEqual(await placesOf(load(root)), [
      "ERR_TOKEN_MALFORMED config/app.yaml:1:4 (a)",
      "ERR_TOKEN_MALFORMED config/app.yaml:2:4 (b)",
    ]);
  });

  it("follows the folder that the config file really lies in where that is a link", async (t) => {
    const root = makeFolder(t, {
      "real/app.yaml": "a: sealed:v1:file:secret.sealed",
      "real/secret.sealed": sealBlob(await makeSealedFileKey(), "secret", Buffer.from("x")),
    });
    symlinkSync("real", join(root, "config"));
    assert.equal((await load(root))["a"], "x");
  });

  it("opens one file under a second name only if it was made for that name", async (t) => {
    const root = makeFolder(t, {
      "config/app.yaml": "a: sealed:v1:file:other.sealed",
      "config/secret.sealed": sealBlob(await makeSealedFileKey(), "secret", Buffer.from("x")),
    });
    linkSync(join(root, "config/secret.sealed"), join(root, "config/other.sealed"));
    assert.deepEqual(await placesOf(load(root)), ["ERR_PLACE_MISMATCH config/app.yaml:1:4 (a)"]);
  });
});
