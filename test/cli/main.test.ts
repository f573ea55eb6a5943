import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { ROOT } from "../project/project.ts";
import { printed, refused, runCli } from "../support/cli.ts";

/** Every command, in the order of the help: what a developer needs first, the tools for tests and shells last. */
const COMMANDS = [
  "init",
  "encrypt-value",
  "edit",
  "unset",
  "mv",
  "cp",
  "check",
  "rotate",
  "status",
  "decrypt-value",
  "hook",
  "textconv",
  "inspect",
  "load",
  "keygen",
  "kms-emulator",
  "completion",
];

// Most of the time is that of processes which start: several tests run at once.
describe("sealconf", { concurrency: 4 }, () => {
  test("--help of every command, and of those below it, shows what it takes and examples that it takes", async () => {
    const helps = await helpsBelow([], await printed(["--help"]));
    const places = helps.map(([place]) => place);
    assert.ok(places.includes("completion") && places.includes("hook install"), places.join());
    helps.push(["encrypt-value", await printed(["--help"], { program: "encrypt-value" })]);
    for (const [place, help] of helps) {
      assert.match(help, new RegExp(`^Usage: (?:sealconf )?${place} \\[options\\][^]*\n\nOptions:\n`));
      assert.ok(
        help.split("\n").every((line) => line.length <= 110),
        help,
      );
      const examples = examplesOf(place, help);
      assert.notDeepEqual(examples, [], `no example in ${help}`);
      const below = helps.filter(([each]) => each === place || each.startsWith(`${place} `));
      const options = below.flatMap(([, each]) => namesIn(each, "Options", /^ {2}(?:-\w, )?(--[a-z-]+)/gm));
      for (const example of examples)
        for (const [, option = ""] of example.matchAll(/ (--[a-z-]+)/g))
          assert.ok(options.includes(option), `${place} has no ${option}: ${example}`);
    }
  });

  test("the help of the whole lists every command, on standard output when it is asked for", async () => {
    const [asked, word, short] = await Promise.all([printed(["--help"]), printed(["help"]), printed(["-h"])]);
    assert.deepEqual(commandsIn(asked), COMMANDS);
    assert.deepEqual([word, short], [asked, asked]);
    const [without, hook, own, ofOne] = await Promise.all([
      runCli([]),
      runCli(["hook"]),
      printed(["--help"], { program: "encrypt-value" }),
      printed(["help", "load"]),
    ]);
    assert.deepEqual(without, { code: 2, stdout: "", stderr: asked });
    assert.deepEqual(hook, { code: 2, stdout: "", stderr: await printed(["hook", "--help"]) });
    assert.match(own, /^Usage: encrypt-value \[options\] \[files\.\.\.\]\n/);
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
      [["hook", "instal"], "unknown command 'instal'\n(Did you mean install?)"],
      [["inspect"], "missing required argument 'what'"],
      [["mv", "a.yaml:b"], "missing required argument 'to'"],
      [["rotate"], "missing required argument 'files'"],
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

/** The help of every command below one whose help is given, each with the words that lead to it. */
async function helpsBelow(words: readonly string[], help: string): Promise<[place: string, help: string][]> {
  const below = commandsIn(help).map(async (name) => {
    const place = [...words, name];
    const own = await printed([...place, "--help"]);
    const itself: [string, string] = [place.join(" "), own];
    return [itself, ...(await helpsBelow(place, own))];
  });
  return (await Promise.all(below)).flat();
}

function commandsIn(help: string): string[] {
  return namesIn(help, "Commands", /^ {2}([a-z-]+)/gm).filter((name) => name !== "help");
}

function namesIn(help: string, section: string, name: RegExp): string[] {
  const [, lines = ""] = new RegExp(`^${section}:\n((?: .*\n)*)`, "m").exec(help) ?? [];
  return [...lines.matchAll(name)].map(([, found = ""]) => found);
}

/** What stands of one command in the examples of its help, up to the end of that command. */
function examplesOf(place: string, help: string): string[] {
  const [, lines = ""] = /^Examples?:\n([^]*)/m.exec(help) ?? [];
  const calls = lines.matchAll(new RegExp(`^ {2}\\$ .*?\\b${place}(?![a-z-])([^|&"#\n]*)`, "gm"));
  return [...calls].map(([, args = ""]) => args.trimEnd());
}
