// Measures what the README promises, side by side with the packages it is compared to: `npm run bench`.
//
//   --quick   3 rounds instead of 11, on this Node alone, with fewer values for dotenvx
//   --json    one JSON object a line instead of a table
//
// It fails when a load makes another number of calls to the key service than it should, never because of a time.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startEmulator } from "sealconf/emulator";

import { type Case, measure, type NodeBinary } from "./measure.ts";
import { formatTable, type Line, linesOf, machineLine } from "./report.ts";
import type { Subject } from "./subject.ts";
import { dotenvSubject } from "./subjects/dotenv.ts";
import { importSubject } from "./subjects/import.ts";
import { yamlByKeyServiceSubject, yamlSubject } from "./subjects/yaml.ts";
import { createWorkspace, ROOT, type Workspace } from "./workspace.ts";

const OTHER_LINE = "24";

const { values: options } = parseArgs({ options: { quick: { type: "boolean" }, json: { type: "boolean" } } });
const quick = options.quick === true;

// The calls must be answered while their processes run: the emulator lives in this one.
const emulator = await startEmulator();
const workspace = createWorkspace();
try {
  const nodes = [thisNode(), ...(quick ? [] : otherNodes())];
  const subjects = await prepare(workspace);
  const empty: Case = { name: "an empty script", file: workspace.write("empty.mjs", ""), clock: "outside" };
  const cases = subjects.flatMap((subject) => subject.cases);
  const results = await measure({ cases, empty, nodes, rounds: quick ? 3 : 11, folder: workspace.folder });
  const baseline: Subject = { title: "Process baseline, not part of the rest", cases: [empty] };
  print([machineLine(nodes), ...[baseline, ...subjects].flatMap((subject) => linesOf(subject, results))]);
} finally {
  await emulator.close();
  workspace.remove();
}

async function prepare(space: Workspace): Promise<Subject[]> {
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  const key = {
    key: `tencent/${region}/${keyIds[0]}`,
    env: {
      SEALCONF_TENCENT_ENDPOINT: endpoint,
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
    },
  };
  return [
    importSubject(space),
    await yamlSubject(space),
    await yamlByKeyServiceSubject(space, key),
    await (quick ? dotenvSubject(space, 25) : dotenvSubject(space)),
  ];
}

function print(lines: readonly Line[]): void {
  process.stdout.write(
    options.json === true ? lines.map((line) => `${JSON.stringify(line)}\n`).join("") : formatTable(lines),
  );
  if (lines.some((line) => line.kind === "calls" && !line.met)) process.exitCode = 1;
}

function thisNode(): NodeBinary {
  return { path: process.execPath, version: process.versions.node };
}

function otherNodes(): NodeBinary[] {
  if (process.versions.node.startsWith(`${OTHER_LINE}.`)) return [];
  const path = output(process.execPath, [join(ROOT, "scripts/node-versions.js"), "--path", OTHER_LINE]);
  return [{ path, version: output(path, ["--version"]).slice(1) }];
}

function output(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  return stdout.trim();
}
