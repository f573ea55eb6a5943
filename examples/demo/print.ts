/** Prints the title of a part. */
export function headline(title: string): void {
  console.log(`\n${title}\n${"=".repeat(title.length)}`);
}

/** Prints what happens, or has happened. */
export function explain(...lines: readonly string[]): void {
  console.log(`\n${lines.join("\n")}`);
}

/** Prints rows with their columns aligned. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  for (const row of rows) {
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
  }
}
