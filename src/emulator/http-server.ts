import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EmulatorError } from "./emulator-error.ts";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** `undefined` when it was longer than `MAX_BODY_BYTES`. */
  readonly body: Uint8Array | undefined;
}

export interface HttpServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** Ends the pauses of calls under way. */
  readonly stop: AbortController;
}

/** Answers one request; it may leave the response unfinished. */
export type HttpHandler = (request: HttpRequest, response: ServerResponse) => Promise<void>;

const MAX_BODY_BYTES = 1024 * 1024;

export async function startHttpServer(handler: HttpHandler, options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, stop } = options;
  const server = createServer((incoming, response) => {
    void serve(incoming, response, handler);
  });
  // An idle connection that the server closes just as a client reuses it is a reset that nobody asked for.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = `cannot listen on ${host} port ${port} (${error.code ?? "unknown reason"})`;
      reject(new EmulatorError("ERR_EMULATOR_LISTEN", reason, "give another port, or 0 for any free one"));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    endpoint: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close() {
      closed ??= new Promise((resolve) => {
        stop.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  handler: HttpHandler,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === "aborted") return;
  const [path = "/", ...query] = (incoming.url ?? "/").split("?");
  const { method = "GET", headers } = incoming;
  await handler({ method, path, query: query.join("?"), headers, body }, response);
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array | "aborted" | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // What is over the limit is read and dropped: a client that still writes would never see the answer.
    for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return "aborted";
    throw error;
  }
  return length <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}
