import { ANY_INDEX, type Path } from "../path/path.ts";
import { FORBIDDEN_NAMES } from "./document.ts";
import type { FoundPlace, Place } from "./place.ts";
import { FORBIDDEN_KEY } from "./problem.ts";
import { hasNoColon, refusal, refuseNoColon } from "./refusal.ts";

/** What a variable may be called. */
const DOTENV_NAME = /^[\w.-]+$/;

/** @throws SourceError where nothing can stand at a path, whatever the value. */
export function checkAddition({ place, missing }: FoundPlace): void {
  const { document, node } = place;
  const path = [...place.path, ...missing];
  const [segment, ...below] = missing;
  checkIndices(place, path);
  if (hasNoColon(place)) throw refuseNoColon(place);
  if (node.kind === "scalar" && node.value !== null) {
    throw refusal(place, "nothing can stand below this value", "name another path, or make the value a map");
  }
  if (node.kind === "list") checkListIndex(place, node.items.length, segment);
  else if (typeof segment === "number") {
    throw refusal(place, "the path names an element where no list is", "name a key", path);
  }
  if (below.some((one) => typeof one === "number")) {
    throw refusal(place, "the path names an element where no list is", "write the list first", path);
  }
  if (missing.some((one) => FORBIDDEN_NAMES.has(String(one))))
    throw refusal(place, FORBIDDEN_KEY, "choose another name", path);
  if (document.format !== "dotenv") return;
  if (below.length > 0)
    throw refusal(place, "a dotenv file holds variables and no maps", "name one variable", path);
  if (!DOTENV_NAME.test(String(segment))) {
    throw refusal(place, "dotenv has no such names", "use letters, digits, _, . and -", path);
  }
}

/** @throws SourceError where a path says "some element of the list". */
export function checkIndices(place: Place, path: Path): void {
  if (!path.includes(ANY_INDEX)) return;
  const hint = "name its index: servers[0].token";
  throw refusal(place, "the path does not say which element of the list", hint, path);
}

function checkListIndex(place: Place, length: number, segment: string | number | undefined): void {
  if (segment === length) return;
  if (typeof segment !== "number") throw refusal(place, "a list has elements and no keys", "name one: [0]");
  const elements = length === 1 ? "1 element" : `${length} elements`;
  throw refusal(place, `the list has ${elements}`, `name one of them, or [${length}] to add one`);
}
