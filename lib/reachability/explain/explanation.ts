import type { Direction } from "../../cilium/policy/entries";
import type { Path, Place } from "../../common/problem";
import type { Wire } from "../../linkerd/wire/wire";
import type { Flow } from "../../scenario/scenario";
import type { EndVerdict, State, Verdict } from "../verdict";
import type { AuthorizationExplanation } from "./linkerd";
import type { Miss } from "./misses";
import type { Enforcement } from "./parties";
import type { PolicyPlace } from "./sources";

/** Why one flow passes or not, layer by layer. */
export interface Explanation {
  /** The flow, as the application asks for it. */
  flow: Flow;
  /** The verdict in one word. */
  state: State;
  /** The whole explanation in one sentence. */
  sentence: string;
  /** The engine's verdict. */
  verdict: Verdict;
  /** The packet on the wire. Absent if the scenario has no mesh. */
  wire?: Wire & {
    /** Why the packet travels so, in one sentence. */
    why: string;
  };
  /** The decision of the client's policies. */
  egress: EndExplanation;
  /** The decision of the server's policies. */
  ingress: EndExplanation;
  /** The decision of the server's Linkerd proxy. Absent if no proxy decides. */
  linkerd?: AuthorizationExplanation;
}

/** The decision at one end, and the rules behind it. */
export interface EndExplanation {
  /** `egress`: the end that connects; `ingress`: the other one. */
  direction: Direction;
  /** `id` of the endpoint whose policies decide. */
  subject: string;
  /** `id` of the other endpoint. */
  peer: string;
  /** The decision. */
  verdict: EndVerdict;
  /** The decision and its reason in one sentence. */
  sentence: string;
  /** How the agent enforces policies, if not only on the endpoints that they select. */
  enforcement?: Exclude<Enforcement, "default">;
  /** The requests that Cilium's own proxy lets through, as text. Absent: all of them, or the flow does not go there. */
  requests?: readonly string[];
  /** Whether the rules that allow the flow require Cilium's mutual authentication. If the end denies it nonetheless, the agents lack it. */
  authenticates?: true;
  /** Whether everything that no rule allows is denied. */
  defaultDeny: boolean;
  /** The policies with rules of this direction that select the subject. */
  policies: SelectingPolicy[];
  /** The rules of these policies that match the flow, those that deny first. */
  matching: JudgedRule[];
  /** The rules that allow something else, the nearest first; including rules of policies that would allow the flow if they selected the subject. */
  missing: JudgedRule[];
  /** The rules that match the flow but are not evaluated, because others decide before them. Default: none. */
  outranked?: JudgedRule[];
  /** The missing facts, if the verdict is `unknown`. */
  unknown?: string;
}

/** A policy that selects an endpoint. */
export interface SelectingPolicy {
  /** The policy and its place. */
  policy: PolicyPlace;
  /** Whether it turns on default deny in this direction. */
  defaultDeny: boolean;
}

/** A rule of a policy, compared with a flow. */
export interface JudgedRule {
  /** The policy, and the rule's place. */
  policy: PolicyPlace;
  /** `rule 2 of shop/db-ingress`: an item of `ingress`, `egress` and so on, counted from 1. */
  words: string;
  /** Its effect on flows that it matches. A rule that passes skips the rest of its tier. */
  effect: "allow" | "deny" | "pass";
  /** The conditions that keep it from matching the flow. Empty: it matches. */
  misses: readonly Miss[];
  /** The missing fact that would tell whether it matches. */
  unknown?: string;
  /** Whether it requires Cilium's mutual authentication. */
  authentication?: true;
  /** Whether it hands what it allows to Cilium's proxy, which decides by request. */
  l7?: boolean;
}

/** Locates a member of a policy, by the policy's index and the member's path. */
export type Locate = (policy: number, path: Path) => Place | undefined;
