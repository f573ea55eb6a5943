import type { KeyObject } from "node:crypto";
import { join } from "node:path";

import type { JsonValue } from "../bytes/index.ts";
import {
  boundNames,
  decodeValue,
  type KeyServices,
  openBlob,
  openDirect,
  openEnvelope,
  openRaw,
  parseBlob,
  unwrapDataKey,
} from "../sealing/index.ts";
import { readFileInside } from "../source/index.ts";
import {
  type DirectToken,
  encryptionContext,
  type FileToken,
  type KeyReference,
  type Names,
  type RawToken,
  type Recipient,
} from "../token/index.ts";

import { admitRecipients, type HasProvider } from "./admit.ts";
import { type SealedValue, sourceOf } from "./layer.ts";

/** A value that was sealed, and the key that opened it. */
export interface Opened {
  readonly value: JsonValue | Uint8Array;
  readonly key: KeyReference;
}

/** How values are opened. */
export interface OpenServices extends KeyServices {
  readonly hasProvider: HasProvider;
  readonly maxBlobBytes: number;
}

interface DataKey {
  readonly dataKey: KeyObject;
  readonly key: KeyReference;
}

/** Opens the values of one load, and forgets its data keys with it. */
export interface Opener {
  /** @throws SourceError, TokenError, OpenError, KmsError */
  readonly open: (value: SealedValue) => Promise<Opened>;
  /** How many data keys were unwrapped so far. */
  readonly dataKeyCount: () => number;
}

/** Each distinct recipients text is unwrapped once, and equal direct and raw values are opened once. */
export function createOpener(services: OpenServices): Opener {
  const dataKeys = new Map<string, Promise<DataKey>>();
  const singles = new Map<string, Promise<Opened>>();

  function dataKeyOf(
    recipients: readonly Recipient[],
    recipientsText: string,
    names: Names,
  ): Promise<DataKey> {
    const context = encryptionContext(names, "v1/dek");
    // Rules may admit different keys of one list: what one file may ask must not answer for another.
    const id = JSON.stringify([recipientsText, context, recipients.map(({ key }) => key.text)]);
    return remembered(dataKeys, id, () => unwrapDataKey(recipients, context, services));
  }

  async function openSingle(token: DirectToken | RawToken, value: SealedValue): Promise<Opened> {
    admitRecipients(token.recipients, value, services.hasProvider);
    const id = JSON.stringify([token.text, value.names]);
    return await remembered(singles, id, () => {
      return token.kind === "direct" ? openDirect(token, value.names, services) : openRaw(token, services);
    });
  }

  async function openFile(token: FileToken, value: SealedValue): Promise<Opened> {
    const { folder = "", origin } = value;
    const { maxBlobBytes: maxBytes, signal } = services;
    const source = sourceOf(origin);
    const bytes = await readFileInside(folder, join(folder, token.path), { maxBytes, source, signal });
    const name = token.path.slice(token.path.lastIndexOf("/") + 1, -".sealed".length);
    const blob = parseBlob(bytes, name, source);
    // A file is bound to the app and env of what refers to it, not to the place.
    const names = { app: value.names.app, env: value.names.env };
    const recipients = admitRecipients(blob.recipients, value, services.hasProvider);
    const { dataKey, key } = await dataKeyOf(recipients, blob.recipientsText, names);
    const plaintext = openBlob(blob, names, dataKey);
    try {
      return {
        value: token.as === "bytes" ? Uint8Array.from(plaintext) : decodeValue(plaintext, token.as),
        key,
      };
    } finally {
      plaintext.fill(0);
    }
  }

  return {
    async open(value) {
      const { token, names } = value;
      if (token.kind === "file") return await openFile(token, value);
      if (token.kind !== "envelope") return await openSingle(token, value);
      const bound = boundNames(token, names);
      const recipients = admitRecipients(token.recipients, value, services.hasProvider);
      const { dataKey, key } = await dataKeyOf(recipients, token.recipientsText, bound);
      return { value: openEnvelope(token, bound, dataKey), key };
    },
    dataKeyCount: () => dataKeys.size,
  };
}

function remembered<Result>(
  known: Map<string, Promise<Result>>,
  id: string,
  make: () => Promise<Result>,
): Promise<Result> {
  const found = known.get(id) ?? make();
  known.set(id, found);
  return found;
}
