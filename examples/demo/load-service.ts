import { type Environment, loadConfig } from "sealconf";
import { z } from "zod";

const Pool = z.object({
  host: z.string(),
  port: z.number(),
  connectMs: z.number(),
  idleMs: z.number(),
  maxConnections: z.number(),
  password: z.string(),
});

const Upstream = z.object({
  name: z.string(),
  url: z.url(),
  accessToken: z.string(),
  routes: z.array(z.tuple([z.number(), z.number()])),
});

const Settings = z.object({
  service: z.object({
    name: z.string(),
    banner: z.string(),
    // .env files hold text.
    listen: z.object({ host: z.string(), port: z.coerce.number() }),
  }),
  db: Pool.extend({ name: z.string(), user: z.string() }),
  cache: Pool,
  payments: z.object({
    provider: z.string(),
    currencies: z.array(z.string()),
    apiToken: z.string(),
    webhookSigningKey: z.string().startsWith("-----BEGIN PRIVATE KEY-----\n"),
  }),
  upstreams: z.array(Upstream),
  features: z.object({
    instantRefunds: z.boolean(),
    invoicePdf: z.object({ enabled: z.boolean(), rollout: z.number() }),
    sdkKey: z.string(),
  }),
  metrics: z.object({ intervalMs: z.coerce.number(), pushToken: z.string() }),
});

/** Loads the service's config as the service would when it starts. The demo prints it only: any object will do. */
export async function loadService(root: string, environment: Environment): Promise<object> {
  return await loadConfig({
    env: "production",
    variables: { prefix: "BILLING_" },
    schema: Settings,
    root,
    environment,
  });
}
