import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from "node:http";

import type { Endpoint } from "./endpoint.ts";

/** What hears of a request's end by the network; `code` is the system's, `ECONNRESET` for one. */
export type OnNetworkError = (code: string | undefined) => void;

/**
 * The connections of one provider: kept alive between calls, and bounded.
 *
 * An agent of our own also keeps the official client from its proxy: it would send every request, those to loopback
 * too, through `http_proxy`, whatever `no_proxy` says.
 */
export interface AgentPool {
  /** Returns the agent for one request. */
  agentFor(protocol: Endpoint["protocol"], onNetworkError: OnNetworkError): HttpAgent;
  close(): void;
}

export interface AgentPoolOptions {
  readonly maxSockets: number;
  /** The caller's own agent, never closed by us. */
  readonly agent?: HttpAgent | undefined;
}

export function createAgentPool({ maxSockets, agent }: AgentPoolOptions): AgentPool {
  const own = new Map<Endpoint["protocol"], HttpAgent>();

  function create(protocol: Endpoint["protocol"]): HttpAgent {
    const options = { keepAlive: true, maxSockets };
    // An `import` of node:http reads every export of it, WebSocket too, which loads all of undici: 60 ms and more.
    const { Agent } = process.getBuiltinModule(protocol === "http://" ? "node:http" : "node:https");
    const created = new Agent(options);
    own.set(protocol, created);
    return created;
  }

  return {
    agentFor: (protocol, onNetworkError) =>
      guard(agent ?? own.get(protocol) ?? create(protocol), onNetworkError),
    close() {
      for (const created of own.values()) created.destroy();
      own.clear();
    },
  };
}

type AddRequest = (request: ClientRequest, ...rest: unknown[]) => void;

/**
 * Returns a stand-in for the agent that sees each request before node-fetch 2 does, to keep it and the SDK from what
 * no option of theirs turns off.
 */
function guard(agent: HttpAgent, onNetworkError: OnNetworkError): HttpAgent {
  const addRequest = (agent as unknown as { addRequest: AddRequest }).addRequest;
  const guarded: AddRequest = (request, ...rest) => {
    request.once("error", (error) => onNetworkError(codeOf(error)));
    request.once("response", (response: IncomingMessage) => {
      // Without these two a redirect is an answer like any other, not a second request with our credentials, and
      // an event stream is read as JSON instead of becoming an emitter whose error nobody could catch.
      delete response.headers.location;
      delete response.headers["content-type"];
      // node-fetch 2 waits for ever for the rest of a body that was cut short of its Content-Length.
      response.once("error", (error) => onNetworkError(codeOf(error)));
    });
    addRequest.call(agent, request, ...rest);
  };
  return Object.create(agent, { addRequest: { value: guarded } }) as HttpAgent;
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
