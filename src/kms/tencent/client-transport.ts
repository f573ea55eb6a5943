import { withDeadline } from "../deadline.ts";

import { checkRegion } from "./endpoint.ts";
import { lateError, type Subject } from "./failures.ts";
import { missingMethod, type TencentKmsClient } from "./options.ts";
import { send } from "./send.ts";
import { targetOf, type Transport } from "./transport.ts";

export interface ClientTransportOptions {
  readonly clientOf: (region: string) => TencentKmsClient;
  readonly timeoutMs: number;
}

/** Sends by the caller's own clients. They take no signal, so what they still do after the deadline is theirs. */
export function clientTransport({ clientOf, timeoutMs }: ClientTransportOptions): Transport {
  return {
    async send(call, signal) {
      const { action, key, params } = call;
      const client = clientOf(checkRegion(key.region));
      const subject: Subject = { service: "tencent kms", action, target: targetOf(call) };
      // The one method that a client may lack.
      if (client[action] === undefined) throw missingMethod(action);
      const method = client[action] as (request: object) => Promise<unknown>;
      const late = (): Error => lateError(subject, timeoutMs);
      const outcome = await withDeadline({ signal, timeoutMs, late }, () =>
        send(subject, () => method.call(client, params)),
      );
      return { outcome, subject };
    },
    close() {},
  };
}
