import { localKeys } from "../../src/local/index.ts";
import { keyOf } from "../support/fake-provider.ts";
import { LOCAL_KEY_OPTIONS } from "../support/local-key-options.ts";
import { providerContract } from "../support/provider-contract.ts";

providerContract("the local provider", async () => ({
  provider: localKeys(LOCAL_KEY_OPTIONS),
  key: keyOf("local/one"),
  otherKey: keyOf("local/two"),
  unknownKey: keyOf("local/three"),
  unknownKeyCode: "ERR_CREDENTIALS_MISSING",
  close() {},
}));
