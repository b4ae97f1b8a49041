import type { Unseen } from "../../common/unseen";
import { plural } from "../../reachability/words";
import { mayHide, type PassedOver, passedOverWords } from "../hubble/passed-over";
import type { Traffic } from "../traffic";

/** An edge of traffic, with what the replayed policies do to it. */
export interface ReplayedEdge {
  /** As `reach` names it. */
  from: string;
  to: string;
  /** The application's port; for ICMP, the type. `unknown`: only Linkerd's 4143 was seen, and no proxy reported the port. */
  port: number | "unknown";
  protocol: string;
  /** The port on the wire, where it differs. */
  wire?: number;
  /** The layer that decides. */
  layer: "cilium" | "linkerd";
  /** What denies or allows it, or what would have to be known. */
  by: string[];
  flows: number;
  requests?: number;
  /** What happened to it when it was recorded. */
  was: "passed" | "audited" | "denied";
  /** When a policy began to deny all of it, after it had passed. RFC 3339. */
  deniedSince?: string;
  first?: string;
  last?: string;
}

/** What policies would have done to recorded traffic. */
export interface Replay {
  first?: string;
  last?: string;
  /** Flows that were read. */
  flows: number;
  /** How many edges were seen. */
  edges: number;
  /** Edges that the policies deny, most traffic first, including those that were denied when they were recorded. */
  denied: ReplayedEdge[];
  /** Edges that cannot be decided, with what is missing. */
  unknown: ReplayedEdge[];
  /** Edges that the policies allow. */
  allowed: ReplayedEdge[];
  /** Edges that policies allow explicitly and that were not seen. */
  unused: ReplayedEdge[];
  /** What these recordings cannot have seen, one sentence each. */
  blind: string[];
  lost: Traffic["lost"];
  /** Lines that make no edge, by reason. */
  passedOver: readonly PassedOver[];
  /** What the manifests name and the verdicts do not take into account. Default: nothing. */
  unseen?: readonly Unseen[];
  /** Ids of workloads that only traffic has shown. They are judged by the labels that Hubble reports. */
  addedByTraffic: readonly string[];
}

/** Why a gate over traffic must not pass, one clause each: undecided edges, lost events, and lines that may hide an edge. */
export function openQuestions({
  unknown,
  lost,
  passedOver,
}: Pick<Replay, "unknown" | "lost" | "passedOver">): string[] {
  const undecided = unknown.filter(({ was }) => was !== "denied").length;
  const events = lost.reduce((sum, one) => sum + one.events, 0);
  return [
    ...(undecided > 0 ? [`${plural(undecided, "edge")} of the traffic could not be decided`] : []),
    ...(events > 0 ? [`${plural(events, "event")} of the traffic ${events === 1 ? "was" : "were"} lost`] : []),
    ...passedOver.filter(mayHide).map((lines) => `${plural(lines.count, "line")} told of ${passedOverWords(lines)}`),
  ];
}

/** Edges that the policies deny and that passed when they were recorded. */
export const wouldDeny = ({ denied }: Pick<Replay, "denied">): ReplayedEdge[] =>
  denied.filter(({ was }) => was !== "denied");
