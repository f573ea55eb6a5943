import { readFileSync } from "node:fs";

/** Returns the package's version. */
export function readVersion(): string {
  // The package's root is above dist/cli as it is above build/src/cli.
  for (const folder of ["../../", "../../../"]) {
    try {
      const manifest: unknown = JSON.parse(
        readFileSync(new URL(`${folder}package.json`, import.meta.url), "utf8"),
      );
      if (typeof manifest === "object" && manifest !== null && "version" in manifest)
        return String(manifest.version);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  throw new Error("the package has no package.json");
}
