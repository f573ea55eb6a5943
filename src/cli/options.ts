import { type Command, InvalidArgumentError } from "commander";

/** Options that say which keys and which place a value has. */
export interface PlaceOptions {
  readonly key?: readonly string[];
  /** False with `--no-path`. */
  readonly path?: string | false;
  readonly app?: string;
  readonly env?: string;
}

/** Adds the options that say where a value stands. */
export function addPlaceOptions(command: Command, keyHelp: string): Command {
  return command
    .option("-k, --key <keyref>", keyHelp, collect)
    .option("-p, --path <path>", "where the value stands: db.password, servers[0].token, /db/password")
    .option("--no-path", "bind the value to no path: it may stand anywhere in its app and env")
    .option("--app <name>", "the app that the value is bound to")
    .option("--env <name>", "the env that the value is bound to");
}

/** Adds the option that leaves notes out. */
export function addQuiet(command: Command): Command {
  return command.option("-q, --quiet", "say nothing but results and errors");
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Gathers the names of regions. */
export function collectRegion(value: string, before: readonly string[] | undefined): string[] {
  if (!/^[a-z]{2,}(?:-[a-z0-9]+)+$/.test(value)) {
    throw new InvalidArgumentError("it must be the name of a region, such as ap-guangzhou");
  }
  if (before?.includes(value) === true) throw new InvalidArgumentError("it is given twice");
  return collect(value, before);
}

/** Reads a port number. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("it must be a port from 0 to 65535");
}
