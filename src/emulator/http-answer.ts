import type { ServerResponse } from "node:http";
import { setTimeout as pauseFor } from "node:timers/promises";
import type { Fault } from "./faults.ts";

export interface HttpAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SendOptions {
  readonly fault: Fault | undefined;
  /** Ends a pause when the emulator closes. */
  readonly signal: AbortSignal;
}

const DEFAULT_PAGE_BYTES = 300 * 1024;
const JSON_TYPE = { "Content-Type": "application/json" };

/** Writes an answer with HTTP status 200 and a `Content-Length`, or what the fault makes of it. */
export async function sendAnswer(
  response: ServerResponse,
  answer: HttpAnswer,
  options: SendOptions,
): Promise<void> {
  const { fault, signal } = options;
  const body = Buffer.from(answer.body, "utf8");
  const half = body.length >> 1;
  const headers = { ...JSON_TYPE, ...answer.headers, "Content-Length": body.length };
  switch (fault?.kind) {
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "html":
      sendPage(response, fault.status ?? 502, fault.bytes ?? DEFAULT_PAGE_BYTES);
      return;
    case "empty-body":
      response.writeHead(200, { ...headers, "Content-Length": 0 }).end();
      return;
    case "redirect":
      response.writeHead(fault.status ?? 302, { Location: fault.location ?? "/", "Content-Length": 0 }).end();
      return;
    case "truncated-body":
      response.writeHead(200, headers).write(body.subarray(0, half), () => {
        if (fault.connection === "cut") response.socket?.end();
      });
      return;
    case "slow-body":
      response.writeHead(200, headers).write(body.subarray(0, half));
      if (await pause(fault.ms, signal)) response.end(body.subarray(half));
      return;
    case "slow-headers":
      await sendSlowHeaders(response, body, fault.ms, signal);
      return;
    default:
      response.writeHead(200, headers).end(body);
  }
}

/** Waits; false if the emulator closed meanwhile. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pauseFor(ms, undefined, { signal, ref: false });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function sendPage(response: ServerResponse, status: number, bytes: number): void {
  const start = `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n`;
  const end = "</body>\r\n</html>\r\n";
  const page =
    start + "<!-- a page of the gateway, not of the service -->\r\n".repeat(Math.ceil(bytes / 52)) + end;
  const body = Buffer.from(page).subarray(0, bytes);
  response.writeHead(status, { "Content-Type": "text/html", "Content-Length": body.length }).end(body);
}

async function sendSlowHeaders(
  response: ServerResponse,
  body: Buffer,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const { socket } = response;
  // Node writes all headers at once, so these go to the socket by hand; the connection can't be used afterwards.
  socket?.write("HTTP/1.1 200 OK\r\n");
  if (!(await pause(ms, signal))) return;
  socket?.write(
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  socket?.end(body);
}
