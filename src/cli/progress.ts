import type { Io } from "./io.ts";

/** A bar on standard error that tells how far a long run is. */
export interface Progress {
  /** One more is done. */
  readonly step: () => void;
  /** Takes the bar away, for other output or for good. */
  readonly clear: () => void;
  readonly end: () => void;
}

const SILENT_MS = 1_000;
const REDRAW_MS = 100;
const WIDTH = 24;
const CLEAR_LINE = "\r\u001b[K";

/** Starts a bar that shows up on a terminal once a second has passed; elsewhere, and with `quiet`, nothing is shown. */
export function startProgress(
  { stderr, env }: Pick<Io, "stderr" | "env">,
  {
    label,
    total,
    quiet = false,
  }: { readonly label: string; readonly total: number; readonly quiet?: boolean },
): Progress {
  let done = 0;
  let drawn = "";
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    const filled = Math.floor((WIDTH * done) / Math.max(1, total));
    const line = `${label} [${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${done}/${total}`;
    if (line !== drawn) stderr.write(CLEAR_LINE + line);
    drawn = line;
  }

  function clear(): void {
    if (drawn !== "") stderr.write(CLEAR_LINE);
    drawn = "";
  }

  if (stderr.isTTY === true && !quiet && env["TERM"] !== "dumb") {
    timer = setTimeout(() => {
      draw();
      timer = setInterval(draw, REDRAW_MS);
    }, SILENT_MS);
  }
  return {
    step: () => void (done += 1),
    clear,
    end() {
      clearTimeout(timer);
      clear();
    },
  };
}
