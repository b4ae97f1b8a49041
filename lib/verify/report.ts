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
  /** Absent where nothing is meshed. */
  transportMode?: string;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  edges: readonly EdgeReport[];
  /** What Linkerd's policy controller says of the ports that were probed. Absent: nobody asked, or no port of a meshed pod was probed. */
  controller?: ControllerReport;
  notProbed: readonly NotProbed[];
  /** How many edges were left out because of the limit. */
  overLimit: number;
  /** What holds before anything is probed, and what could not be found out. */
  readiness: readonly { what: string; holds?: boolean; detail: readonly string[]; cure?: string }[];
  /** What limits the answer: nothing outside probed, rights that are missing. */
  notes: readonly Note[];
  /** What it was held against: the cluster as it was read, with what was made for the proof. */
  judged?: { scenario: Scenario; policies: readonly EvaluatedPolicy[]; problems: readonly Problem[] };
}

/** The policy controller's view, held against the predicted one. */
export interface ControllerReport {
  /** The pod that answered: `linkerd/linkerd-destination-6d9c`. Absent where none did. */
  answeredBy?: string;
  /** Why nothing is known of any port, and what would help. */
  absent?: Note;
  ports: readonly ControllerPort[];
}

/** One port of one pod by the policy controller. */
export interface ControllerPort {
  /** The workload. */
  to: string;
  port: number;
  state: "agrees" | "differs" | "not proven";
  /** Who decides, where that agrees; each difference; or why nothing is known. */
  how: readonly string[];
}

export interface Note {
  text: string;
  /** Rights that would help. */
  rules?: readonly AccessRule[];
}

/** One edge that was asked about. */
export interface EdgeReport {
  from: string;
  to: string;
  proto: string;
  port: number;
  /** Where Linkerd decides by request: which was asked for. */
  request?: AskedRequest;
  predicted: Prediction;
  verdict: Verdict;
  observed: "reachable" | "denied" | "inconclusive";
  /** How it was seen, most telling first. */
  how: readonly string[];
  /** Absent where no mutual TLS is predicted, or nobody asked. */
  mtls?: { state: "proven" | "plain text" | "not proven"; how: string };
  /** Who admitted it, by the target's own proxy. Absent where Linkerd decides nothing there, or nobody asked. */
  admission?: Admission;
  /** Of a denial, predicted or seen: Cilium's own word where it was heard, else what the prediction says. */
  stoppedBy?: { by: string; source: "seen" | "predicted" };
  /** What else flows on this edge. */
  traffic?: Traffic;
  agreement: Agreement;
}

export type Counts = Record<Agreement | "not probed", number>;

export function countsOf({ edges, notProbed }: Pick<VerifyReport, "edges" | "notProbed">): Counts {
  const counts: Counts = { agrees: 0, disagrees: 0, inconclusive: 0, "not probed": notProbed.length };
  for (const { agreement } of edges) counts[agreement]++;
  return counts;
}

/** Whether the fence holds: every edge that was asked about agrees, and there was one, and the policy controller has no other view. */
export function holds(report: Pick<VerifyReport, "edges" | "readiness" | "controller">): boolean {
  return (
    report.edges.length > 0 &&
    report.controller?.ports.some(({ state }) => state === "differs") !== true &&
    report.edges.every(({ agreement }) => agreement === "agrees") &&
    report.readiness.every((condition) => condition.holds !== false)
  );
}
