export { changesOf, stagedChanges } from "./changes.ts";
export { commitsIn } from "./commits.ts";
export type { GitEntry } from "./list-entries.ts";
export { isLastingIndex, openRepository, type Repository } from "./repository.ts";
export type { Environment } from "./run-git.ts";
export { hooksFolder, readSetting, writeSetting } from "./settings.ts";
export { type StagedFile, stageFiles } from "./stage-files.ts";
export { type GitTree, readCommit, readIndex } from "./tree.ts";
export { matchesWorkTree } from "./work-tree.ts";
