import type { Command } from "commander";

import { printable, UsageError } from "../errors/index.ts";

import { type Io, write } from "./io.ts";
import { collectRegion, parsePort } from "./options.ts";

interface KmsEmulatorOptions {
  readonly port: number;
  readonly state?: string;
  readonly region?: readonly string[];
}

/** `sealconf kms-emulator`. */
export function addKmsEmulator(command: Command, io: Io): void {
  command
    .description(
      "serve a key service on loopback that speaks Tencent Cloud KMS's wire, for tests; ends at ^C",
    )
    .option("--port <number>", "the port; 0 takes a free one", parsePort, 0)
    .option("--state <file>", "keep keys and credentials in this file")
    .option("--region <region>", "a region to serve; several may be given", collectRegion)
    .addHelpText("after", "\nExample:\n  $ sealconf kms-emulator --port 8099 --state /tmp/kms.json\n")
    .action(async ({ port, state, region }: KmsEmulatorOptions) => {
      const { EmulatorError, emulatorLine, startEmulator } = await import("../emulator/index.ts");
      const stopped = new Promise<void>((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
      });
      const options = { port, ...(state && { stateFile: state }), ...(region && { regions: region }) };
      const emulator = await startEmulator(options).catch((error: unknown) => {
        if (!(error instanceof EmulatorError)) throw error;
        throw new UsageError("ERR_OPTION_INVALID", printable(error.message), { hint: error.hint });
      });
      await write(io.stdout, `${emulatorLine(emulator)}\n`);
      await stopped;
      await emulator.close();
    });
}
