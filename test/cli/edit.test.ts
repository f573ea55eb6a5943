import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";

import { type Environment, loadConfig } from "../../src/index.ts";
import { childEnvironment, type CliResult, programFile, refused, runCli } from "../support/cli.ts";
import { ENVIRONMENT, makeFolder, sealAll, startKms } from "../support/load-fixture.ts";
import { runOnTerminal } from "../support/terminal.ts";

const CANARY = "canary-edit-42d7";
const FILE = "config/production.yaml";
const TOKEN = /sealed:v1:[A-Za-z0-9+/=_.:,-]+/g;
const POLICY = `app: billing-api
keys: [local/dev]
secrets: ["**.password", "**.token"]
rules:
  - files: ["config/production.*"]
    env: production
  - files: ["config/*", ".env*"]
`;

/** The file with these two values, as they are written in it. */
function textWith(password: string, token: string): string {
  return `# kept
db:
    host: db.internal   # kept too
    password: ${password}   # rotated
servers:
    - { name: "a", token: "${token}" }
`;
}

const OPENED = textWith(`${CANARY}-1`, `${CANARY}-2`);

interface Workplace {
  readonly cwd: string;
  /** Where opened files lie while they are edited. */
  readonly memory: string;
  readonly environment: Environment;
  readonly read: (name?: string) => string;
}

/** Makes a project with a sealed file, and a place for opened files that no other test uses. */
async function makeWorkplace(
  t: TestContext,
  files: Readonly<Record<string, string>> = {},
): Promise<Workplace> {
  const sealed = await sealAll({ "db.password": `${CANARY}-1`, "servers[0].token": `${CANARY}-2` });
  const text = textWith(sealed["db.password"], sealed["servers[0].token"]);
  const cwd = makeFolder(t, { ".sealconf.yaml": POLICY, ".git/HEAD": "", [FILE]: text, ...files });
  const memory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sealconf-test-"));
  t.after(() => {
    const left = readdirSync(memory);
    rmSync(memory, { recursive: true, force: true });
    assert.deepEqual(left, [], "nothing opened is left behind");
  });
  const environment = { XDG_RUNTIME_DIR: memory, TMPDIR: memory };
  return { cwd, memory, environment, read: (name = FILE) => readFileSync(join(cwd, name), "utf8") };
}

/** Makes an editor of a shell's commands, which find the file as `$1`. */
function makeEditor({ cwd }: Workplace, commands: string, name = "editor.sh"): string {
  const file = join(cwd, name);
  writeFileSync(file, `#!/bin/sh\n${commands}\n`);
  chmodSync(file, 0o755);
  return file;
}

interface EditRun {
  readonly args?: readonly string[];
  readonly file?: string;
  readonly environment?: Environment;
}

async function edit(
  workplace: Workplace,
  EDITOR: string | undefined,
  { args = [], file = FILE, environment = {} }: EditRun = {},
): Promise<CliResult> {
  return await runCli(["edit", file, ...args], {
    cwd: workplace.cwd,
    environment: { ...workplace.environment, EDITOR, ...environment },
  });
}

type End = [code: number | null, signal: string | null];

interface Editing {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly editorPid: number;
  readonly exited: Promise<End>;
  /** Once the editor has ended too. */
  readonly closed: Promise<End>;
  readonly shown: () => string;
}

/** Starts an edit with an editor of a few statements that stays until it is told to go. */
async function startEditing({ cwd, environment }: Workplace, statements: string): Promise<Editing> {
  const script = join(cwd, "editor.mjs");
  writeFileSync(
    script,
    `import { copyFileSync } from "node:fs";
    ${statements}
    setInterval(() => {}, 60_000);
    console.log(process.pid);`,
  );
  const EDITOR = `'${process.execPath}' '${script}'`;
  const child = spawn(process.execPath, [programFile("sealconf"), "edit", FILE], {
    cwd,
    env: childEnvironment({ ...environment, EDITOR }),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit") as Promise<End>;
  const closed = once(child, "close") as Promise<End>;
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  while (!shown.includes("\n")) await once(child.stdout, "data");
  return {
    kill: (signal) => child.kill(signal),
    editorPid: Number.parseInt(shown, 10),
    exited,
    closed,
    shown: () => shown,
  };
}

function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Every file below a folder, with what is in it. */
function contentsOf(folder: string): [name: string, content: string][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]);
}

