/** What was looked for on this machine, and what was found. */
export interface Finding {
  /** What was looked for. */
  readonly what: string;
  readonly ok: boolean;
  /** What was found, or why it does not do. */
  readonly found: string;
  /** What the user can do. Undefined where all is well, or where another finding says it. */
  readonly fix?: string;
}

const width = 80;

/** The findings as a table of at most 80 columns, with the remedies below it. */
export function findingsTable(findings: readonly Finding[]): string {
  const column = Math.max(...findings.map(({ what }) => what.length));
  const rows = findings.map(({ what, ok, found }) => {
    const row = `  ${ok ? "ok     " : "missing"}  ${what.padEnd(column)}  ${found}`;
    return row.length <= width ? row : `${row.slice(0, width - 1)}…`;
  });
  const remedies = findings.flatMap(({ what, fix }) => (fix === undefined ? [] : [`  ${what}: ${fix}`]));
  return [...rows, ...(remedies.length === 0 ? [] : ["", "To do:", ...remedies])].join("\n");
}
