import type { ErrorCode } from "yaml";

/** What each of the parser's codes means, in words of ours: its own messages quote keys, anchors and lines. */
export const YAML_REASONS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias cannot have an anchor or a tag",
  BAD_ALIAS: "an anchor or alias whose name cannot be read",
  BAD_COLLECTION_TYPE: "a tag that does not fit what follows it",
  BAD_DIRECTIVE: "a directive that is not known",
  BAD_DQ_ESCAPE: "an escape that YAML does not know",
  BAD_INDENT: "the indentation does not fit the lines around it, or a bracket is not closed",
  BAD_PROP_ORDER: "an anchor or tag in the wrong place",
  BAD_SCALAR_START: "a value cannot start with this character: quote it",
  BLOCK_AS_IMPLICIT_KEY: "a nested map or list must start on a line of its own",
  BLOCK_IN_FLOW: "a block map or list cannot stand in brackets",
  DUPLICATE_KEY: "a key that stands here twice",
  IMPOSSIBLE: "lines that do not fit together",
  KEY_OVER_1024_CHARS: "a key of more than 1,024 characters",
  MISSING_CHAR: "a bracket, quote, comma, colon, space or line break is missing",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line and be followed by a colon",
  MULTIPLE_ANCHORS: "more than one anchor for a value",
  MULTIPLE_DOCS: "more than one document in the file",
  MULTIPLE_TAGS: "more than one tag for a value",
  NON_STRING_KEY: "a key that is not a string",
  RESOURCE_EXHAUSTION: "nested too deep",
  TAB_AS_INDENT: "tabs cannot indent: use spaces",
  TAG_RESOLVE_FAILED: "a tag that is not read here, or a value that does not fit it",
  UNEXPECTED_TOKEN: "text that is not expected here",
};
