import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { Unseen } from "../../common/unseen";
import { plural } from "../../reachability/words";
import type { AuthorizationFacts, Scenario } from "../../scenario/scenario";
import type { TransportMode } from "../../scenario/transport-mode";
import { mayHide } from "../hubble/passed-over";
import type { Traffic } from "../traffic";

/** An edge of traffic under the policies that are judged. */
export interface ReplayedEdge {
  /** As reach calls it. */
  from: string;
  to: string;
  /** `unknown`: only Linkerd's 4143 was seen, and no proxy told which port is meant. Of ICMP the type. */
  port: number | "unknown";
  protocol: string;
  /** The port of the packets, where it is another. */
  wire?: number;
  /** Which layer decides. */
  layer: "cilium" | "linkerd";
  /** What denies, what allows, or what would have to be known. */
  by: string[];
  flows: number;
  requests?: number;
  /** What became of it when it was recorded. */
  was: "passed" | "audited" | "denied";
  /** It passed, and from then on all of it was denied. */
  deniedSince?: string;
  first?: string;
  last?: string;
}

/** What policies would have made of traffic. */
export interface Replay {
  first?: string;
  last?: string;
  /** Lines that tell of a flow. */
  flows: number;
  /** Edges that were seen. */
  edges: number;
  /** Of the edges, those that the policies deny, most traffic first; those that were denied then, too, are among them. */
  denied: ReplayedEdge[];
  /** Those that cannot be decided, and what is missing. */
  unknown: ReplayedEdge[];
  /** What policies allow expressly and nobody used. */
  unused: ReplayedEdge[];
  /** What recordings of this kind, length and place cannot have seen. */
  blind: string[];
  lost: Traffic["lost"];
  /** What was read and makes no edge. */
  passedOver: { why: string; count: number }[];
  /** What the manifests name and the verdicts do not take into account. */
  unseen?: readonly Unseen[];
  /** Workloads that only the traffic tells of; its labels decide. */
  addedByTraffic: readonly string[];
}

/** The policies that traffic is held against, and the cluster that they are in. */
export interface PolicyState {
  policies: readonly EvaluatedPolicy[];
  scenario: Scenario;
  /** What the input says of the mode; absent: nothing, and the traffic tells. */
  transportMode?: TransportMode | undefined;
  /** Workloads of the manifests. */
  workloads?: readonly { id: string; kind: string }[];
  /** Blocks in which pods have their addresses, as far as manifests say so. */
  podNetworks?: readonly string[];
  /** Linkerd's inbound authorization. Absent: proxies take whatever reaches them. */
  authorization?: AuthorizationFacts;
}

/** What a gate over traffic must not pass over: edges that could not be decided, and events of which no edge could be made. */
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
    ...passedOver.filter(({ why }) => mayHide(why)).map(({ why, count }) => `${plural(count, "line")} told of ${why}`),
  ];
}

/** Those that the policies deny and that were let through when they were recorded. */
export const wouldDeny = ({ denied }: Pick<Replay, "denied">): ReplayedEdge[] =>
  denied.filter(({ was }) => was !== "denied");
