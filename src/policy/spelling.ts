import { compilePatterns } from "./pattern.ts";

/** How a text of the policy is to be written. */
export interface Spelling {
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
  readonly mistakes: readonly Mistake[];
}

/** What can be read and would cover nothing, or not what it was written for: other tools spell it so. */
interface Mistake {
  readonly found: RegExp;
  readonly what: string;
  readonly hint: string;
}

const SLASHES = "write / between folders";

/** A rule's `files`. `schema/policy.schema.json` says the same, but for what the compiler of globs alone can tell. */
export const GLOB: Spelling = {
  expected: 'a glob relative to the policy\'s folder, or "$env"',
  accepts: isRelativeGlob,
  mistakes: [
    {
      found: /^[\s\S]{1025}/u,
      what: "the glob is longer than 1,024 characters",
      hint: "name the files in several globs",
    },
    {
      found: /\{env\}/,
      what: "{env} is for load, and stands for no env in files",
      hint: "name each env's files in a rule of its own",
    },
    {
      found: /\\(?:[\w.]|[^\u0000-\u007f]|$)/,
      what: "a backslash does not stand between folders, and there is nothing here to escape",
      hint: SLASHES,
    },
    {
      found: /(?:^|\/)\.?$/,
      what: "the glob means a folder itself, not the files in it",
      hint: "write config/** for what lies in the folder config",
    },
  ],
};

/** The path of a `load` entry, and what it stands for. */
export const LOAD_PATH: Spelling = {
  expected: "a path",
  accepts: (text) => text !== "",
  mistakes: [
    { found: /\$\{env\}/, what: "the env takes the place of {env} alone, not of its $", hint: "write {env}" },
    { found: /\\/, what: "a backslash does not stand between folders", hint: SLASHES },
  ],
};

/** A pattern of `secrets` and `raw`. */
export const PATH_PATTERN: Spelling = {
  expected: "a path pattern such as db.password or **.token",
  accepts: isPattern,
  mistakes: [
    {
      found: /^!?\s|^(?:[^\\]|\\[\s\S])*\s$/,
      what: "a blank stands before or behind the path pattern",
      hint: "take it away; a blank of a key is written with a backslash before it",
    },
    {
      found: /^(?:[^\\{}]|\\[\s\S])*[{}]/,
      what: "braces do not stand for several names in a path pattern",
      hint: "write a pattern for each: **.password, **.token; a brace of a key is \\{",
    },
    {
      found: /\*\*\//,
      what: "a slash does not stand between the keys of a path pattern",
      hint: "write a dot: **.password",
    },
    {
      found: /^!?\$[.[]/,
      what: "a path pattern does not begin with $",
      hint: "leave it out: **.password; a $ of a key is \\$",
    },
  ],
};

function isRelativeGlob(glob: string): boolean {
  return glob !== "" && !glob.startsWith("/") && !glob.startsWith("!") && !glob.split("/").includes("..");
}

function isPattern(text: string): boolean {
  try {
    compilePatterns([text]);
    return true;
  } catch {
    // compilePatterns throws for one reason: the text is not a path.
    return false;
  }
}
