import { startEmulator } from "../../../src/emulator/index.ts";
import { resilient, tencentKms } from "../../../src/kms/index.ts";
import { type ProviderFixture, providerContract } from "../../support/provider-contract.ts";

import { KEY_ID, keyOf } from "./fixture.ts";

providerContract("the Tencent provider", () => createFixture(), { reEncrypts: true });

const createResilient = async (): Promise<ProviderFixture> => {
  const fixture = await createFixture();
  return { ...fixture, provider: resilient(fixture.provider) };
};
providerContract("the Tencent provider made resilient", createResilient, { reEncrypts: true });

async function createFixture(): Promise<ProviderFixture> {
  const emulator = await startEmulator({ keysPerRegion: 2 });
  const { endpoint, region, secretId, secretKey, keyIds } = emulator.tencent;
  const provider = tencentKms({ credentials: { secretId, secretKey }, endpoint, env: {} });
  return {
    provider,
    key: keyOf(keyIds[0], region),
    otherKey: keyOf(keyIds[1], region),
    unknownKey: keyOf(KEY_ID, region),
    unknownKeyCode: "ERR_KMS_KEY_UNUSABLE",
    async close() {
      await provider.close?.();
      await emulator.close();
    },
  };
}
