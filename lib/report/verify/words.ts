import { decidedBy, meshWords, plural, portWords } from "../../reachability/words";
import { type NotProbed, requestWords } from "../../verify/probe";
import { type Counts, countsOf, type EdgeReport, holds, type VerifyReport } from "../../verify/report";
import type { Traffic } from "../../verify/traffic";
import { differingWords } from "./controller-words";

/** `The fence holds: 24 of 24 edges are as predicted` */
export function headline(report: VerifyReport): string {
  const { edges } = report;
  if (edges.length === 0) return "Nothing was probed";
  const counts = countsOf(report);
  const agreeing = `${counts.agrees} of ${plural(edges.length, "edge")} ${counts.agrees === 1 ? "is" : "are"} as predicted`;
  if (holds(report)) return `The fence holds: ${agreeing}`;
  const unready = report.readiness.some((condition) => condition.holds === false);
  const differs = differingWords(report.controller);
  const rest = [
    ...(counts.disagrees > 0 ? [`${counts.disagrees} not`] : []),
    ...(counts.inconclusive > 0 ? [`${counts.inconclusive} inconclusive`] : []),
    ...(unready ? ["the cluster was not ready"] : []),
    ...(differs === undefined ? [] : [differs]),
  ];
  return [
    counts.disagrees > 0 || differs !== undefined ? "The fence does not hold" : "The fence is not proven",
    [agreeing, ...rest].join(", "),
  ].join(": ");
}

/** `context kind-meshfence · namespace shop · mesh: transparent · 12.3 s` */
export function settingWords({ context, namespaces, transportMode, seconds }: VerifyReport): string {
  const where = `${namespaces.length === 1 ? "namespace" : "namespaces"} ${namespaces.join(", ")}`;
  const mesh = transportMode === undefined ? [] : [`mesh: ${transportMode}`];
  return [`context ${context}`, where, ...mesh, `${seconds.toFixed(1)} s`].join(" · ");
}

/** `reachable, mTLS`, `denied`: as predicted. */
export function predictedWords({ predicted, verdict }: EdgeReport): string {
  if (predicted === "denied" || verdict.wire?.mtls !== true) return predicted;
  return `${predicted}, ${meshWords(verdict)}`;
}

/** `reachable, mTLS`, `denied`, `inconclusive`: as observed. */
export function observedWords({ observed, mtls }: EdgeReport): string {
  if (mtls === undefined) return observed;
  if (mtls.state === "proven") return `${observed}, mTLS`;
  return mtls.state === "plain text" ? `${observed}, plain text` : `${observed}, mTLS not proven`;
}

/** The evidence, and what stopped or secured the edge. */
export function howWords({
  how,
  mtls,
  admission,
  stoppedBy,
  traffic,
  predicted,
  agreement,
  verdict,
}: EdgeReport): string[] {
  const wrongly = predicted === "allowed" && agreement === "disagrees";
  return [
    ...how,
    ...(wrongly ? [`predicted: allowed by ${decidedBy(verdict)}`] : []),
    ...(mtls === undefined ? [] : [mtls.how]),
    ...(admission === undefined ? [] : [admission.how]),
    ...(stoppedBy === undefined
      ? []
      : [stoppedBy.source === "seen" ? `stopped by ${stoppedBy.by}` : `predicted: ${stoppedBy.by}`]),
    ...(traffic === undefined ? [] : [trafficWords(traffic)]),
  ];
}

/** As `linkerd viz stat` has it: `5.0 requests/s, 100.00 % succeed, p50 1 ms, p95 2 ms, p99 3 ms`. */
export function trafficWords({ requestsPerSecond, successRate, latency }: Traffic): string {
  const bound = (value: number) => (Number.isFinite(value) ? `${value} ms` : "over 50 s");
  return [
    `${requestsPerSecond.toFixed(1)} requests/s flow here`,
    `${(successRate * 100).toFixed(2)} % succeed`,
    ...(latency === undefined
      ? []
      : [`p50 ${bound(latency.p50)}`, `p95 ${bound(latency.p95)}`, `p99 ${bound(latency.p99)}`]),
  ].join(", ");
}

export const agreementMark: Record<EdgeReport["agreement"], string> = {
  agrees: "✓",
  disagrees: "✗",
  inconclusive: "?",
};

export function edgeWords({
  from,
  to,
  ...asked
}: Pick<EdgeReport, "from" | "to" | "proto" | "port" | "request">): string {
  return `${from} → ${to} ${askedWords(asked)}`;
}

/** `TCP 8080`, `TCP 8080 GET /api` */
export function askedWords({ request, ...port }: Pick<EdgeReport, "proto" | "port" | "request">): string {
  return `${portWords(port)}${requestWords(request)}`;
}

/** Groups edges by the reason why they are not probed. */
export function byReason(notProbed: readonly NotProbed[]): { why: string; edges: NotProbed[] }[] {
  const reasons = new Map<string, NotProbed[]>();
  for (const edge of notProbed) reasons.set(edge.why, [...(reasons.get(edge.why) ?? []), edge]);
  return [...reasons].map(([why, edges]) => ({ why, edges }));
}

export function countWords(counts: Counts): string {
  return [
    `${counts.agrees} as predicted`,
    `${counts.disagrees} not as predicted`,
    `${counts.inconclusive} inconclusive`,
    `${counts["not probed"]} not probed`,
  ].join(" · ");
}
