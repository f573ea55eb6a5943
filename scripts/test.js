// Runs the compiled tests: `node scripts/test.js [part of a file's name]…`; on another Node by SEALCONF_TEST_NODE.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

const FOLDER = "build/test";

// What the tests of a scope leave out. What git and npm do is the same on every Node and is looked at once, on the one that
// is installed; the commands, most of whose time is that of processes that start, on the oldest and the newest.
const GIT_AND_NPM = [
  "/project/",
  "/git/",
  "/cli/hook",
  "/check/guarded-commits.",
  "/check/check-staged.",
  "/check/check-range.",
  "/check/fix-staged.",
  "/threats/committing.",
  "/threats/merging.",
];
const COMMANDS = ["/check/", "/cli/", "/edit/", "/editor/", "/init/", "/review/", "/rotate/", "/status/"];
const LEFT_OUT = {
  all: [],
  nodes: GIT_AND_NPM,
  library: [...GIT_AND_NPM, ...COMMANDS, "/threats/sealing-without-reading."],
};

const wanted = process.argv.slice(2);
const scope = process.env["SEALCONF_TEST_SCOPE"] ?? "all";
const leftOut = scope === "library" ? LEFT_OUT.library : scope === "nodes" ? LEFT_OUT.nodes : LEFT_OUT.all;
const names = existsSync(FOLDER) ? readdirSync(FOLDER, { recursive: true, encoding: "utf8" }) : [];
const files = names
  .map((name) => `${FOLDER}/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.js"))
  // What runs programs that not every machine has is asked for by name: `npm run test:programs`.
  .filter((name) =>
    wanted.length === 0 ? !name.includes("/programs/") : wanted.some((part) => name.includes(part)),
  )
  .filter((name) => !leftOut.some((part) => name.includes(part)))
  .sort();

if (files.length === 0) {
  // Without file names `node --test` would look for tests of its own choice.
  process.stderr.write(`no compiled test in ${FOLDER} is named like ${wanted.join(" or ") || "*.test.js"}\n`);
  process.exitCode = 1;
} else {
  const { status, error } = spawnSync(
    process.env["SEALCONF_TEST_NODE"] ?? process.execPath,
    [
      "--test",
      `--test-concurrency=${availableParallelism()}`,
      "--test-reporter=spec",
      "--import",
      `./${FOLDER}/support/fail-on-warning.js`,
      ...files,
    ],
    { stdio: "inherit" },
  );
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
}
