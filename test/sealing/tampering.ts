import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { toBase64url } from "../../src/bytes/index.ts";
import {
  type KeyServices,
  makeSealingKey,
  openBlob,
  parseBlob,
  sealBlob,
  sealDirect,
  sealEnvelope,
  type SealingKey,
  unwrapDataKey,
} from "../../src/sealing/index.ts";
import {
  encryptionContext,
  type EnvelopeToken,
  type Names,
  parseToken,
  placeOf,
} from "../../src/token/index.ts";
import { aRefusal, theOpenError } from "../support/assert-error.ts";
import { keyOf } from "../support/fake-provider.ts";
import type { OpenToken } from "../support/open-token.ts";

export interface TamperingFixture {
  readonly services: KeyServices;
  /** Two key references; tokens may be opened with both. */
  readonly keys: readonly [string, string];
  readonly open: OpenToken;
  readonly close?: () => Promise<void>;
}

const NAMES: Names = { app: "billing-api", env: "production", path: "/db/password" };
const VALUE = '"hunter2"';

const OTHER_PLACES: readonly Names[] = [
  { ...NAMES, path: "/db/user" },
  { ...NAMES, path: "/db" },
  { ...NAMES, path: "/db/password/x" },
  { ...NAMES, path: "/-/password" },
  { ...NAMES, path: undefined },
  { ...NAMES, env: "staging" },
  { ...NAMES, env: undefined },
  { ...NAMES, app: "billing" },
  { ...NAMES, app: undefined },
  { app: "production", env: "billing-api", path: "/db/password" },
  {},
];

