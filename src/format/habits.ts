import { childrenOf, writtenChildren } from "./children.ts";
import type { Document, DocumentNode, MapNode } from "./document.ts";
import { columnOf } from "./lines.ts";

/** How a document's author writes, for what is added to it. */
export interface Habits {
  /** The quote that most keys stand in; none where most are plain. */
  readonly keyQuote: string | undefined;
  /** The same of values that are strings. */
  readonly valueQuote: string | undefined;
}

/** Looks at what stands on lines of its own; in brackets the format or the neighbours decide. */
export function findHabits({ text, root }: Document): Habits {
  const keys = new Tally();
  const values = new Tally();
  const visit = (node: DocumentNode): void => {
    if (node.repeats !== undefined) return;
    if (node.kind === "scalar") {
      if (typeof node.value === "string" && node.start < node.end) values.add(text[node.start]);
      return;
    }
    if (node.flow) return;
    if (node.kind === "map") {
      for (const { start } of writtenChildren(node)) keys.add(text[start]);
    }
    for (const [, child] of childrenOf(node)) visit(child);
  };
  visit(root);
  return { keyQuote: keys.quoteOfMost(), valueQuote: values.quoteOfMost() };
}

/** Counts how often each quote begins something. */
class Tally {
  #count = 0;
  readonly #quoted = new Map<string, number>([
    ['"', 0],
    ["'", 0],
    ["`", 0],
  ]);

  add(first = ""): void {
    this.#count += 1;
    const count = this.#quoted.get(first);
    if (count !== undefined) this.#quoted.set(first, count + 1);
  }

  quoteOfMost(): string | undefined {
    return [...this.#quoted].find(([, count]) => 2 * count > this.#count)?.[0];
  }
}

const stepOf = new WeakMap<Document, number | undefined>();

/** How far a YAML document indents what is nested, by the first that is; undefined where nothing is. */
export function indentationStep(document: Document): number | undefined {
  if (!stepOf.has(document)) stepOf.set(document, findStep(document.text, document.root));
  return stepOf.get(document);
}

function findStep(text: string, node: DocumentNode): number | undefined {
  if (node.kind === "scalar" || node.flow || node.repeats !== undefined) return undefined;
  for (const [, child] of childrenOf(node)) {
    const step = (node.kind === "map" ? stepBetween(text, node, child) : undefined) ?? findStep(text, child);
    if (step !== undefined) return step;
  }
  return undefined;
}

function stepBetween(text: string, parent: MapNode, child: DocumentNode): number | undefined {
  if (child.kind === "scalar" || child.flow || child.repeats !== undefined) return undefined;
  return validStep(columnOf(text, child.start) - columnOf(text, parent.start));
}

/** What an indentation indicator can say. */
export function validStep(step: number): number | undefined {
  return step >= 1 && step <= 9 ? step : undefined;
}
