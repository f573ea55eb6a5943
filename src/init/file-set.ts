/** A glob, and the files that it means. */
export interface FileSet {
  readonly glob: string;
  readonly has: (path: string) => boolean;
}

/** `config/app.yaml`. */
export function oneFile(path: string): FileSet {
  return { glob: escapeGlob(path), has: (each) => each === path };
}

/** `config/**`. */
export function filesOfFolder(folder: string): FileSet {
  return { glob: `${escapeGlob(folder)}/**`, has: (path) => path.startsWith(`${folder}/`) };
}

/** All `.yaml` files below `config`. */
export function filesWithEnding(folder: string, ending: string): FileSet {
  return {
    glob: `${escapeGlob(folder)}/**/*${ending}`,
    has: (path) => path.startsWith(`${folder}/`) && path.endsWith(ending),
  };
}

/** `config/production.*`: the files beside each other whose paths start with `config/production.`. */
export function filesStartingWith(start: string): FileSet {
  return {
    glob: `${escapeGlob(start)}*`,
    has: (path) => path.startsWith(start) && !path.slice(start.length).includes("/"),
  };
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|^$]/g, "\\$&");
}
