// `node --import sealconf/register app.js` fills `process.env` before the program, for one that knows nothing else.
import { isMainThread } from "node:worker_threads";

import { registerEnvironment } from "./config/register-environment.ts";
import { SealconfError } from "./errors/index.ts";

// A worker runs this too, and has the environment that its parent gave it.
if (isMainThread) await register();

async function register(): Promise<void> {
  try {
    await registerEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof SealconfError)) throw error;
    // Node would print a stack of the loader's internals before the one message that matters.
    const hint = error.hint === undefined ? "" : `  ${error.hint}\n`;
    process.stderr.write(`sealconf: ${error.message}\n${hint}`);
    process.exit(1);
  }
}
