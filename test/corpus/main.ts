// Seals values of files that other people published, opens them again and compares. `--first N` takes the first N files.
import { withServices } from "../../src/config/values.ts";
import { createSealer } from "../../src/edit/sealer.ts";
import { ENVIRONMENT } from "../support/load-fixture.ts";
import { listFiles, readPublished } from "./packages.ts";
import { roundTrip } from "./round-trip.ts";

const [option, count] = process.argv.slice(2);
const files = listFiles().slice(0, option === "--first" ? Number(count) : undefined);
const problems: string[] = [];
let tried = 0;
let identical = 0;

await withServices({ environment: ENVIRONMENT, deadlineMs: 60 * 60 * 1000 }, async (services) => {
  const sealer = createSealer(services);
  for (const file of files) {
    const result = await roundTrip(file, readPublished(file), sealer);
    problems.push(...result.problems);
    tried += result.tried;
    identical += result.identical;
  }
});

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(
  `${files.length} files, ${tried} values sealed and opened again: ${identical} files came back byte for byte, ` +
    `${tried - identical - problems.length} with this one value written otherwise, ${problems.length} wrong\n`,
);
process.exitCode = problems.length === 0 && tried > 0 ? 0 : 1;
