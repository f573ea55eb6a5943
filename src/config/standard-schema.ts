/**
 * What a validator offers under `~standard`, so that zod, valibot, arktype and others can be used alike.
 *
 * @remarks Source: the Standard Schema specification, version 1
 */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type that a schema makes of what it validates. */
export type OutputOf<Schema> = Schema extends StandardSchema<infer Output> ? Output : never;
