import { loadConfig } from "sealconf";
import { z } from "zod";

const config = await loadConfig({
  files: ["config/default.yaml", "config/production.yaml"],
  schema: z.object({ db: z.object({ host: z.string(), password: z.string() }) }),
});

// Typed, deep-frozen, and printed without what was sealed: { db: { host: 'db.internal', password: [sealed] } }
console.log(config);