/** Proves that what was sealed over these services opens where it was sealed for, and not when anything is changed. */
export function tamperingSuite(name: string, create: () => Promise<TamperingFixture>): void {
  describe(`a token that was tampered with is refused ${name}`, () => {
    let fixture: TamperingFixture;
    let sealingKey: SealingKey;
    let envelope: string;
    let direct: string;
    let forTwo: string;

    before(async () => {
      fixture = await create();
      const { keys, services } = fixture;
      const [one, two] = [keyOf(keys[0]), keyOf(keys[1])];
      const value = { value: VALUE, as: "text", path: NAMES.path } as const;
      sealingKey = await makeSealingKey([one], NAMES, services);
      envelope = sealEnvelope(sealingKey, value);
      direct = await sealDirect(one, NAMES, value, services);
      forTwo = sealEnvelope(await makeSealingKey([one, two], NAMES, services), value);
    });
    after(async () => await fixture.close?.());

    async function refuses(
      text: string,
      names: Names = NAMES,
      by: (error: unknown) => true = aRefusal,
    ): Promise<void> {
      await assert.rejects(fixture.open(text, names), by, text);
    }

    it("and opens as long as it is not", async () => {
      for (const text of [envelope, direct, forTwo]) assert.equal(await fixture.open(text, NAMES), VALUE);
    });

    it("when any one bit of an envelope is another", async () => {
      for (const changed of bitFlips(envelope)) await refuses(changed);
    });

    it("when any one bit of a direct value is another", async () => {
      for (const changed of bitFlips(direct)) await refuses(changed);
    });

    it("when its beginning or its end is cut off anywhere", async () => {
      for (const text of [envelope, direct]) {
        for (let length = 0; length < text.length; length++) {
          await refuses(text.slice(0, length));
          await refuses(text.slice(text.length - length));
        }
      }
    });

    it("when anything is added to it", async () => {
      for (const text of [envelope, direct]) {
        for (const more of ["A", "AAAA", "=", "\n", " ", ":", ",", "\0"]) {
          await refuses(text + more);
          await refuses(more + text);
        }
      }
    });

    it("when it stands at another path, or in another app or env", async () => {
      for (const text of [envelope, direct, forTwo])
        for (const names of OTHER_PLACES) await refuses(text, names);
    });

    it("when it stands elsewhere and its place was mended, by its commitment or digest alone", async () => {
      for (const text of [envelope, direct, forTwo]) {
        for (const names of OTHER_PLACES) await refuses(mended(text, names), names, theOpenError);
      }
    });

    it("when its place is that of another app, env or path", async () => {
      for (const text of [envelope, direct]) {
        for (const names of OTHER_PLACES) await refuses(withField(text, 3, placeOf(names)));
      }
    });

    it("when its kind is another, with its place mended too", async () => {
      for (const text of [envelope, direct]) {
        const kind = text === envelope ? "envelope" : "direct";
        const other = text === envelope ? "direct" : "envelope";
        for (const changed of [
          other,
          `${kind}+json`,
          `${kind}+nopath`,
          `${kind}+json+nopath`,
          "raw",
          "file",
        ]) {
          await refuses(withField(text, 2, changed));
          await refuses(withField(withField(text, 2, changed), 3, placeOf({ ...NAMES, path: undefined })));
        }
      }
    });

    it("when a recipient is added, taken away, moved or edited", async () => {
      const fields = forTwo.split(":");
      const [one = "", two = ""] = (fields[4] ?? "").split(",");
      const [, alone = ""] = envelope.split(":").slice(3);
      const [key, otherKey] = fixture.keys;
      const lists = [
        one,
        two,
        `${two},${one}`,
        `${one},${two},local/third=AAAA`,
        `local/third=AAAA,${one},${two}`,
        `${one},${otherKey}=AAAA`,
        `${key}=AAAA,${two}`,
        `${one},${one}`,
        // Each wraps a data key that opens, but not this one.
        alone,
        `${alone},${two}`,
        one.replace(key, otherKey),
      ];
      for (const list of lists) await refuses(withField(forTwo, 4, list));
      await refuses(withField(envelope, 4, `${alone},${two}`));
      await refuses(withField(envelope, 4, `${two},${alone}`));
      await refuses(withField(direct, 4, `${direct.split(":")[4]},${two}`));
    });

    it("when its payload is that of another value of the same run", async () => {
      const other = sealEnvelope(sealingKey, { value: "other", as: "text", path: "/db/other" });
      await refuses(withField(envelope, 5, other.split(":")[5] ?? ""), NAMES, theOpenError);
      await refuses(
        withField(other, 5, envelope.split(":")[5] ?? ""),
        { ...NAMES, path: "/db/other" },
        theOpenError,
      );
    });

    it("when a value was made a file, or a file a value", async () => {
      const { services } = fixture;
      const token = parseToken(envelope) as EnvelopeToken;
      const { dataKey } = await unwrapDataKey(token.recipients, encryptionContext(NAMES, "v1/dek"), services);
      const blob = parseBlob(sealBlob(sealingKey, "password", Buffer.from(VALUE)), "password");
      assert.equal(Buffer.from(openBlob(blob, NAMES, dataKey)).toString(), VALUE);
      assert.throws(() => openBlob({ ...blob, payload: token.payload }, NAMES, dataKey), theOpenError);
      await refuses(withField(envelope, 5, toBase64url(blob.payload)), NAMES, theOpenError);
      const pathless = withField(
        withField(envelope, 2, "envelope+nopath"),
        3,
        placeOf({ ...NAMES, path: undefined }),
      );
      await refuses(
        withField(pathless, 5, toBase64url(blob.payload)),
        { ...NAMES, path: undefined },
        theOpenError,
      );
    });

    it("when an envelope's wrapped data key is given out as a direct value", async () => {
      await refuses(withField(direct, 4, envelope.split(":")[4] ?? ""), NAMES, theOpenError);
    });
  });
}

/** The text with one bit of one of its characters flipped: every bit. */
function* bitFlips(text: string): Generator<string> {
  for (let bit = 0; bit < text.length * 8; bit++) {
    const at = Math.floor(bit / 8);
    const character = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 8)));
    yield text.slice(0, at) + character + text.slice(at + 1);
  }
}

function withField(text: string, index: number, field: string): string {
  return text.split(":").with(index, field).join(":");
}

/** The token as it would stand at another place, had it been sealed there. */
function mended(text: string, names: Names): string {
  const kind = text.startsWith("sealed:v1:envelope") ? "envelope" : "direct";
  const suffix = names.path === undefined ? "+nopath" : "";
  return withField(withField(text, 2, kind + suffix), 3, placeOf(names));
}
