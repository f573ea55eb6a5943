/** One module that a source file names. */
export interface Import {
  /** The name as written; `undefined` where it is not one literal. */
  readonly specifier: string | undefined;
  /** `static` ones load with the file, `dynamic` ones when their line runs, `type` ones never. */
  readonly kind: "static" | "dynamic" | "type";
}

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*).*$/gm;
const STATEMENT = /^(?:import|export)\s+(?<type>type\s+)?(?:[\w$*\s{},]+?\sfrom\s+)?"(?<specifier>[^"]+)"/gm;
const CALL = /\bimport\(\s*(?:"(?<specifier>[^"]+)"\s*\))?/g;

/** Finds every module that a file names. The file must be formatted as the project formats its files. */
export function findImports(text: string): Import[] {
  const code = text.replace(COMMENT_LINE, "");
  const statements = [...code.matchAll(STATEMENT)].map(({ groups }): Import => ({
    specifier: groups?.["specifier"],
    kind: groups?.["type"] === undefined ? "static" : "type",
  }));
  const calls = [...code.matchAll(CALL)].map(({ groups }): Import => ({
    specifier: groups?.["specifier"],
    kind: "dynamic",
  }));
  return [...statements, ...calls];
}
