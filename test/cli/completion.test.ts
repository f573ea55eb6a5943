import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { before, describe, test, type TestContext } from "node:test";
import { promisify } from "node:util";

import { Command } from "commander";

import { bashScript } from "../../src/cli/completion/bash.ts";
import { fishScript } from "../../src/cli/completion/fish.ts";
import { shapeOf } from "../../src/cli/completion/shape.ts";
import { zshScript } from "../../src/cli/completion/zsh.ts";
import { runSealconf } from "../../src/cli/main.ts";
import { printed, refused } from "../support/cli.ts";
import { makeFolder, writeFiles } from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";

const run = promisify(execFile);
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

const FILES = { "a b.yaml": "", "config.yaml": "", "folder/c.yaml": "" };
const ALL_FILES = ["a b.yaml", "config.yaml", "folder"];

/** What is typed, the last word being the one to complete, and what may stand there. */
const CANDIDATES: readonly (readonly [typed: readonly string[], candidates: readonly string[]])[] = [
  [["sealconf", "key"], ["keygen"]],
  [
    ["sealconf", "in"],
    ["init", "inspect"],
  ],
  [["/usr/bin/sealconf", "insp"], ["inspect"]],
  [["sealconf", "zzz"], []],
  [["sealconf", "hook", "inst"], ["install"]],
  [["sealconf", "hook", "install", "--di"], ["--diff"]],
  [["sealconf", "help", "unse"], ["unset"]],
  [
    ["sealconf", "completion", ""],
    ["bash", "fish", "zsh"],
  ],
  [["sealconf", "completion", "zsh", ""], []],
  [["sealconf", "keygen", ""], []],
  [
    ["sealconf", "load", "--e"],
    ["--env", "--explain"],
  ],
  [["sealconf", "load", "--env", ""], []],
  [["sealconf", "load", "--root", ""], ["folder"]],
  [["sealconf", "load", "--root", "folder", "con"], ["config.yaml"]],
  [["sealconf", "load", "load", "--exp"], ["--explain"]],
  [["sealconf", "load", ""], ALL_FILES],
  [["sealconf", "inspect", ""], ALL_FILES],
  [["sealconf", "inspect", "config.yaml", ""], []],
  [["sealconf", "mv", "--force", "config.yaml", "folder/"], ["folder/c.yaml"]],
  [["sealconf", "unset", "-p", "a.b", "con"], ["config.yaml"]],
  [["sealconf", "encrypt-value", "--no"], ["--no-path"]],
  [["encrypt-value", "--no"], ["--no-path"]],
  [["encrypt-value", "config.yaml", "a"], ["a b.yaml"]],
  [["encrypt-value", "--for", "con"], ["config.yaml"]],
  [["encrypt-value", "--key", ""], []],
];

/** What is typed, and the arguments that the program then gets. */
const TYPED: readonly (readonly [keys: string, args: string])[] = [
  ["sealconf insp\tconf\t", "<inspect><config.yaml>"],
  ["sealconf load --exp\ta\t", "<load><--explain><a b.yaml>"],
  ["sealconf load --root fol\tconf\t", "<load><--root><folder/conf>"],
  ["sealconf load --root=fol\t", "<load><--root=folder>"],
  ["sealconf hook ins\t--di\t", "<hook><install><--diff>"],
  ["sealconf completion z\t", "<completion><zsh>"],
  ["sealconf keygen con\t", "<keygen><con>"],
  ["encrypt-value --no-p\tfolder/\t", "<--no-path><folder/c.yaml>"],
];

