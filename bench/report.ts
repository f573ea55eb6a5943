import { availableParallelism, cpus } from "node:os";

import { type NodeBinary, type Report, type Result, type Spread, spreadOf } from "./measure.ts";
import type { Subject } from "./subject.ts";

/** One line of the outcome; printed as it is with `--json`. */
export type Line =
  | { kind: "machine"; platform: string; cpu: string; cores: number; nodes: string[] }
  | { kind: "time"; subject: string; case: string; node: string; clock: string; time: Spread }
  | { kind: "part"; subject: string; case: string; node: string; part: string; time: Spread }
  | {
      kind: "ratio";
      subject: string;
      node: string;
      ratio: number;
      /** The same by what the scripts report themselves, Node's own start left out. */
      insideRatio?: number | undefined;
      target: string;
      met: boolean;
    }
  | { kind: "calls"; subject: string; node: string; calls: number[]; expected: number; met: boolean };

export function machineLine(nodes: readonly NodeBinary[]): Line {
  return {
    kind: "machine",
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    nodes: nodes.map(({ version }) => version),
  };
}

/** Tells what was measured of a subject, Node by Node. */
export function linesOf(
  { title: subject, cases, comparison, calls }: Subject,
  results: readonly Result[],
): Line[] {
  const versions = [...new Set(results.map((result) => result.node.version))];
  return versions.flatMap((node) => {
    const found = results.filter((result) => result.node.version === node && cases.includes(result.case));
    const lines: Line[] = found.flatMap(({ case: { name, clock }, time, reports }) => [
      { kind: "time", subject, case: name, node, clock, time },
      ...partsOf(reports).map(([part, spread]): Line => {
        return { kind: "part", subject, case: name, node, part, time: spread };
      }),
    ]);
    const resultOf = (wanted: unknown): Result | undefined => found.find((result) => result.case === wanted);
    const timeOf = (wanted: unknown): number => resultOf(wanted)?.time.medianMs ?? Number.NaN;
    const insideOf = (wanted: unknown): number => resultOf(wanted)?.insideMs ?? Number.NaN;
    if (comparison !== undefined) {
      const { ours, theirs, target, limit } = comparison;
      const ratio = target === "at most" ? timeOf(ours) / timeOf(theirs) : timeOf(theirs) / timeOf(ours);
      const met = target === "at most" ? ratio <= limit : ratio >= limit;
      const insideRatio = ours.clock === "process" ? insideOf(ours) / insideOf(theirs) : undefined;
      lines.push({ kind: "ratio", subject, node, ratio, insideRatio, target: `${target} ${limit}`, met });
    }
    if (calls !== undefined) {
      const counts = found
        .filter((result) => result.case === calls.of)
        .flatMap(({ reports }) => reports.map(({ kmsCalls = Number.NaN }) => kmsCalls));
      const met = counts.every((count) => count === calls.expected);
      lines.push({
        kind: "calls",
        subject,
        node,
        calls: [...new Set(counts)],
        expected: calls.expected,
        met,
      });
    }
    return lines;
  });
}

/** Writes the lines as a table for people. */
export function formatTable(lines: readonly Line[]): string {
  const texts: string[] = [];
  let heading = "";
  for (const line of lines) {
    if (line.kind === "machine") {
      texts.push(`${line.platform}, ${line.cores} cores, ${line.cpu}`);
      continue;
    }
    const title = `${line.subject}, Node ${line.node}`;
    if (title !== heading) texts.push("", title);
    heading = title;
    texts.push(`  ${describe(line)}`);
  }
  return `${texts.join("\n")}\n`;
}

function describe(line: Exclude<Line, { kind: "machine" }>): string {
  switch (line.kind) {
    case "time":
      return `${line.case.padEnd(36)} ${formatSpread(line.time)}, ${line.time.runs} runs, timed from ${line.clock}`;
    case "part":
      return `  ${line.part.padEnd(34)} ${formatSpread(line.time)}`;
    case "ratio":
      return `ratio ${line.ratio.toFixed(2)}, target ${line.target}: ${line.met ? "met" : "MISSED"}${formatInside(line.insideRatio)}`;
    case "calls":
      return `KMS calls ${line.calls.join(" or ")}, expected ${line.expected}: ${line.met ? "met" : "MISSED"}`;
  }
}

function formatInside(ratio: number | undefined): string {
  return ratio === undefined ? "" : ` (from the script's first line: ${ratio.toFixed(2)})`;
}

function formatSpread({ medianMs, minMs, maxMs }: Spread): string {
  return `${medianMs.toFixed(1).padStart(9)} ms  [${minMs.toFixed(1)}..${maxMs.toFixed(1)}]`;
}

function partsOf(reports: readonly Report[]): [string, Spread][] {
  const names = Object.keys(reports[0]?.parts ?? {});
  return names.map((name) => [name, spreadOf(reports.map(({ parts }) => parts?.[name] ?? Number.NaN))]);
}
