import { UsageError } from "../../errors/index.ts";

/** Where requests go, in the two parts that the official client takes. */
export interface Endpoint {
  readonly protocol: "https://" | "http://";
  /** `kms.ap-guangzhou.tencentcloudapi.com`, `127.0.0.1:8099`. */
  readonly host: string;
}

// The same as in a key reference; looked at again here, because it becomes part of a host name.
const REGION = /^[a-z0-9-]{2,32}$/;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;
const DEFAULT = "kms.{region}.tencentcloudapi.com";

/** Returns the region that a key names. */
export function checkRegion(region: string | undefined): string {
  if (region !== undefined && REGION.test(region)) return region;
  throw new TypeError("a tencent key needs the region of its key reference");
}

/**
 * Returns the endpoint of the key service in a region.
 *
 * Pinned to the region by default: `kms.tencentcloudapi.com` goes to the nearest one, which may be down while the
 * key's own is up.
 */
export function kmsEndpoint(region: string, setting: string | undefined, from: string): Endpoint {
  return parseEndpoint((setting ?? DEFAULT).replaceAll("{region}", checkRegion(region)), from);
}

/**
 * Reads a host with or without scheme and port.
 *
 * @throws UsageError `ERR_OPTION_INVALID` when it is more than that, or is plain http to another machine
 */
export function parseEndpoint(text: string, from: string): Endpoint {
  const address = text.includes("://") ? text : `https://${text}`;
  if (!URL.canParse(address)) throw notAnEndpoint(from);
  const url = new URL(address);
  if (`${url.username}${url.password}${url.pathname}${url.search}${url.hash}` !== "/")
    throw notAnEndpoint(from);
  if (url.protocol === "https:") return { protocol: "https://", host: url.host };
  if (url.protocol !== "http:") throw notAnEndpoint(from);
  if (LOOPBACK.test(url.hostname)) return { protocol: "http://", host: url.host };
  throw new UsageError("ERR_OPTION_INVALID", `${from} is plain http to another machine`, {
    hint: "use https; plain http is for an emulator on 127.0.0.1",
  });
}

function notAnEndpoint(from: string): UsageError {
  return new UsageError("ERR_OPTION_INVALID", `${from} is not a host with an optional scheme and port`, {
    hint: "write kms.{region}.tencentcloudapi.com, https://kms.example:8443 or http://127.0.0.1:8099",
  });
}
