/** Returns the code of an error that Node itself made: `ENOENT`. Test runners such as Jest give modules another `Error`. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}
