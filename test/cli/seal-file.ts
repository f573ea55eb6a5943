import { sealBlob } from "../../src/sealing/index.ts";
import { makeSealedFileKey } from "../support/sealed-file.ts";

/** Seals a file's bytes under the local key, for a config file of the tests' app and env. */
export async function sealFile(name: string, content: string | Uint8Array): Promise<Uint8Array> {
  return sealBlob(await makeSealedFileKey(), name, Buffer.from(content));
}
