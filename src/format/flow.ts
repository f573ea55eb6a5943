import type { ListNode, MapNode } from "./document.ts";
import { afterWhiteSpace, lineEndOf } from "./lines.ts";

/** False for `[a: b]`, a map within a list's brackets that has none of its own. */
export function hasBrackets(text: string, { kind, start }: MapNode | ListNode): boolean {
  return text[start] === (kind === "map" ? "{" : "[");
}

/** Where the comma stands that ends an entry or item; undefined where a bracket follows. */
export function findComma(text: string, end: number): number | undefined {
  let at = afterWhiteSpace(text, end);
  while (text[at] === "#") at = afterWhiteSpace(text, lineEndOf(text, at));
  return text[at] === "," ? at : undefined;
}
