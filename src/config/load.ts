import { KmsError } from "../errors/index.ts";

import { applyOverrides } from "./overrides.ts";
import { admit } from "./admit.ts";
import { buildValue, sealedIn } from "./build-value.ts";
import { remember } from "./describe.ts";
import { describeTree } from "./describe-tree.ts";
import { freezeConfig } from "./freeze.ts";
import type { Layer } from "./layer.ts";
import { mergeLayers } from "./merge.ts";
import { openTokens } from "./open-tokens.ts";
import { checkOptions, type LoadOptions, type LoadRequest } from "./options.ts";
import { AFTER_ALL_LAYERS, Problems } from "./problems.ts";
import { createProviders } from "./providers.ts";
import { listFiles, readEnvironment, readLayer } from "./read-layers.ts";
import { readPolicy } from "./read-policy.ts";
import { createSecretTexts } from "./secret-texts.ts";
import type { OutputOf, StandardSchema } from "./standard-schema.ts";
import { observeLoad, withDeadline } from "./supervise.ts";
import { validate } from "./validate.ts";

/** What a load results in: the schema's output, or plain data where there is no schema. */
export type Config<Schema> = Schema extends StandardSchema ? OutputOf<Schema> : Record<string, unknown>;

/** The pipeline, stage by stage; what it promises is said where the package exports it. */
export async function loadConfig<const Schema extends StandardSchema | undefined = undefined>(
  options: LoadOptions<Schema>,
): Promise<Config<Schema>> {
  const request = checkOptions(options);
  const problems = new Problems();
  const loaded = await observeLoad(() =>
    withDeadline(request, (signal) => load(request, signal, problems)).catch((error: unknown) =>
      rethrow(error, problems),
    ),
  );
  // The schema's own type says what it made.
  return loaded as Config<Schema>;
}

/** A deadline is one problem more: what was found wrong before it is told too. */
function rethrow(error: unknown, problems: Problems): never {
  if (error instanceof KmsError && error.code === "ERR_DEADLINE") {
    problems.add(error, AFTER_ALL_LAYERS);
    problems.throwIfAny();
  }
  throw error;
}

async function load(request: LoadRequest, signal: AbortSignal, problems: Problems): Promise<unknown> {
  const providers = createProviders({ given: request.providers, environment: request.environment });
  try {
    const policy = await readPolicy(request, signal, problems);
    const files = listFiles(request, policy, problems);
    const read = files.map((file, index) => readLayer(file, index, request, policy, signal, problems));
    const environment = readEnvironment(files.length, request, policy, problems);
    const layers = [...(await Promise.all(read)), environment].filter(
      (layer): layer is Layer => layer !== undefined,
    );

    const admitted = new Set(layers.flatMap(({ sealed }) => admit(sealed, providers.has, problems)));
    const merged = applyOverrides(mergeLayers(layers, problems), request.overrides);
    const surviving = sealedIn(merged).filter((value) => admitted.has(value));
    const services = {
      providerOf: providers.providerOf,
      hasProvider: providers.has,
      maxBlobBytes: request.limits.maxBlobBytes,
      signal,
    };
    const { values: opened, dataKeys } = await openTokens([...new Set(surviving)], services, problems);
    problems.throwIfAny();

    const secrets = createSecretTexts([...opened.values()].map(({ value }) => value));
    const value = buildValue(merged, opened);
    const config = await problems.collectAsync(AFTER_ALL_LAYERS, () =>
      validate(value, request.schema, secrets),
    );
    problems.throwIfAny();
    const frozen = freezeConfig(config, secrets);
    const kmsCalls = providers.callCount();
    remember(frozen, () => ({ values: describeTree(merged, opened), kmsCalls, dataKeys }), secrets);
    return frozen;
  } finally {
    await providers.close();
  }
}
