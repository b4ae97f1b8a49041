import type { Difference } from "../reachability/explain/difference";
import type { PolicySource } from "../reachability/explain/sources";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/** The data in a page's file: all that the engine needs to answer every question within the page. */
export interface PageData {
  /** The page's title: `reach`, `main → working tree`. */
  title: string;
  /** One state, or two states to compare. */
  sides: readonly PageSide[];
  /** Every policy of any side, once. */
  policies: readonly PagePolicy[];
  /** Every endpoint of any side, once. */
  endpoints: readonly EndpointFacts[];
  /** The changes from the first side to the second. Absent: the page computes them. */
  difference?: Difference;
  /** Recorded traffic, compared with the verdicts. */
  seen?: PageTraffic;
  /** What limits the answers: problems, and objects that are not taken into account. */
  notes: readonly PageNote[];
}

/** One state. */
export interface PageSide {
  name: string;
  /** Indices in {@link PageData.policies}. */
  policies: readonly number[];
  /** Indices in {@link PageData.endpoints}. */
  endpoints: readonly number[];
  /** The places of the objects of Linkerd's authorization, in the scenario's order. */
  objects?: readonly PageObject[];
  /** The rest of the scenario. */
  scenario: Omit<Scenario, "endpoints">;
}

/** A policy, with its place. */
export interface PagePolicy {
  source: PolicySource;
  file?: string;
  line?: number;
  /** The lines of its rules, by their path: `spec.ingress.0`. */
  lines?: Readonly<Record<string, number>>;
}

/** An object of Linkerd's authorization, with its place. */
export interface PageObject {
  kind: string;
  namespace: string;
  name: string;
  file?: string;
  line?: number;
}

/** Recorded traffic, or the results of probes, compared with the verdicts. */
export interface PageTraffic {
  /** The name of its view. Default: Traffic. */
  name?: "Traffic" | "Probes";
  /** A summary in one sentence. */
  headline: string;
  groups: readonly SeenGroup[];
  /** What the recording cannot show. */
  blind: readonly string[];
}

/** `wanted`: used but denied. `undecided`: used, with an unknown verdict. */
export type SeenMark = "used" | "unused" | "wanted" | "undecided";

/** Edges with the same verdict and use. */
export interface SeenGroup {
  title: string;
  /** Their verdict. */
  state: "allowed" | "denied" | "unknown";
  /** The mark of their arrows. Absent: arrows show nothing. */
  mark?: SeenMark;
  edges: readonly SeenEdge[];
}

/** An edge that was used, or that is allowed but unused. */
export interface SeenEdge {
  from: string;
  to: string;
  proto: string;
  /** Absent: only Linkerd's 4143 was seen. */
  port?: number;
  /** The amount of traffic, and what decides about it. */
  words: string;
}

/** A note that is shown before the answers. */
export interface PageNote {
  kind: "problem" | "unseen" | "refused" | "warning";
  text: string;
}
