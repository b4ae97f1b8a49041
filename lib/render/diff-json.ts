import type { DiffReport } from "./diff-rows";

/** The whole difference for scripts, in a stable order. */
export function diffJson({ names, diff, refused, warnings, problems, notices = [] }: DiffReport): string {
  const { opened, closed, changed, redecided, unchanged, endpoints } = diff;
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
  const content = {
    before: names.before,
    after: names.after,
    opened,
    closed,
    changed,
    redecided,
    unchanged,
    refused,
    endpoints: { added: ids(endpoints.added), removed: ids(endpoints.removed) },
    warnings,
    problems,
    notices,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
