import type { KeyObject } from "node:crypto";
import { join } from "node:path";

import type { JsonValue } from "../bytes/index.ts";
import { openBlob, parseBlob } from "../sealing/blob.ts";
import { decodeValue } from "../sealing/encode-value.ts";
import { boundNames, openDirect, openEnvelope, openRaw } from "../sealing/open-value.ts";
import type { KeyServices } from "../sealing/sealing-key.ts";
import { unwrapDataKey } from "../sealing/unwrap.ts";
import { readFileInside } from "../source/index.ts";
import {
  encryptionContext,
  type FileToken,
  type KeyReference,
  type Names,
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
  /** Names the group that a value belongs to: what `prepare` does for one of a group is done for all of it. */
  readonly groupOf: (value: SealedValue) => string;
  /**
   * Calls the key service that a value needs, and returns what opens it and every other of its group.
   *
   * @throws SourceError, TokenError, OpenError, KmsError
   */
  readonly prepare: (value: SealedValue) => Promise<(value: SealedValue) => Opened>;
  /** How many data keys were unwrapped so far. */
  readonly dataKeyCount: () => number;
}

/** Each distinct recipients text is unwrapped once, and equal direct and raw values are opened once. */
export function createOpener(services: OpenServices): Opener {
  const dataKeys = new Map<string, Promise<DataKey>>();

  async function dataKeyOf(
    recipients: readonly Recipient[],
    recipientsText: string,
    names: Names,
  ): Promise<DataKey> {
    const context = encryptionContext(names, "v1/dek");
    const id = dataKeyId(recipients, recipientsText, context);
    const known = dataKeys.get(id) ?? unwrapDataKey(recipients, context, services);
    dataKeys.set(id, known);
    return await known;
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
    groupOf(value) {
      const { token, names, allowed, folder, origin } = value;
      if (token.kind === "file") return ["file", folder, token.path, token.as, origin.layer].join("\n");
      // What a value is not bound to makes no difference.
      if (token.kind === "raw") return [token.text, ...allowed].join("\n");
      if (token.kind === "direct") {
        const { app, env, path } = boundNames(token, names);
        return [token.text, app, env, path, ...allowed].join("\n");
      }
      return [token.recipientsText, names.app, names.env, ...allowed].join("\n");
    },
    async prepare(value) {
      const { token, names } = value;
      if (token.kind === "file") {
        const opened = await openFile(token, value);
        return () => opened;
      }
      const recipients = admitRecipients(token.recipients, value, services.hasProvider);
      if (token.kind === "envelope") {
        const { dataKey, key } = await dataKeyOf(recipients, token.recipientsText, names);
        return ({ token: other, names: its }) => {
          if (other.kind !== "envelope") throw new TypeError("a group's values are of one kind");
          return { value: openEnvelope(other, its, dataKey), key };
        };
      }
      const opened = await (token.kind === "direct"
        ? openDirect(token, names, services)
        : openRaw(token, services));
      return () => opened;
    },
    dataKeyCount: () => dataKeys.size,
  };
}

// Rules may admit different keys of one list: what one file may ask must not answer for another.
function dataKeyId(recipients: readonly Recipient[], recipientsText: string, context: string): string {
  return [recipientsText, context, ...recipients.map(({ key }) => key.text)].join("\n");
}
