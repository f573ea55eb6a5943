import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Environment, sealValues } from "sealconf";

import type { ServiceKeys } from "./copy-service.ts";

/** A secret that stands in a file in plaintext. */
interface Secret {
  readonly file: string;
  /** Where it stands in the file: what it is bound to. */
  readonly path: string;
  /** Finds it in the file's text. */
  readonly plaintext: RegExp;
}

export interface SealedSecret extends Secret {
  readonly token: string;
}

const FOR_PRODUCTION: readonly Secret[] = [
  { file: "config/production.yaml", path: "db.password", plaintext: /fake-prod-database-password/ },
  { file: "config/production.yaml", path: "cache.password", plaintext: /fake-prod-cache-password/ },
  { file: "config/production.yaml", path: "upstreams[0].accessToken", plaintext: /fake-prod-ledger-token/ },
  { file: "config/production.yaml", path: "upstreams[1].accessToken", plaintext: /fake-prod-tax-token/ },
  { file: ".env.production", path: "BILLING_METRICS__PUSH_TOKEN", plaintext: /fake-prod-metrics-token/ },
];

const DIRECT: readonly Secret[] = [
  { file: "config/production.yaml", path: "payments.apiToken", plaintext: /fake-prod-payments-token/ },
];

const FOR_ALL: readonly Secret[] = [
  { file: "config/default.yaml", path: "db.password", plaintext: /fake-dev-database-password/ },
  { file: "config/default.yaml", path: "payments.apiToken", plaintext: /fake-dev-payments-token/ },
  { file: "config/features.json", path: "features.sdkKey", plaintext: /fake-feature-flags-sdk-key/ },
  {
    file: ".env",
    path: "BILLING_PAYMENTS__WEBHOOK_SIGNING_KEY",
    plaintext: /-----BEGIN PRIVATE KEY-----[^"]*-----END PRIVATE KEY-----/,
  },
];

/** Seals the service's secrets: in envelopes that share a data key, and one directly by the key service. */
export async function sealService(
  root: string,
  { production, others }: ServiceKeys,
  environment: Environment,
): Promise<SealedSecret[]> {
  const app = "billing-api";
  const inProduction = { keys: [production], context: { app, env: "production" }, environment };
  return [
    ...(await seal(root, FOR_PRODUCTION, inProduction)),
    ...(await seal(root, DIRECT, { ...inProduction, direct: true })),
    ...(await seal(root, FOR_ALL, { keys: [others], context: { app }, environment })),
  ];
}

async function seal(
  root: string,
  secrets: readonly Secret[],
  options: Parameters<typeof sealValues>[1],
): Promise<SealedSecret[]> {
  const values = await Promise.all(
    secrets.map(async ({ file, path, plaintext }) => {
      const [value] = plaintext.exec(await readFile(join(root, file), "utf8")) ?? [];
      if (value === undefined) throw new Error(`${file} has no ${plaintext.source}`);
      return { path, value };
    }),
  );
  const tokens = await sealValues(values, options);
  const sealed = secrets.map((secret, index) => ({ ...secret, token: tokens[index] ?? "" }));
  for (const { file, plaintext, token } of sealed) {
    const text = await readFile(join(root, file), "utf8");
    await writeFile(join(root, file), text.replace(plaintext, token));
  }
  return sealed;
}
