/** Whether this machine has something that the sandbox needs. */
export interface PreflightCheck {
  /** What was looked for. */
  readonly what: string;
  readonly ok: boolean;
  /** What was found, or why it is not enough. */
  readonly found: string;
  /** What the user can do. Absent if nothing is missing, or if another check already says it. */
  readonly fix?: string;
}

const width = 80;

/** The checks as a table of at most 80 columns, with the remedies below it. */
export function preflightTable(checks: readonly PreflightCheck[]): string {
  const column = Math.max(...checks.map(({ what }) => what.length));
  const rows = checks.map(({ what, ok, found }) => {
    const row = `  ${ok ? "ok     " : "missing"}  ${what.padEnd(column)}  ${found}`;
    return row.length <= width ? row : `${row.slice(0, width - 1)}…`;
  });
  const remedies = checks.flatMap(({ what, fix }) => (fix === undefined ? [] : [`  ${what}: ${fix}`]));
  return [...rows, ...(remedies.length === 0 ? [] : ["", "To do:", ...remedies])].join("\n");
}
