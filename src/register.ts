// `node --import sealconf/register app.js` fills `process.env` before the program, for one that knows nothing else.
import { isMainThread } from "node:worker_threads";

import { registerEnvironment } from "./config/register-environment.ts";

// A worker runs this too, and has the environment that its parent gave it.
if (isMainThread) await registerEnvironment(process.env);
