import { LoadError, type ProblemError, SealconfError } from "../errors/index.ts";

interface Problem {
  readonly layer: number;
  readonly offset: number;
  readonly error: ProblemError;
}

/** Where a problem stands in the order in which people are told. */
export interface ProblemPlace {
  readonly layer: number;
  readonly offset?: number | undefined;
}

/** Comes after every file. */
export const AFTER_ALL_LAYERS: ProblemPlace = { layer: Number.POSITIVE_INFINITY };
/** Comes before every file. */
export const BEFORE_ALL_LAYERS: ProblemPlace = { layer: -1 };

/** Collects what is wrong with a load, so that people are told all of it at once. */
export class Problems {
  readonly #found: Problem[] = [];

  add(error: ProblemError, { layer, offset = -1 }: ProblemPlace): void {
    this.#found.push({ error, layer, offset });
  }

  /** Runs `step`; an error of this package that it throws is collected, and `undefined` returned. */
  collect<Result>(place: ProblemPlace, step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#take(error, place);
      return undefined;
    }
  }

  /** The same for a step that takes time. */
  async collectAsync<Result>(place: ProblemPlace, step: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await step();
    } catch (error) {
      this.#take(error, place);
      return undefined;
    }
  }

  /** @throws LoadError with all problems in file order */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new LoadError(this.inOrder());
  }

  /** All problems in file order, the same one once. */
  inOrder(): readonly ProblemError[] {
    const ordered = this.#found.toSorted((a, b) => compare(a.layer, b.layer) || compare(a.offset, b.offset));
    // What is wrong with the environment is met by each value that needs it, and told once.
    const once = new Map<string, ProblemError>();
    for (const { error } of ordered) if (!once.has(error.message)) once.set(error.message, error);
    return [...once.values()];
  }

  #take(error: unknown, place: ProblemPlace): void {
    if (!(error instanceof SealconfError) || error instanceof LoadError) throw error;
    // SealconfError is abstract and LoadError is out: what is left is the union of the others.
    this.add(error as ProblemError, place);
  }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