describe("completion", { concurrency: 4 }, () => {
  let scripts: Readonly<Record<Shell, string>>;

  before(async () => {
    const [bash, zsh, fish] = await Promise.all(
      SHELLS.map(async (shell) => await printed(["completion", shell])),
    );
    scripts = { bash: bash ?? "", zsh: zsh ?? "", fish: fish ?? "" };
  });

  test("every command and every option of its help stands in every script", async () => {
    const helps = await allHelps("sealconf");
    assert.ok(helps.has("sealconf hook install") && helps.has("sealconf load"));
    for (const [place, help] of helps) {
      const options = [...section(help, "Options").matchAll(/^ {2}(-.*?)(?: {2}|$)/gm)]
        .flatMap(([, flags = ""]) => flags.match(/(?<!\S)--?[a-zA-Z-]+/g) ?? [])
        .sort();
      assert.ok(options.includes("--help"), place);
      const inBash = new RegExp(`^ +"${place}"\\) _sealconf_words "(.*)" ;;$`, "m").exec(scripts.bash)?.[1];
      assert.deepEqual(inBash?.split(" ").sort(), options, place);
      const zsh = scripts.zsh
        .split(`\n_sealconf__${place.replace(/[ -]/g, "_")}() {\n`)[1]
        ?.split("\n}\n")[0];
      const inZsh = [...(zsh ?? "").matchAll(/'\*?(--?[a-zA-Z-]+)[=+]?\[/g)].map(([, name = ""]) => name);
      assert.deepEqual(inZsh.sort(), options, place);
      const fish = scripts.fish.split("\n").filter((line) => {
        return line.startsWith(`complete -c sealconf -n '__sealconf_at \\'${place}\\'' -`);
      });
      const inFish = fish.flatMap((line) => {
        return [...line.matchAll(/ -(?:s (\S)|l (\S+))(?= .*-d)/g)].map(([, short, long]) => {
          return short === undefined ? `--${long}` : `-${short}`;
        });
      });
      assert.deepEqual(inFish.sort(), options, place);
    }
  });

  for (const [typed, candidates] of CANDIDATES) {
    test(`bash offers ${candidates.join(", ") || "nothing"} for: ${typed.join(" ")}`, async (t) => {
      const cwd = makeFolder(t, { ...FILES, script: scripts.bash });
      const folder = makeFolder(t, FILES);
      const code = `source "$0"; cd "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _sealconf "$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "\${COMPREPLY[@]}"`;
      const args = ["--norc", "--noprofile", "-c", code, join(cwd, "script"), folder, ...typed];
      const { stdout, stderr } = await run("bash", args);
      assert.deepEqual(
        [
          stdout
            .split("\n")
            .filter((line) => line !== "")
            .sort(),
          stderr,
        ],
        [candidates, ""],
      );
    });
  }

  test("bash completes what is typed", async (t) => {
    const rc = "PS1='ready$n> '\n";
    await checkTyped(t, "bash --noprofile --rcfile ../rc -i", { rc: rc + scripts.bash });
  });

  test("zsh completes what is typed, of a script that is sourced or autoloaded", async (t) => {
    // The text is looked at in any case: zsh is not installed everywhere.
    assert.match(scripts.zsh, /^#compdef sealconf encrypt-value\n/);
    assert.match(scripts.zsh, /^ {4}'\*--root=\[[^\]]+\]:folder:_files -\/'/m);
    assert.match(scripts.zsh, /^ {4}'\*:files:_files'$/m);
    assert.match(scripts.zsh, /^ {4}'1:shell:\(bash zsh fish\)'$/m);
    assert.match(scripts.zsh, /^ {4}'1:name: '$/m);
    if (!isInstalled("zsh")) return;
    const prompt = "PS1='ready$n> '\nsetopt prompt_subst\nautoload -Uz compinit\n";
    await checkTyped(t, "ZDOTDIR=.. zsh -d -i", {
      ".zshrc": `${prompt}compinit -D -u\nsource ../script\n`,
      script: scripts.zsh,
    });
    await checkTyped(t, "ZDOTDIR=.. zsh -d -i", {
      ".zshrc": `${prompt}fpath+=($PWD/../functions)\ncompinit -D -u\n`,
      "functions/_sealconf": scripts.zsh,
    });
  });

  test("fish offers what may be typed", async (t) => {
    // The text is looked at in any case: fish is not installed everywhere.
    assert.match(scripts.fish, /^complete -c sealconf -f\n/m);
    assert.match(scripts.fish, /^complete -c sealconf -n '__sealconf_at \\'sealconf\\' 0' -a 'init' -d '/m);
    assert.match(scripts.fish, /^complete -c encrypt-value -n '__sealconf_at \\'encrypt-value\\'' -F$/m);
    assert.match(scripts.fish, /-n '__sealconf_at \\'sealconf completion\\' 0' -f -a 'bash zsh fish'$/m);
    if (!isInstalled("fish")) return;
    const cwd = makeFolder(t, FILES);
    const script = join(makeFolder(t, { script: scripts.fish }), "script");
    const lines = CANDIDATES.map(([typed]) => typed.join(" "));
    const code = `source ${script}; for line in $argv; complete -C $line; echo ==; end`;
    const { stdout, stderr } = await run("fish", ["--no-config", "-c", code, ...lines], { cwd });
    const offered = stdout.split("==\n").slice(0, -1);
    assert.deepEqual(
      offered.map(
        (words) =>
          words
            .match(/^.+$/gm)
            ?.map((word) => word.replace(/\/?(?:\t.*)?$/, ""))
            .sort() ?? [],
      ),
      CANDIDATES.map(([, candidates]) => candidates),
    );
    assert.equal(stderr, "");
  });

  test("descriptions and words may hold what shells act on", async (t) => {
    const odd = 'it\'s [a] "test": $(touch made) `touch made` \\ $HOME';
    const program = new Command("sealconf");
    program.command("odd").description(`${odd}\nline`).option("-o, --odd <file>", odd);
    const shapes = [shapeOf(program)];
    const scriptOf = { bash: bashScript, zsh: zshScript, fish: fishScript };
    for (const shell of SHELLS.filter(isInstalled)) {
      const cwd = makeFolder(t, { script: scriptOf[shell](shapes) });
      const ask = {
        bash: 'source ./script; COMP_WORDS=(sealconf odd --o) COMP_CWORD=2; _sealconf sealconf --o odd; echo "$COMPREPLY"',
        zsh: "compdef() {}; source ./script; _describe() { echo $commands; }; _arguments() { state=command; }; service=sealconf _sealconf",
        fish: "source ./script; complete -C 'sealconf o'",
      };
      const { stdout, stderr } = await run(shell, ["-c", ask[shell]], { cwd });
      assert.match(
        stdout,
        { bash: /^--odd$/m, zsh: /odd:it's \[a\]/, fish: /^odd\tit's \[a\] "test": \$\(touch/m }[shell],
      );
      assert.deepEqual([stderr, existsSync(join(cwd, "made"))], ["", false]);
    }
  });

  test("another shell is refused", async () => {
    assert.match(await refused(2, ["completion", "tcsh"]), /Allowed choices are bash, zsh, fish/);
    assert.match(await refused(2, ["completion"]), /missing required argument 'shell'/);
  });
});

/** Has a shell that reads these files, from its folder's parent, complete what is typed. */
async function checkTyped(
  t: TestContext,
  command: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const root = makeFolder(t, files);
  writeFiles(join(root, "cwd"), FILES);
  const shim = "() { printf '<%s>' \"$@\"; echo; n=$((n + 1)); }\n";
  appendFileSync(join(root, Object.keys(files)[0] ?? ""), `n=0\nsealconf${shim}encrypt-value${shim}`);
  const lines = [...TYPED.map(([keys]) => keys), "exit"];
  const shown = await runOnTerminal(command, {
    cwd: join(root, "cwd"),
    // Nothing is typed before the shell is ready for it.
    typed: lines.map((keys, index) => ({ after: `ready${index}> `, keys: `${keys}\n` })),
    environment: { TERM: "dumb" },
  });
  // zsh takes the slash of a folder away again when the line ends there.
  assert.deepEqual(
    shown.match(/^<.*>$/gm)?.map((args) => args.replaceAll("/>", ">")),
    TYPED.map(([, args]) => args),
    shown,
  );
}

/** The help of a command and of those below it, by the words that lead to it. */
async function allHelps(place: string): Promise<ReadonlyMap<string, string>> {
  const stdout = new PassThrough().setEncoding("utf8");
  const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {}, cwd: "/" };
  assert.equal(await runSealconf([...place.split(" ").slice(1), "--help"], io), 0);
  const help = String(stdout.read());
  const names = [...section(help, "Commands").matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
  const below = names
    .filter((name) => name !== "help")
    .map(async (name) => await allHelps(`${place} ${name}`));
  return new Map([[place, help], ...(await Promise.all(below)).flatMap((helps) => [...helps])]);
}

function section(help: string, title: string): string {
  return new RegExp(`^${title}:\n((?: .*\n)*)`, "m").exec(help)?.[1] ?? "";
}

function isInstalled(shell: Shell): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, shell)));
}
