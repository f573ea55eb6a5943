type Sdk = typeof import("tencentcloud-sdk-nodejs-common");

let loading: Promise<Sdk> | undefined;

/** Loads the official client, once. It takes about 100 ms, so it waits for the first call. */
export function loadSdk(): Promise<Sdk> {
  loading ??= withoutDeprecations(() => import("tencentcloud-sdk-nodejs-common"));
  return loading;
}

/**
 * Runs a load during which Node prints no deprecation; other warnings are still shown.
 *
 * node-fetch 2, inside the SDK, loads Node's own `punycode`. Node 21 and later print DEP0040 for that at every boot
 * (the newest ones only where the package was bundled out of `node_modules`), and nobody who reads it can change it.
 */
export async function withoutDeprecations<Module>(load: () => Promise<Module>): Promise<Module> {
  const before = process.noDeprecation ?? false;
  process.noDeprecation = true;
  try {
    return await load();
  } finally {
    process.noDeprecation = before;
  }
}
