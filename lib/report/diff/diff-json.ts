import { edgesOf } from "../../reachability/diff";
import { jsonText } from "../json";
import { replayDocument } from "../traffic/replay-json";
import type { DiffReport } from "./diff-rows";

/** The whole difference for scripts, in a stable order, edge by edge. */
export function* diffJson(report: DiffReport): Generator<string> {
  const {
    names,
    diff,
    refused,
    warnings,
    problems,
    unseen = [],
    unapplied = [],
    notices = [],
    traffic,
    fixes,
  } = report;
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
  yield `${JSON.stringify({ before: names.before, after: names.after }, null, 2).slice(0, -2)}`;
  for (const kind of ["opened", "closed", "unclear", "changed", "redecided"] as const) {
    yield `,\n  ${JSON.stringify(kind)}: [`;
    let separator = "\n    ";
    for (const edge of edgesOf(diff[kind])) {
      yield separator + indented({ ...edge, why: report.why(edge) }, 4);
      separator = ",\n    ";
    }
    yield diff[kind].length > 0 ? "\n  ]" : "]";
  }
  const rest = {
    unchanged: diff.unchanged,
    refused,
    endpoints: { added: ids(diff.endpoints.added), removed: ids(diff.endpoints.removed) },
    warnings,
    problems,
    unseen,
    ...(unapplied.length > 0 && { unapplied: unapplied.map(({ file, reason }) => ({ file, reason })) }),
    notices,
    ...(fixes !== undefined && fixes.length > 0 && { fixes }),
    ...(traffic !== undefined && { traffic: replayDocument(traffic) }),
  };
  yield `,${jsonText(rest).slice(1)}\n`;
}

const indented = (value: unknown, spaces: number) => jsonText(value).replaceAll("\n", `\n${" ".repeat(spaces)}`);
