/** A pre-receive hook: writes down which commits each line of the push brings. */
import { readFileSync, writeFileSync } from "node:fs";

import { commitsIn, openRepository } from "../../src/git/index.ts";

/** What the hook wrote down: the commits of each line. */
export type Pushes = readonly (readonly string[])[];

const repository = await openRepository(process.cwd(), process.env);
const lines = readFileSync(0, "utf8").trimEnd().split("\n");
const pushes: (readonly string[])[] = [];
for (const line of lines) {
  const [before, after] = line.split(" ");
  pushes.push(await commitsIn(repository, `${before}..${after}`));
}
writeFileSync(process.env["SEALCONF_TEST_RECORD"] ?? "", JSON.stringify(pushes satisfies Pushes));
