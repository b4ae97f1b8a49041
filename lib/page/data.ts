import type { Difference } from "../reachability/explain/difference";
import type { PolicySource } from "../reachability/explain/sources";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/** What a page is about, as it stands in the page's file: what the engine needs to answer everything in the page itself. */
export interface PageData {
  /** What the page is called: `reach`, `main → working tree`. */
  title: string;
  /** One state, or two that are compared. */
  sides: readonly PageSide[];
  /** Every policy of any side, once. */
  policies: readonly PagePolicy[];
  /** Every endpoint of any side, once. */
  endpoints: readonly EndpointFacts[];
  /** What changes from the first side to the second, where that is known already; else the page finds it out. */
  difference?: Difference;
  /** Recorded traffic that was held against the answers. */
  seen?: PageTraffic;
  /** What limits the answers: what could not be read, what is not seen. */
  notes: readonly PageNote[];
}

/** One state. */
export interface PageSide {
  name: string;
  /** Places in {@link PageData.policies}. */
  policies: readonly number[];
  /** Places in {@link PageData.endpoints}. */
  endpoints: readonly number[];
  /** Where the objects of Linkerd's authorization stand, in the order of the scenario's. */
  objects?: readonly PageObject[];
  /** All else that is known of the cluster. */
  scenario: Omit<Scenario, "endpoints">;
}

/** A policy and where it is written. */
export interface PagePolicy {
  source: PolicySource;
  file?: string;
  line?: number;
  /** The lines of its rules, by their path: `spec.ingress.0`. */
  lines?: Readonly<Record<string, number>>;
}

/** An object of Linkerd's authorization, and where it is written. */
export interface PageObject {
  kind: string;
  namespace: string;
  name: string;
  file?: string;
  line?: number;
}

/** What recorded traffic, or probes, say of the answers. */
export interface PageTraffic {
  /** What the view of it is called. Default: Traffic. */
  name?: "Traffic" | "Probes";
  /** All of it in one sentence. */
  headline: string;
  groups: readonly SeenGroup[];
  /** What such a recording cannot tell. */
  blind: readonly string[];
}

/** `wanted`: used and denied. `undecided`: used, and nobody can say what the policies make of it. */
export type SeenMark = "used" | "unused" | "wanted" | "undecided";

/** Edges of which the recording says the same. */
export interface SeenGroup {
  title: string;
  /** What the policies make of them. */
  state: "allowed" | "denied" | "unknown";
  /** What an arrow shows of it. Absent: arrows show nothing. */
  mark?: SeenMark;
  edges: readonly SeenEdge[];
}

/** An edge that was seen, or that nobody used. */
export interface SeenEdge {
  from: string;
  to: string;
  proto: string;
  /** Absent: only Linkerd's 4143 was seen. */
  port?: number;
  /** How much of it, and what decides. */
  words: string;
}

/** Something to be told before the answers. */
export interface PageNote {
  kind: "problem" | "unseen" | "refused" | "warning";
  text: string;
}
