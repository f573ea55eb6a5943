import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { ROOT } from "../project/project.ts";
import { printed, refused, runCli } from "../support/cli.ts";

const COMMANDS = ["encrypt-value", "decrypt-value", "inspect", "load", "keygen", "kms-emulator"];

// Most of the time is that of processes which start: several tests run at once.
describe("sealconf", { concurrency: 4 }, () => {
  test("--help of every command shows what it takes and an example of it", async () => {
    const runs = COMMANDS.map(async (name) => [name, await printed([name, "--help"])] as const);
    for (const [name, help] of await Promise.all(runs)) {
      assert.ok(help.startsWith(`Usage: sealconf ${name} [options]`), help);
      assert.match(help, new RegExp(`\nExamples?:\n[^]*  \\$ .*${name} `), help);
      assert.ok(
        help.split("\n").every((line) => line.length <= 110),
        help,
      );
    }
  });

  test("the help of the whole lists every command, on standard output when it is asked for", async () => {
    const [asked, word, short] = await Promise.all([printed(["--help"]), printed(["help"]), printed(["-h"])]);
    for (const name of COMMANDS) assert.match(asked, new RegExp(`^ {2}${name} `, "m"));
    assert.deepEqual([word, short], [asked, asked]);
    const [without, own, ofOne] = await Promise.all([
      runCli([]),
      printed(["--help"], { program: "encrypt-value" }),
      printed(["help", "load"]),
    ]);
    assert.deepEqual(without, { code: 2, stdout: "", stderr: asked });
    assert.match(own, /^Usage: encrypt-value \[options\]\n/);
    assert.match(ofOne, /^Usage: sealconf load /);
  });

  test("--version prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      readonly version: string;
    };
    const outputs = [printed(["--version"]), printed(["-V"], { program: "encrypt-value" })];
    assert.deepEqual(await Promise.all(outputs), [`${version}\n`, `${version}\n`]);
  });

  test("a command or option that is not there, or that lacks its value, exits with 2 and says so", async () => {
    const runs: readonly (readonly [readonly string[], string])[] = [
      [["lod"], "unknown command 'lod'\n(Did you mean load?)"],
      [["--nope"], "unknown option '--nope'"],
      [["load", "--explian"], "unknown option '--explian'\n(Did you mean --explain?)"],
      [["load", "--env"], "option '--env <name>' argument missing"],
      [["load", "-x"], "unknown option '-x'"],
      [["inspect"], "missing required argument 'what'"],
      [["keygen", "a", "b"], "too many arguments for 'keygen'. Expected 1 argument but got 2."],
    ];
    await Promise.all(
      runs.map(async ([args, wanted]) => {
        assert.equal(await refused(2, args), `sealconf: ${wanted}\n(--help shows what there is)\n`);
      }),
    );
  });

  test("what an argument holds that a terminal would act on is printed escaped", async () => {
    const name = "x\u001b[31m\u202e";
    const runs = [[name], [`--port=${name}`], ["kms-emulator", "--port", name], ["keygen", "a", `--${name}`]];
    await Promise.all(
      runs.map(async (args) => {
        const message = await refused(2, args);
        assert.doesNotMatch(message, /[\u001b\u202e]/);
      }),
    );
    assert.match(await refused(2, [name]), /: unknown command 'x\\u\{1b\}\[31m\\u\{202e\}'\n/);
  });
});
