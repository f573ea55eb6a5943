import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { inflateSync } from "node:zlib";

import { openPayload, takeDataKey } from "../../src/crypto/payload.ts";
import { theOpenError } from "../support/assert-error.ts";
import { checkPayloadVector } from "../support/check-payload.ts";
import {
  type CobblestoneVector,
  fromHex,
  readCobblestoneVectors,
  readPayloadVectors,
} from "../support/vectors.ts";

const VECTORS = readCobblestoneVectors();

if (VECTORS === undefined) {
  it("the published cases do not lie beside the project, so its own known answers stand for them", () => {
    for (const vector of readPayloadVectors()) checkPayloadVector(vector);
  });
} else {
  describe("the published Cobblestone-256 cases", () => {
    it("are all there", () => {
      assert.equal(VECTORS.length, 35);
    });

    for (const vector of VECTORS) {
      it(`${vector.tcId}, ${vector.comment}: ${vector.result}`, () => {
        if (vector.result === "invalid") assert.throws(() => open(vector), theOpenError);
        else {
          const plaintext = open(vector);
          assert.equal(plaintext.length, vector.msgLength);
          assert.equal(createHash("sha512").update(plaintext).digest("hex"), vector.msgSha512);
        }
      });
    }
  });
}

function open({ key, ctx, ct }: CobblestoneVector): Uint8Array {
  return openPayload(takeDataKey(fromHex(key)), fromHex(ctx), inflateSync(fromHex(ct)));
}