describe("edit", { concurrency: 4 }, () => {
  test("the value that was changed gets a new token, and every other byte stays", async (t) => {
    const workplace = await makeWorkplace(t);
    const before = workplace.read();
    chmodSync(join(workplace.cwd, FILE), 0o640);
    const editor = makeEditor(workplace, `sed -i.bak 's/${CANARY}-2/${CANARY}-new/' "$1"`);
    const { code, stdout, stderr } = await edit(workplace, editor);
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: `${FILE} (servers[0].token): sealed\n`, stderr: "" },
    );
    const [kept = "", changed = ""] = tokensOf(before);
    const after = workplace.read();
    assert.equal(tokensOf(after)[0], kept);
    assert.equal(after.replace(tokensOf(after)[1] ?? "", changed), before);
    assert.equal(statSync(join(workplace.cwd, FILE)).mode & 0o777, 0o640);
    assert.deepEqual(await loadConfig({ root: workplace.cwd, files: [FILE], environment: ENVIRONMENT }), {
      db: { host: "db.internal", password: `${CANARY}-1` },
      servers: [{ name: "a", token: `${CANARY}-new` }],
    });
  });

  test("the editor finds the opened file under its own name, for its owner alone, and nothing secret elsewhere", async (t) => {
    const workplace = await makeWorkplace(t);
    const editor = makeEditor(
      workplace,
      `cp "$1" "$1~"; mkdir "$(dirname "$1")/.backup"; cp "$1" "$(dirname "$1")/.backup/.swp"
      ls -ld "$(dirname "$1")" "$1" | cut -c1-10; echo "$1"; cat "$1"; ps -o args= -p $PPID; env; cat "$1" >/dev/null`,
    );
    const { code, stdout } = await edit(workplace, editor);
    assert.equal(code, 0);
    const [folder, file, path = "", ...rest] = stdout.split("\n");
    assert.deepEqual([folder, file], ["drwx------", "-rw-------"]);
    assert.match(path, new RegExp(`^${workplace.memory}/sealconf-\\w+/production\\.yaml$`));
    assert.equal(rest.slice(0, OPENED.split("\n").length - 1).join("\n"), OPENED.trimEnd());
    assert.ok(
      !rest.slice(OPENED.split("\n").length).join("\n").includes(CANARY),
      "not on argv, not in the environment",
    );
    for (const [name, content] of contentsOf(workplace.cwd)) assert.ok(!content.includes(CANARY), name);
    assert.deepEqual(readdirSync(workplace.memory), []);
  });

  test("a file that was not changed is not written", async (t) => {
    const workplace = await makeWorkplace(t);
    const file = join(workplace.cwd, FILE);
    const before = statSync(file, { bigint: true });
    const nothing = `${FILE}: nothing was changed\n`;
    const hint = '  an editor that opens a window is told to wait: EDITOR="code --wait"\n';
    assert.deepEqual(await edit(workplace, "true"), { code: 0, stdout: "", stderr: nothing + hint });
    assert.deepEqual(await edit(workplace, "true", { args: ["--quiet"] }), {
      code: 0,
      stdout: "",
      stderr: "",
    });
    const requoted = await edit(
      workplace,
      makeEditor(workplace, `sed -i.bak "s/\\"${CANARY}-2\\"/'${CANARY}-2'/" "$1"`),
    );
    assert.deepEqual(requoted, { code: 0, stdout: "", stderr: nothing + hint });
    const after = statSync(file, { bigint: true });
    assert.deepEqual([after.mtimeNs, after.ino], [before.mtimeNs, before.ino]);
  });

  test("the editor is split into words and run without a shell; VISUAL comes first", async (t) => {
    const workplace = await makeWorkplace(t);
    const editor = makeEditor(workplace, 'printf "%s|" "$@"', "my editor.sh");
    const VISUAL = `'${editor}' "a b" $(touch made) * ';' > out`;
    const { code, stdout } = await edit(workplace, "false", { environment: { VISUAL } });
    assert.equal(code, 0);
    assert.match(stdout, /^a b\|\$\(touch\|made\)\|\*\|;\|>\|out\|\/.*\/production\.yaml\|$/);
    assert.deepEqual(readdirSync(workplace.cwd).sort(), [".git", ".sealconf.yaml", "config", "my editor.sh"]);
  });

  test("an editor that fails, does not start, or is not named writes nothing", async (t) => {
    const workplace = await makeWorkplace(t);
    const before = workplace.read();
    const failing = makeEditor(workplace, `sed -i.bak 's/${CANARY}/x/' "$1"; exit 3`);
    const removing = makeEditor(workplace, 'rm "$1"', "removing.sh");
    const killed = makeEditor(workplace, "kill -KILL $$", "killed.sh");
    const cases: readonly (readonly [string | undefined, number, RegExp])[] = [
      [
        failing,
        2,
        /^sealconf: the editor ".*\/editor\.sh" ended with exit code 3\n {2}nothing was written\n$/,
      ],
      [killed, 2, /^sealconf: the editor ".*\/killed\.sh" ended with SIGKILL\n/],
      [removing, 3, /^sealconf: .*\/production\.yaml: the editor left no file\n {2}nothing was written\n$/],
      [
        "/etc/passwd/vi",
        2,
        /^sealconf: the editor "\/etc\/passwd\/vi" cannot be started \(ENOTDIR\)\n {2}name one/,
      ],
      ["/not/there -w", 2, /^sealconf: the editor "\/not\/there" cannot be started \(ENOENT\)\n {2}name one/],
      ["'vi", 2, /^sealconf: EDITOR cannot be split into words\n/],
    ];
    for (const [editor, wanted, message] of cases) {
      const { code, stdout, stderr } = await edit(workplace, editor);
      assert.deepEqual({ code, stdout }, { code: wanted, stdout: "" }, stderr);
      assert.match(stderr, message);
    }
    const none = await edit(workplace, undefined, { environment: { PATH: "/nowhere" } });
    assert.equal(
      none.stderr,
      'sealconf: there is no editor\n  name yours: EDITOR=nano, or EDITOR="code --wait"\n',
    );
    assert.equal(workplace.read(), before);
  });

  test("without a terminal an edit that cannot be sealed ends in its error, and nothing is written", async (t) => {
    const workplace = await makeWorkplace(t, { "config/app.json": '{ "port": 1 }' });
    const before = [workplace.read(), workplace.read("config/app.json")];
    const cases: readonly (readonly [file: string, commands: string, code: number, message: string])[] = [
      [FILE, `printf 'x: [\\n' >> "$1"`, 3, `${FILE}:8:1: the YAML cannot be read: `],
      [
        "config/app.json",
        `echo '{ "password": }' > "$1"`,
        3,
        "config/app.json:1:15: the JSON cannot be read: ",
      ],
      [
        FILE,
        `sed -i.bak 's/    password/    #/' "$1"`,
        4,
        `${FILE}:4: the value of db.password stands here in plaintext`,
      ],
      [
        FILE,
        `echo '# old: ${CANARY}-1' >> "$1"`,
        4,
        `${FILE}:7: the value of db.password stands here in plaintext`,
      ],
      [
        FILE,
        `sed -i.bak 's/${CANARY}-1/.inf/' "$1"`,
        3,
        `${FILE}:4:15 (db.password): the value cannot be sealed`,
      ],
      [FILE, `printf '\\377' >> "$1"`, 3, `${FILE}:7:1: not UTF-8 text`],
    ];
    for (const [file, commands, code, message] of cases) {
      const editor = makeEditor(workplace, commands);
      const stderr = await refused(code, ["edit", file], {
        cwd: workplace.cwd,
        environment: { ...workplace.environment, EDITOR: editor },
      });
      assert.ok(stderr.startsWith(`sealconf: ${message}`), stderr);
      assert.ok(!stderr.includes(CANARY));
    }
    assert.deepEqual([workplace.read(), workplace.read("config/app.json")], before);
  });

  test("on a terminal it is edited again, with the error above it, until it can be sealed", async (t) => {
    const workplace = await makeWorkplace(t);
    const editor = makeEditor(
      workplace,
      `if test -e "$(dirname "$1")/again"; then
        head -n 2 "$1"; sed -i.bak '/^x: /d; s/${CANARY}-1/${CANARY}-new/' "$1"
      else touch "$(dirname "$1")/again"; echo 'x: [' >> "$1"; fi`,
    );
    const shown = await runOnTerminal(`$SEALCONF edit ${FILE}; echo "code $?"`, {
      cwd: workplace.cwd,
      environment: { ...workplace.environment, EDITOR: editor, NO_COLOR: "1" },
      typed: [{ after: "give up ", keys: "\r" }],
    });
    const problem = `${FILE}:9:1: the YAML cannot be read: the indentation does not fit the lines around it, or a bracket is not closed`;
    assert.equal(
      shown,
      [
        `sealconf: ${problem}`,
        "press Enter to edit again, ^C to give up ",
        `# sealconf: ${problem}`,
        "# kept",
        `${FILE} (db.password): sealed`,
        "code 0",
        "",
      ].join("\n"),
    );
    assert.ok(workplace.read().startsWith("# kept\ndb:\n"));
    assert.deepEqual(await loadConfig({ root: workplace.cwd, files: [FILE], environment: ENVIRONMENT }), {
      db: { host: "db.internal", password: `${CANARY}-new` },
      servers: [{ name: "a", token: `${CANARY}-2` }],
    });
  });

  test("a copy that nothing has room for ends it, whether the first or the next", async (t) => {
    const workplace = await makeWorkplace(t, { ".env.large": `# ${"x".repeat(65_536)}\n` });
    const editor = makeEditor(
      workplace,
      `echo 'x: [' >> "$1"; head -c 65536 /dev/zero | tr '\\0' '#' >> "$1"; true`,
    );
    const run = async (file: string): Promise<string> => {
      return await runOnTerminal(`ulimit -f 8; $SEALCONF edit ${file}; echo "code $?"`, {
        cwd: workplace.cwd,
        environment: { ...workplace.environment, EDITOR: editor, NO_COLOR: "1" },
        typed: [{ after: "give up ", keys: "\r" }],
      });
    };
    const before = workplace.read();
    assert.equal(
      await run(".env.large"),
      `sealconf: ${workplace.memory}: the opened file cannot be written there (EFBIG)\n` +
        "  set TMPDIR to a folder that you can write to, and that has room\ncode 3\n",
    );
    assert.match(
      await run(FILE),
      /\nsealconf: \S+\/production\.yaml: the file cannot be opened again \(EFBIG\)\n {2}nothing was written\ncode 3\n$/,
    );
    assert.equal(workplace.read(), before);
  });

  test("^C or ^D in place of Enter gives up", async (t) => {
    const workplace = await makeWorkplace(t);
    const before = workplace.read();
    const editor = makeEditor(workplace, `echo 'x: [' >> "$1"`);
    for (const keys of ["\u0003", "\u0004"]) {
      const shown = await runOnTerminal(`trap : INT; $SEALCONF edit ${FILE}; echo "code $?"`, {
        cwd: workplace.cwd,
        environment: { ...workplace.environment, EDITOR: editor },
        typed: [{ after: "give up ", keys }],
      });
      assert.match(shown, /\ncode 130\n$|\^Ccode 130\n$/);
      assert.deepEqual(readdirSync(workplace.memory), []);
    }
    assert.equal(workplace.read(), before);
  });

  test("^C in the editor is the editor's", async (t) => {
    const workplace = await makeWorkplace(t);
    const commands = `echo up; read line; sed -i.bak 's/${CANARY}-1/${CANARY}-new/' "$1"; echo "$line"`;
    const run = async (editor: string): Promise<string> => {
      return await runOnTerminal(`trap : INT; $SEALCONF edit ${FILE}; echo "code $?"`, {
        cwd: workplace.cwd,
        environment: { ...workplace.environment, EDITOR: editor },
        typed: [
          { after: "up\n".replace("\n", "\r\n"), keys: "\u0003" },
          { after: "heard", keys: "go on\r" },
        ],
      });
    };
    const before = workplace.read();
    const dying = await run(makeEditor(workplace, commands, "dying.sh"));
    assert.equal(dying, "up\n^Ccode 130\n");
    assert.equal(workplace.read(), before);
    const living = await run(makeEditor(workplace, `trap 'echo heard' INT; ${commands}; true`));
    // What is typed for a shell that reads on may be echoed after all this.
    assert.match(living, /heard\n[^]*\(db\.password\): sealed\ncode 0\n/);
    assert.notEqual(workplace.read(), before);
  });

  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    test(`${signal} ends it, and what was opened is gone`, async (t) => {
      const workplace = await makeWorkplace(t);
      const before = workplace.read();
      const editing = await startEditing(
        workplace,
        // It saves a copy at its end, as editors do.
        `for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => {
          copyFileSync(process.argv[2], process.argv[2] + ".save");
          console.log("told");
          process.exit(1);
        });`,
      );
      assert.equal(readdirSync(workplace.memory).length, 1);
      editing.kill(signal);
      // A ^C goes to everybody at a terminal; what is sent to this process alone leaves the editor in peace.
      if (signal === "SIGINT") process.kill(editing.editorPid, "SIGTERM");
      assert.deepEqual(await editing.closed, signal === "SIGINT" ? [2, null] : [null, signal]);
      assert.match(editing.shown(), /told\n$/);
      assert.deepEqual(readdirSync(workplace.memory), []);
      assert.equal(workplace.read(), before);
    });
  }

  test("an editor that does not end when it is told to is not waited for", async (t) => {
    const workplace = await makeWorkplace(t);
    const editing = await startEditing(workplace, 'process.on("SIGTERM", () => {});');
    editing.kill("SIGTERM");
    const ended = await editing.exited;
    process.kill(editing.editorPid, "SIGKILL");
    assert.deepEqual(ended, [null, "SIGTERM"]);
    assert.deepEqual(readdirSync(workplace.memory), []);
  });

  test("a file that changed meanwhile stays as it is, and the edit, sealed, goes beside it", async (t) => {
    const workplace = await makeWorkplace(t);
    chmodSync(join(workplace.cwd, FILE), 0o600);
    const editor = makeEditor(
      workplace,
      `sed -i.bak 's/${CANARY}-1/${CANARY}-new/' "$1"; echo '# theirs' >> ${FILE}`,
    );
    const before = workplace.read();
    for (const [index, beside] of [`${FILE}.edited`, `${FILE}.edited-2`].entries()) {
      const { code, stdout, stderr } = await edit(workplace, editor);
      assert.deepEqual({ code, stdout }, { code: 3, stdout: "" });
      assert.equal(
        stderr,
        `sealconf: ${FILE}: the file was changed while it was edited, and stays as it is\n` +
          `  your edit, sealed, is in ${beside}: take over what is missing, and remove it\n`,
      );
      assert.equal(workplace.read(), before + "# theirs\n".repeat(index + 1));
      assert.equal(
        workplace.read(beside).replace(TOKEN, "?"),
        before.replace(TOKEN, "?") + "# theirs\n".repeat(index),
      );
      assert.ok(!workplace.read(beside).includes(CANARY));
      assert.equal(statSync(join(workplace.cwd, beside)).mode & 0o777, 0o600);
    }
  });

  test("a file that is not there is made, when something is written", async (t) => {
    const workplace = await makeWorkplace(t);
    for (const [name, content, sealed] of [
      ["config/new.yaml", `db: { password: ${CANARY} }\n`, 'db: { password: "?" }\n'],
      ["config/new.json", `{"db":{"password":"${CANARY}"}}`, '{"db":{"password":"?"}}'],
      [".env.new", "A=1\n", "A=1\n"],
    ] as const) {
      assert.match((await edit(workplace, "true", { file: name })).stderr, /: nothing was changed\n/);
      assert.equal(existsSync(join(workplace.cwd, name)), false);
      writeFileSync(join(workplace.cwd, "content"), content);
      const result = await edit(workplace, "cp content", { file: name });
      const stdout = content === sealed ? "" : `${name} (db.password): sealed\n`;
      assert.deepEqual(result, { code: 0, stdout, stderr: `${name}: made\n` });
      assert.equal(workplace.read(name).replace(TOKEN, "?"), sealed);
      rmSync(join(workplace.cwd, "content"));
    }
    const nowhere = await edit(workplace, "true", { file: "config/no/folder.yaml" });
    assert.equal(nowhere.code, 3);
  });

  test("a change of plaintext alone is written, and every token stays", async (t) => {
    const workplace = await makeWorkplace(t);
    const before = workplace.read();
    assert.deepEqual(await edit(workplace, "sed -i.bak s/db.internal/db.other/"), {
      code: 0,
      stdout: "",
      stderr: `${FILE}: written, with nothing new to seal\n`,
    });
    assert.equal(workplace.read(), before.replace("db.internal", "db.other"));
  });

  test("a text that became a number is told of", async (t) => {
    const workplace = await makeWorkplace(t);
    const { code, stdout, stderr } = await edit(workplace, `sed -i.bak s/${CANARY}-1/0123/`);
    assert.deepEqual([code, stdout], [0, `${FILE} (db.password): sealed\n`]);
    assert.equal(stderr, `${FILE} (db.password): it was text and is none now; in quotes it would be\n`);
  });

  test("a value that a dotenv file cannot hold stays sealed, and is told of", async (t) => {
    const name = "config/production.env";
    const sealed = await sealAll({ ODD: "'`\"", PORT: 80 });
    const text = `ODD=${sealed.ODD}\nPORT=${sealed.PORT}\n`;
    const workplace = await makeWorkplace(t, { [name]: text });
    const { code, stdout, stderr } = await edit(workplace, "sed -i.bak s/PORT=80/PORT=81/", { file: name });
    assert.deepEqual([code, stdout], [0, `${name} (PORT): sealed\n`]);
    assert.equal(
      stderr,
      `${name}:1:5 (ODD): it stays sealed, as this file cannot hold it in any quotes\n` +
        `  to change it: sealconf encrypt-value ${name} --path ODD\n`,
    );
    assert.equal(workplace.read(name).replace(TOKEN, "?"), text.replace(TOKEN, "?"));
    assert.equal(tokensOf(workplace.read(name))[0], sealed.ODD);
  });

  test("a file that no rule covers, of no known format, or that does not open is not edited", async (t) => {
    const workplace = await makeWorkplace(t, { "other.yaml": "" });
    const touching = makeEditor(workplace, "touch ran");
    const sealed = workplace.read();
    for (const [file, code, message] of [
      ["other.yaml", 3, /: no rule of \.sealconf\.yaml covers this file\n/],
      ["config/production.txt", 3, /: the file's format is not known from its name\n/],
    ] as const) {
      const result = await edit(workplace, touching, { file });
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, message);
    }
    const key = `sealconf-local-key-v1:${Buffer.alloc(32, 8).toString("base64url")}`;
    const closed = await edit(workplace, touching, { environment: { SEALCONF_LOCAL_KEY_DEV: key } });
    assert.equal(closed.code, 5);
    assert.equal(existsSync(join(workplace.cwd, "ran")), false);
    assert.equal(workplace.read(), sealed);
  });

  test("who may not decrypt is told so in one line, with what may be done without", async (t) => {
    const denied = { secretId: "AKIDsealer", secretKey: "s", allow: ["kms:Encrypt", "kms:GenerateDataKey"] };
    const { key, environment } = await startKms(t, { credentials: [denied] });
    const cwd = makeFolder(t, {
      ".sealconf.yaml": POLICY.replace("local/dev", key),
      ".git/HEAD": "",
      [FILE]: OPENED,
    });
    const sealer = {
      ...environment,
      TENCENTCLOUD_SECRET_ID: denied.secretId,
      TENCENTCLOUD_SECRET_KEY: denied.secretKey,
    };
    for (const path of ["db.password", "servers[0].token"]) {
      const options = { cwd, environment: sealer, stdin: CANARY };
      assert.equal((await runCli(["encrypt-value", FILE, "--path", path], options)).code, 0);
    }
    const before = readFileSync(join(cwd, FILE));
    const stderr = await refused(6, ["edit", FILE], { cwd, environment: { ...sealer, EDITOR: "false" } });
    const [message, hint, ...more] = stderr.split("\n");
    assert.match(message ?? "", new RegExp(`^sealconf: ${FILE}:4:15 \\(db\\.password\\): .*${key}`));
    assert.match(message ?? "", /no permission/);
    assert.equal(
      hint,
      `  to replace a value takes no right to decrypt: sealconf encrypt-value ${FILE} --path P`,
    );
    assert.deepEqual(more, [""]);
    assert.deepEqual(readFileSync(join(cwd, FILE)), before);
  });
});
