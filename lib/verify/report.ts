import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { AccessRule } from "../cluster";
import type { Problem } from "../common/problem";
import type { AskedRequest } from "../reachability/requests";
import type { Verdict } from "../reachability/verdict";
import type { Scenario } from "../scenario/scenario";
import type { Admission } from "./authorization";
import type { Agreement } from "./judge";
import type { NotProbed, Prediction } from "./probe";
import type { Traffic } from "./traffic";

/** Everything that the renderers of `verify` show. */
export interface VerifyReport {
  context: string;
  namespaces: readonly string[];
  /** Absent: nothing is meshed. */
  transportMode?: string;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  edges: readonly EdgeReport[];
  /** The policy controller's view of the probed ports. Absent if it was not asked, or no port of a meshed pod was probed. */
  controller?: ControllerReport;
  notProbed: readonly NotProbed[];
  /** How many edges were left out because of the limit. */
  overLimit: number;
  /** Conditions that were checked before probing, including those that could not be determined. */
  readiness: readonly { what: string; holds?: boolean; detail: readonly string[]; cure?: string }[];
  /** What limits the answer, e.g. that nothing outside was probed, or that permissions are missing. */
  notes: readonly Note[];
  /** What the prediction was made from: the cluster as it was read, with what was created for the proof. */
  judged?: { scenario: Scenario; policies: readonly EvaluatedPolicy[]; problems: readonly Problem[] };
}

/** The policy controller's view, compared with the predicted one. */
export interface ControllerReport {
  /** The pod that answered: `linkerd/linkerd-destination-6d9c`. Absent if none did. */
  answeredBy?: string;
  /** Why no port could be compared, and what would help. */
  absent?: Note;
  ports: readonly ControllerPort[];
}

/** The comparison of one port of one pod. */
export interface ControllerPort {
  /** The workload. */
  to: string;
  port: number;
  state: "agrees" | "differs" | "not proven";
  /** What decides if both agree; each difference; or why nothing is known. */
  how: readonly string[];
}

export interface Note {
  text: string;
  /** RBAC rules that would help. */
  rules?: readonly AccessRule[];
}

/** One edge that was probed. */
export interface EdgeReport {
  from: string;
  to: string;
  proto: string;
  port: number;
  /** The request that was sent, if Linkerd decides by request. */
  request?: AskedRequest;
  predicted: Prediction;
  verdict: Verdict;
  observed: "reachable" | "denied" | "inconclusive";
  /** The evidence, strongest first. */
  how: readonly string[];
  /** Absent if mTLS is not predicted, or was not checked. */
  mtls?: { state: "proven" | "plain text" | "not proven"; how: string };
  /** What admitted it, according to the target's own proxy. Absent if Linkerd decides nothing, or the proxy was not read. */
  admission?: Admission;
  /** What denies it, as Cilium reported or else as predicted. */
  stoppedBy?: { by: string; source: "seen" | "predicted" };
  /** The application's own traffic on this edge. */
  traffic?: Traffic;
  agreement: Agreement;
}

export type Counts = Record<Agreement | "not probed", number>;

export function countsOf({ edges, notProbed }: Pick<VerifyReport, "edges" | "notProbed">): Counts {
  const counts: Counts = { agrees: 0, disagrees: 0, inconclusive: 0, "not probed": notProbed.length };
  for (const { agreement } of edges) counts[agreement]++;
  return counts;
}

/** Whether the fence holds: at least one edge was probed, all agree with the prediction, and so does the policy controller. */
export function holds(report: Pick<VerifyReport, "edges" | "readiness" | "controller">): boolean {
  return (
    report.edges.length > 0 &&
    report.controller?.ports.some(({ state }) => state === "differs") !== true &&
    report.edges.every(({ agreement }) => agreement === "agrees") &&
    report.readiness.every((condition) => condition.holds !== false)
  );
}
