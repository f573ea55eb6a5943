import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** A program that is run in new processes, and what is timed of it. */
export interface Case {
  readonly name: string;
  /** A script in the workspace that prints what it reports as one line of JSON, if anything. */
  readonly file: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * `inside`: from the script's first line to the end of its work, as it reports it itself. `process`: from before the
   * process is started until after it has ended. `outside`: the same, less what an empty script takes on the same Node.
   */
  readonly clock: "inside" | "process" | "outside";
}

export interface NodeBinary {
  readonly path: string;
  /** `20.20.2`. */
  readonly version: string;
}

/** What a script reports of itself. */
export interface Report {
  readonly ms?: number;
  readonly kmsCalls?: number;
  /** Milliseconds of the parts of its work. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface Result {
  readonly case: Case;
  readonly node: NodeBinary;
  readonly time: Spread;
  /** The median of what the script reports itself, whatever the clock. */
  readonly insideMs: number;
  readonly reports: readonly Report[];
}

export interface Spread {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly runs: number;
}

interface Run {
  readonly wallMs: number;
  readonly report: Report;
}

export interface Plan {
  readonly cases: readonly Case[];
  /** The script that does nothing. */
  readonly empty: Case;
  readonly nodes: readonly NodeBinary[];
  readonly rounds: number;
  readonly folder: string;
}

/** Runs every case once a round, side by side, so that whatever else the machine does hits all of them alike. */
export async function measure({ cases, empty, nodes, rounds, folder }: Plan): Promise<Result[]> {
  const pairs = [empty, ...cases].flatMap((one) =>
    nodes.map((node) => ({ case: one, node, runs: new Array<Run>() })),
  );
  for (let round = 0; round < rounds; round++) {
    for (const pair of pairs) pair.runs.push(await runCold(pair.node, pair.case, folder));
  }
  return pairs.map((pair) => {
    const idle = pairs.find((other) => other.case === empty && other.node === pair.node);
    const idleMs =
      pair.case === empty ? 0 : spreadOf((idle?.runs ?? []).map(({ wallMs }) => wallMs)).medianMs;
    const times = pair.runs.map(({ wallMs, report }) => {
      if (pair.case.clock === "process") return wallMs;
      return pair.case.clock === "outside" ? wallMs - idleMs : (report.ms ?? Number.NaN);
    });
    return {
      case: pair.case,
      node: pair.node,
      time: spreadOf(times),
      insideMs: spreadOf(pair.runs.map(({ report }) => report.ms ?? Number.NaN)).medianMs,
      reports: pair.runs.map(({ report }) => report),
    };
  });
}

export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return {
    medianMs,
    minMs: sorted[0] ?? Number.NaN,
    maxMs: sorted.at(-1) ?? Number.NaN,
    runs: sorted.length,
  };
}

async function runCold(node: NodeBinary, { file, env }: Case, folder: string): Promise<Run> {
  const start = process.hrtime.bigint();
  const child = spawn(node.path, [file], {
    cwd: folder,
    // Of this machine's own settings nothing but the path, lest they cost one side time.
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [unknown];
  const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
  if (code !== 0) throw new Error(`${file} failed on Node ${node.version}: ${stderr}`);
  return { wallMs, report: JSON.parse(stdout === "" ? "{}" : stdout) as Report };
}
