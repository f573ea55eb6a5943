import type { Case } from "../measure.ts";
import type { Subject } from "../subject.ts";
import type { Workspace } from "../workspace.ts";

/** What importing costs an application before it has done anything. */
export function importSubject({ writeTimed }: Workspace): Subject {
  const importing = (name: string): Case => ({
    name: `import("${name}")`,
    file: writeTimed(`import-${name}.mjs`, `await import("${name}");`),
    clock: "inside",
  });
  const ours = importing("sealconf");
  const theirs = importing("c12");
  return {
    title: "Import",
    cases: [ours, theirs],
    comparison: { ours, theirs, target: "at most", limit: 0.25 },
  };
}
