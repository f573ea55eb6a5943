// The way of a secret from a config file to a typed object, once with a key service and once with a local key. Run it by
// `npm run demo`. It needs no account and no network, and leaves nothing behind.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describeConfig, type Environment, type ValueDescription } from "sealconf";
import { startEmulator } from "sealconf/emulator";

import { copyService, type ServiceKeys } from "./demo/copy-service.ts";
import { loadService } from "./demo/load-service.ts";
import { makeLocalKeys } from "./demo/local-keys.ts";
import { explain, headline, table } from "./demo/print.ts";
import { sealService } from "./demo/seal-service.ts";

const folder = await mkdtemp(join(tmpdir(), "sealconf-demo-"));
try {
  await showKeyService();
  await showLocalKeys();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function showKeyService(): Promise<void> {
  headline("With a key service");
  const emulator = await startEmulator({ keysPerRegion: 2 });
  try {
    const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
    const [production = "", others = ""] = keyIds.map((id) => `tencent/${region}/${id}`);
    explain("The KMS emulator stands in for Tencent Cloud KMS on this machine. It has made two keys:");
    table([
      ["production", production],
      ["everything else", others],
    ]);
    const environment = {
      SEALCONF_TENCENT_ENDPOINT: endpoint,
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
    };
    await sealAndLoad(join(folder, "kms"), { production, others }, environment);
  } finally {
    await emulator.close();
  }
}

async function showLocalKeys(): Promise<void> {
  headline("The same with local keys");
  const keysFolder = join(folder, "keys");
  const [production, others] = await makeLocalKeys(keysFolder, ["production", "others"]);
  explain(`Two key files, as \`sealconf keygen\` makes them: ${production} and ${others}.`);
  await sealAndLoad(join(folder, "local"), { production, others }, { SEALCONF_KEYS_DIR: keysFolder });
}

async function sealAndLoad(root: string, keys: ServiceKeys, environment: Environment): Promise<void> {
  await copyService(root, keys);
  explain(
    "A copy of fixtures/service, a service's config in YAML, JSON and .env files, names the keys in its policy.",
  );

  const sealed = await sealService(root, keys, environment);
  explain("Its secrets are sealed, each for its own place. What goes into git in their stead:");
  table(
    sealed.map(({ file, path, token }) => [
      file,
      path,
      `${token.slice(0, 36)}… (${token.length} characters)`,
    ]),
  );

  const config = await loadService(root, environment);
  explain("One call of loadConfig gives a typed, frozen object. console.log leaves out what was sealed:");
  console.log(config);

  const { values, dataKeys, kmsCalls } = describeConfig(config);
  explain("describeConfig tells where each value came from, how it was sealed, and under which key:");
  table(values.map(describe));

  const opened = values.filter((value) => value.sealed !== undefined);
  const direct = opened.filter((value) => value.sealed?.kind === "direct");
  explain(
    `${sealed.length} values are sealed. ${sealed.length - opened.length} of them were not opened, since production's replace them.`,
    `Opening the other ${opened.length} took ${dataKeys} data keys, and ${direct.length} value went to its key directly.`,
    `KMS calls: ${kmsCalls}`,
  );
}

function describe({ path, file, line, sealed }: ValueDescription): string[] {
  const place = [path, `${file}:${line}`];
  if (sealed === undefined) return [...place, "plaintext"];
  return [...place, `${sealed.kind}, for ${sealed.env ?? "any env"}`, sealed.key];
}
