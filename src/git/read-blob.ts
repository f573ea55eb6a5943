import { type Source, SourceError } from "../errors/index.ts";
import { failureOf, unexpectedAnswer } from "./failure.ts";
import { type GitPlace, type GitProcess, startGit } from "./run-git.ts";

export interface ReadBlobOptions {
  readonly maxBytes: number;
  /** What messages name. */
  readonly source: Source;
}

/** Reads blobs one after the other through one process of git's, which starts with the first. */
export interface BlobReader {
  /** @throws SourceError `ERR_LIMIT_EXCEEDED` before a larger one is read, `ERR_FILE_UNREADABLE` */
  readonly read: (id: string, options: ReadBlobOptions) => Promise<Uint8Array>;
  /** Ends the process. */
  readonly close: () => Promise<void>;
}

const COMMAND = ["cat-file", "--batch"];
const HEADER = /^(?<id>[0-9a-f]+) (?<type>[a-z]+) (?<size>[0-9]+)$/;
const MAX_HEADER_BYTES = 256;
const LINE_FEED = 0x0a;

export function createBlobReader(place: GitPlace): BlobReader {
  let answers: Answers | undefined;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function readNow(id: string, options: ReadBlobOptions): Promise<Uint8Array> {
    if (isClosed) throw new TypeError("a tree that was closed cannot be read");
    answers ??= startAnswers(place);
    try {
      return await askFor(answers, id, options);
    } catch (error) {
      // What it says next would be the answer to this question.
      await stop(answers);
      answers = undefined;
      throw error;
    }
  }

  return {
    async read(id, options) {
      const result = turn.then(() => readNow(id, options));
      turn = result.catch(() => undefined);
      return await result;
    },
    async close() {
      isClosed = true;
      await turn;
      if (answers !== undefined) await stop(answers);
      answers = undefined;
    },
  };
}

/** What a process has answered, taken in pieces. */
interface Answers extends GitProcess {
  readonly place: GitPlace;
  readonly chunks: AsyncIterator<Buffer>;
  /** Taken from the stream and not yet asked for. */
  rest: Buffer;
}

function startAnswers(place: GitPlace): Answers {
  const process = startGit(place, COMMAND);
  // Whoever waits for an answer is told.
  process.ended.catch(() => undefined);
  const chunks = process.child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return { ...process, place, chunks, rest: Buffer.alloc(0) };
}

async function stop({ child, ended }: Answers): Promise<void> {
  child.stdout.destroy();
  child.kill();
  await ended.catch(() => undefined);
}

async function askFor(
  answers: Answers,
  id: string,
  { maxBytes, source }: ReadBlobOptions,
): Promise<Uint8Array> {
  answers.child.stdin.write(`${id}\n`);
  const header = await takeLine(answers);
  if (header === `${id} missing`) {
    throw new SourceError("ERR_FILE_UNREADABLE", "git does not have what is recorded here", {
      source,
      hint: "fetch it, or see what git fsck says",
    });
  }
  const found = HEADER.exec(header)?.groups;
  if (found?.["id"] !== id || found["type"] !== "blob") throw unexpectedAnswer("cat-file");
  const size = Number(found["size"]);
  if (size > maxBytes) {
    throw new SourceError("ERR_LIMIT_EXCEEDED", `the file has ${size} bytes; at most ${maxBytes} are read`, {
      source,
    });
  }
  const bytes = await take(answers, size);
  const [end] = await take(answers, 1);
  if (end !== LINE_FEED) throw unexpectedAnswer("cat-file");
  return bytes;
}

async function takeLine(answers: Answers): Promise<string> {
  for (;;) {
    const end = answers.rest.indexOf(LINE_FEED);
    if (end !== -1) {
      const line = answers.rest.toString("latin1", 0, end);
      answers.rest = answers.rest.subarray(end + 1);
      return line;
    }
    if (answers.rest.length > MAX_HEADER_BYTES) throw unexpectedAnswer("cat-file");
    answers.rest = Buffer.concat([answers.rest, await nextChunk(answers)]);
  }
}

async function take(answers: Answers, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    if (answers.rest.length === 0) answers.rest = await nextChunk(answers);
    const part = answers.rest.subarray(0, size - filled);
    bytes.set(part, filled);
    filled += part.length;
    answers.rest = answers.rest.subarray(part.length);
  }
  return bytes;
}

async function nextChunk({ chunks, ended, place }: Answers): Promise<Buffer> {
  const next = await chunks.next();
  if (next.done !== true) return next.value;
  const run = await ended;
  throw run.code === 0 ? unexpectedAnswer("cat-file") : failureOf(place, COMMAND, run);
}
