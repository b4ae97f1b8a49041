import type { EvaluatedPolicy, PolicyManifest } from "../../cilium/api/policy";
import type { Problem } from "../../common/problem";
import type { RawObject } from "../../linkerd/api/object";
import type { TransportMode } from "../../scenario/transport-mode";
import type { ReplayedEdge } from "../replay/report";
import type { Evidence } from "./evidence";
import type { LearnedEdge } from "./fence-edges";

/** A policy that was learnt, or an existing one with rules added. */
export interface LearnedPolicy {
  manifest: PolicyManifest;
  /** It is among the manifests already, and gets these rules more. */
  changes?: EvaluatedPolicy;
  /** By direction and place of the rule. Empty: the mesh needs it, seen or not. */
  evidence: { direction: "ingress" | "egress"; rule: number; seen: Evidence[]; need?: string }[];
}

/** Objects of Linkerd that tell ports of one workload apart. */
export interface LearnedAuthorization {
  objects: RawObject[];
  /** Whom it admits, and on what evidence. */
  seen: Evidence[];
}

/** Policies that admit traffic, and the proof that they do. */
export interface Learned {
  policies: LearnedPolicy[];
  authorizations: LearnedAuthorization[];
  /** How many edges that passed the policies had to admit, and how many they do. */
  proof: { edges: number; allowed: number; denied: ReplayedEdge[] };
  /** What they allow, too, and nobody used. */
  possible: ReplayedEdge[];
  /** Workloads that get no policy, as nothing was seen of them, in a direction or at all. */
  without: { id: string; why: string }[];
  /** Edges that no policy can be written for, and why. */
  notCovered: { edge: string; why: string }[];
  /** Edges that were denied, or refused, when they were recorded: they are not admitted. */
  leftDenied: number;
  blind: string[];
  /** The same traffic as a Fence says it, and what of it the policies of that Fence would deny. */
  fence: { transportMode: TransportMode; edges: LearnedEdge[]; denied: ReplayedEdge[] };
  problems: Problem[];
}
