import type { Direction } from "../../cilium/policy/entries";
import type { Path, Place } from "../../common/problem";
import type { Wire } from "../../linkerd/wire/wire";
import type { Flow } from "../../scenario/scenario";
import type { EndVerdict, State, Verdict } from "../verdict";
import type { AuthorizationExplanation } from "./linkerd";
import type { Miss } from "./misses";
import type { Enforcement } from "./parties";
import type { PolicyPlace } from "./sources";

/** Why one flow passes or does not: what each part of the way says of it. */
export interface Explanation {
  /** What the application asks for. */
  flow: Flow;
  /** What becomes of it. */
  state: State;
  /** All of it in one sentence. */
  sentence: string;
  /** As the engine gives it. */
  verdict: Verdict;
  /** What is on the wire, and why. Only where the scenario speaks of a mesh. */
  wire?: Wire & {
    /** In one sentence. */
    why: string;
  };
  /** What the end that connects decides. */
  egress: EndExplanation;
  /** What the end that is connected to decides. */
  ingress: EndExplanation;
  /** What the Linkerd proxy of the end that is connected to decides. Absent: none does. */
  linkerd?: AuthorizationExplanation;
}

/** What one end decides, and by which rules. */
export interface EndExplanation {
  /** Which one. */
  direction: Direction;
  /** The endpoint whose policies are asked. */
  subject: string;
  /** The other one. */
  peer: string;
  /** What it decides. */
  verdict: EndVerdict;
  /** In one sentence. */
  sentence: string;
  /** What the agent makes of policies, where it does not just enforce those that select somebody. */
  enforcement?: Exclude<Enforcement, "default">;
  /** What Cilium's own proxy lets through, in words, where the end hands it there. Absent: everything. */
  requests?: readonly string[];
  /** The rules that allow it ask for Cilium's mutual authentication. Where it is denied all the same, nobody gives that. */
  authenticates?: true;
  /** Whether what no rule allows is denied here. */
  defaultDeny: boolean;
  /** The policies with rules of this direction that select the subject. */
  policies: SelectingPolicy[];
  /** Rules of these policies that are about the flow: those that deny first. */
  matching: JudgedRule[];
  /** Rules that allow something, but not this; the nearest first. Also those of policies that would if they selected the subject. */
  missing: JudgedRule[];
  /** Rules that are about the flow and are not asked, since others are asked before them. Default: none. */
  outranked?: JudgedRule[];
  /** What would have to be known. */
  unknown?: string;
}

/** A policy that selects an endpoint. */
export interface SelectingPolicy {
  /** Which, and where it stands. */
  policy: PolicyPlace;
  /** Whether it turns on default deny in this direction. */
  defaultDeny: boolean;
}

/** A rule of a policy, held against a flow. */
export interface JudgedRule {
  /** Whose it is, and where it stands. */
  policy: PolicyPlace;
  /** `rule 2 of shop/db-ingress`: an item of `ingress`, `egress` and so on, counted from 1. */
  words: string;
  /** What it does to what it is about. One that passes skips what is left of its tier. */
  effect: "allow" | "deny" | "pass";
  /** What keeps it from being about the flow. */
  misses: readonly Miss[];
  /** What would have to be known to say so. */
  unknown?: string;
  /** Whether it allows only who has proved who they are, by Cilium's mutual authentication. */
  authentication?: true;
  /** Whether what it allows is handed to Cilium's proxy, which looks into it. */
  l7?: boolean;
}

/** Says where a member of a policy is written. */
export type Locate = (policy: number, path: Path) => Place | undefined;
