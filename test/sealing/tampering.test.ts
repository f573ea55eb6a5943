import { startEmulator } from "../../src/emulator/index.ts";
import { openValue } from "../../src/index.ts";
import { tencentKms } from "../../src/kms/index.ts";
import { localKeys } from "../../src/local/index.ts";
import { servicesOf } from "../support/fake-provider.ts";
import { LOCAL_KEY_OPTIONS, LOCAL_KEYS } from "../support/local-key-options.ts";
import { tokenOpener } from "../support/open-token.ts";
import { tamperingSuite } from "./tampering.ts";

tamperingSuite("by its cryptography, over local keys", async () => {
  const services = servicesOf(localKeys(LOCAL_KEY_OPTIONS));
  return { services, keys: LOCAL_KEYS, open: tokenOpener(services, LOCAL_KEYS) };
});

tamperingSuite("by openValue, over local keys", async () => {
  const provider = localKeys(LOCAL_KEY_OPTIONS);
  return {
    services: servicesOf(provider),
    keys: LOCAL_KEYS,
    async open(text, { app, env, path = null }) {
      return await openValue(text, { keys: LOCAL_KEYS, context: { app, env }, path, providers: [provider] });
    },
  };
});

tamperingSuite("by its cryptography, over Tencent Cloud's wire", async () => {
  const emulator = await startEmulator({ keysPerRegion: 2 });
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  const provider = tencentKms({ credentials: { secretId, secretKey }, endpoint, env: {} });
  const services = servicesOf(provider);
  const keys = [`tencent/${region}/${keyIds[0]}`, `tencent/${region}/${keyIds[1]}`] as const;
  return {
    services,
    keys,
    open: tokenOpener(services, keys),
    async close() {
      await provider.close?.();
      await emulator.close();
    },
  };
});
