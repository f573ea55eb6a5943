// Runs the compiled tests: `node scripts/test.js [part of a file's name]…`; another Node by SEALCONF_TEST_NODE.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const wanted = process.argv.slice(2);
const files = readdirSync("build/test", { recursive: true })
  .map((name) => `build/test/${name}`)
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();
const { status } = spawnSync(
  process.env.SEALCONF_TEST_NODE ?? process.execPath,
  ["--test", "--import", "./build/test/support/fail-on-warning.js", ...files],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
