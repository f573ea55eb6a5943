import { TokenError } from "../errors/index.ts";
import { admittedRecipients, boundNames } from "../sealing/open-value.ts";
import { type Names, placeOf, type Recipient } from "../token/index.ts";

import { type SealedValue, sourceOf } from "./layer.ts";
import type { Problems } from "./problems.ts";

/** Which providers there are; asking makes none. */
export type HasProvider = (name: string) => boolean;

/**
 * Holds every sealed value against the policy and its own place, without a key and before a client or a credential
 * exists.
 */
export function admit(
  values: readonly SealedValue[],
  hasProvider: HasProvider,
  problems: Problems,
): SealedValue[] {
  return values.filter(
    (value) => problems.collect(value.origin, () => admitOne(value, hasProvider)) === true,
  );
}

/** Admits one value, or throws the TokenError that says why not. */
export function admitOne(value: SealedValue, hasProvider: HasProvider): true {
  const { token, origin } = value;
  if (token.kind === "file") {
    if (value.folder !== undefined) return true;
    throw new TokenError("ERR_TOKEN_MALFORMED", "a reference to a sealed file cannot stand here", {
      source: sourceOf(origin),
      hint: "it stands only in a config file, beside which the sealed file lies",
    });
  }
  if (token.kind === "raw" && !value.rawAllowed) {
    throw new TokenError(
      "ERR_RAW_REFUSED",
      "a raw ciphertext, which nothing binds to its place, is not allowed here",
      {
        source: sourceOf(origin),
        hint: "seal the value again, or list its path under raw in the rule",
      },
    );
  }
  if (token.kind !== "raw") checkPlace(value, token.place, boundNames(token, value.names));
  admitRecipients(token.recipients, value, hasProvider);
  if (token.kind !== "raw" && token.bindsPath && value.aliased) {
    throw new TokenError("ERR_PLACE_MISMATCH", "an alias puts a sealed value at a second place", {
      source: sourceOf(origin),
      hint: "seal the value for each place, or once with --no-path",
    });
  }
  return true;
}

/**
 * Returns the recipients that may be asked: those whose keys the rule lists and whose providers exist.
 *
 * @throws TokenError `ERR_KEY_NOT_ALLOWED`, `ERR_PROVIDER_UNKNOWN`
 */
export function admitRecipients(
  recipients: readonly Recipient[],
  { allowed, origin }: Pick<SealedValue, "allowed" | "origin">,
  hasProvider: HasProvider,
): Recipient[] {
  const listed = admittedRecipients(recipients, allowed);
  if (listed.length === 0) {
    const keys = recipients.map(({ key }) => key.text).join(", ");
    throw new TokenError("ERR_KEY_NOT_ALLOWED", `the value is sealed to ${keys}, which is not allowed here`, {
      source: sourceOf(origin),
      hint: "list the key under keys or accept in the file's rule, or seal the value to the rule's keys",
    });
  }
  const known = listed.filter(({ key }) => hasProvider(key.provider));
  if (known.length === 0) {
    const providers = [...new Set(listed.map(({ key }) => key.provider))].join(", ");
    throw new TokenError("ERR_PROVIDER_UNKNOWN", `there is no provider for ${providers} here`, {
      source: sourceOf(origin),
      hint: "pass one as an option: providers: […]",
    });
  }
  return known;
}

function checkPlace({ origin }: SealedValue, place: string, names: Names): void {
  if (place === placeOf(names)) return;
  const expected = [
    `app ${names.app ?? "(none)"}`,
    `env ${names.env ?? "(none)"}`,
    `path ${names.path ?? "(any)"}`,
  ];
  throw new TokenError(
    "ERR_PLACE_MISMATCH",
    `the value was sealed for another place than ${expected.join(", ")}`,
    {
      source: sourceOf(origin),
      hint: "put it back where it was, or seal it again for this place",
    },
  );
}
