import { localKeys } from "../../src/index.ts";
import { makeSealingKey, parseKeys, type SealingKey } from "../../src/sealing/index.ts";

import { CONTEXT, ENVIRONMENT, LOCAL_KEY } from "./load-fixture.ts";

/** Makes a data key that sealed files can be made with, under the local key unless another context is given. */
export async function makeSealedFileKey(
  context: { readonly app?: string; readonly env?: string } = CONTEXT,
): Promise<SealingKey> {
  const provider = localKeys({ env: ENVIRONMENT });
  return await makeSealingKey(parseKeys([LOCAL_KEY]), context, {
    providerOf: () => Promise.resolve(provider),
  });
}
