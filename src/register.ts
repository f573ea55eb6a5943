// `node --import sealconf/register app.js` fills `process.env` before the program, for one that knows nothing else.
import { registerEnvironment } from "./config/register-environment.ts";

await registerEnvironment(process.env);
