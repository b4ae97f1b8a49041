import { countsOf, holds, type VerifyReport } from "../../verify/report";
import { jsonText } from "../json";

/** One document with everything, in a stable order of keys and edges. */
export function verifyJson(report: VerifyReport): string {
  const { context, namespaces, transportMode, startedAt, seconds, overLimit, readiness, notes } = report;
  const document = {
    holds: holds(report),
    context,
    namespaces,
    ...(transportMode !== undefined && { mesh: { transportMode } }),
    startedAt,
    seconds,
    counts: countsOf(report),
    readiness,
    edges: report.edges.map(({ verdict, predicted, ...edge }) => {
      const { from, to, proto, port, ...seen } = edge;
      return { from, to, proto, port, predicted, verdict, ...seen };
    }),
    ...(report.controller !== undefined && { policyController: report.controller }),
    notProbed: report.notProbed,
    overLimit,
    notes,
  };
  return `${jsonText(document)}\n`;
}
