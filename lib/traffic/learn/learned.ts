import type { EvaluatedPolicy, PolicyManifest } from "../../cilium/api/policy";
import type { Problem } from "../../common/problem";
import type { RawObject } from "../../linkerd/api/object";
import type { TransportMode } from "../../scenario/transport-mode";
import type { ReplayedEdge } from "../replay/report";
import type { Evidence } from "./evidence";
import type { LearnedEdge } from "./fence-edges";

/** A learned policy, or an existing one with added rules. */
export interface LearnedPolicy {
  manifest: PolicyManifest;
  /** The existing policy that it changes. Absent: it is new. */
  changes?: EvaluatedPolicy;
  /** Why each rule is there, by direction and index. Without traffic (`seen` is empty), the mesh needs it. */
  evidence: { direction: "ingress" | "egress"; rule: number; seen: Evidence[]; need?: string }[];
}

/** Linkerd's objects for one port of a workload. */
export interface LearnedAuthorization {
  objects: RawObject[];
  /** The traffic that it admits. */
  seen: Evidence[];
}

/** Policies that admit recorded traffic, with the proof that they do. */
export interface Learned {
  policies: LearnedPolicy[];
  authorizations: LearnedAuthorization[];
  /** How many edges had passed, how many of them the policies admit, and those that they do not. */
  proof: { edges: number; allowed: number; denied: ReplayedEdge[] };
  /** Edges that they allow as well and that were not seen. */
  possible: ReplayedEdge[];
  /** Workloads without a policy, in one direction or both, with the reason. */
  without: { id: string; why: string }[];
  /**
   * Edges that no policy can be written for and that these policies may block, with the reason. `perhaps`: if the pod that is gone was one of the
   * workloads that they are for.
   */
  notCovered: { edge: string; why: string; perhaps?: true }[];
  /** How many edges passed and could not be judged, of all workloads. */
  unjudged: number;
  /** How many edges are not admitted because they were denied when they were recorded. */
  leftDenied: number;
  blind: string[];
  /** The same traffic as edges of a `Fence`, and those edges that the policies of that Fence would deny. */
  fence: { transportMode: TransportMode; edges: LearnedEdge[]; denied: ReplayedEdge[] };
  problems: Problem[];
}
