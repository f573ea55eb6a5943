import type { KmsProvider } from "./provider.ts";

/** Stands for a provider whose code is imported at the first call: naming one must cost next to nothing. */
export function lazyProvider(name: string, make: () => Promise<KmsProvider>): KmsProvider {
  let made: Promise<KmsProvider> | undefined;
  const provider = (): Promise<KmsProvider> => (made ??= make());
  return {
    name,
    encrypt: async (request, options) => await (await provider()).encrypt(request, options),
    decrypt: async (request, options) => await (await provider()).decrypt(request, options),
    generateDataKey: async (request, options) => await (await provider()).generateDataKey(request, options),
    close: async () => await (await made)?.close?.(),
  };
}
