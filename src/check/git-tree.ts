import { SourceError } from "../errors/index.ts";
import type { GitTree } from "../git/index.ts";

import type { EntryKind, FileTree } from "./file-tree.ts";
import { reasonOf } from "./finding.ts";

/** The files that git recorded, in the index or in a commit. */
export function gitTree({ entries, read }: GitTree, show: (path: string) => string): FileTree {
  return {
    list: async () => new Map<string, EntryKind>([...entries].map(([path, { kind }]) => [path, kind])),
    kindOf: async (path) => entries.get(path)?.kind,
    async read(path) {
      if (!entries.has(path)) return undefined;
      try {
        return await read(path);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        // git knows the repository's root, and people where they are.
        const { code, hint } = error;
        throw new SourceError(code, reasonOf(error), { source: { file: show(path) }, hint });
      }
    },
  };
}
