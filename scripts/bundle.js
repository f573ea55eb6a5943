// Writes the package's JavaScript into dist/. Node takes about a millisecond for each module that it loads, and a boot
// would load some seventy: bundled by what is needed together, it loads a dozen.
import { build } from "esbuild";

// Each on its own: what the commands import alone must not cut the library into more pieces.
const BUNDLES = [["index", "register"], ["emulator/index"], ["cli/bin-sealconf", "cli/bin-encrypt-value"]];

for (const [number, entries] of BUNDLES.entries()) {
  await build({
    entryPoints: entries.map((entry) => `src/${entry}.ts`),
    outbase: "src",
    outdir: "dist",
    chunkNames: `chunks/${["library", "emulator", "commands"][number]}-[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // What the package depends on is installed beside it.
    packages: "external",
  });
}
