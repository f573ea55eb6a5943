import type { KmsProvider } from "./provider.ts";

export interface LazyProviderOptions {
  /** Whether what is made has `reEncrypt`, which must be known before it is made. @defaultValue `false` */
  readonly reEncrypts?: boolean | undefined;
}

/** Stands for a provider whose code is imported at the first call: naming one must cost next to nothing. */
export function lazyProvider(
  name: string,
  make: () => Promise<KmsProvider>,
  { reEncrypts = false }: LazyProviderOptions = {},
): KmsProvider {
  let made: Promise<KmsProvider> | undefined;
  const provider = (): Promise<KmsProvider> => (made ??= make());
  return {
    name,
    encrypt: async (request, options) => await (await provider()).encrypt(request, options),
    decrypt: async (request, options) => await (await provider()).decrypt(request, options),
    generateDataKey: async (request, options) => await (await provider()).generateDataKey(request, options),
    reEncrypt: reEncrypts
      ? async (request, options) => {
          const real = await provider();
          if (real.reEncrypt === undefined) throw new TypeError(`the provider ${name} cannot re-encrypt`);
          return await real.reEncrypt(request, options);
        }
      : undefined,
    close: async () => await (await made)?.close?.(),
  };
}
