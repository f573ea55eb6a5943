import { sha256 } from "../bytes/index.ts";
import { contextBytes, type Names } from "../token/index.ts";

/** Returns the digest that binds a direct value to its place, whatever the key service's blob looks like. */
export function directDigest(header: string, names: Names, value: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([contextBytes("sealconf/v1/direct", header, names), value]));
}
