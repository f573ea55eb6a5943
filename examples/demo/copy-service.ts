import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The keys that the service's policy names. */
export interface ServiceKeys {
  readonly production: string;
  readonly others: string;
}

const SERVICE = fileURLToPath(new URL("../../../fixtures/service", import.meta.url));

/** What the keys are called in the policy as it is in the repository. */
const NAMED: ServiceKeys = {
  production: "tencent/ap-guangzhou/00000000-0000-4000-8000-000000000001",
  others: "tencent/ap-guangzhou/00000000-0000-4000-8000-000000000002",
};

/** Copies the service's config to a new folder, with keys that exist in its policy. */
export async function copyService(root: string, keys: ServiceKeys): Promise<void> {
  await cp(SERVICE, root, { recursive: true });
  const policy = join(root, ".sealconf.yaml");
  const text = await readFile(policy, "utf8");
  await writeFile(policy, text.replace(NAMED.production, keys.production).replace(NAMED.others, keys.others));
}
