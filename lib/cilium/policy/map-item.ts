import type { ProxiedMatch } from "./proxied";
import type { TierRange } from "./tiers";

/**
 * A candidate for an entry in a subject's policy map: one port of a rule for one peer, with its precedence. Which candidates stay, and which of two
 * matching entries decides, follows `pkg/policy/mapstate.go` (`insertWithChanges`, `lookup`).
 */
export interface MapItem {
  protocol: number;
  port: number;
  endPort: number;
  /** The higher one wins; see {@link precedence}. */
  precedence: number;
  deny: boolean;
  /** Whether it neither allows nor denies, but skips the rest of its tier. */
  passes: boolean;
  /** The precedences of its tier. */
  range: TierRange;
  /** Whether the rule gives the port by name. Cilium inserts these before the others of their tier, which matters if a rule passes. */
  isNamed: boolean;
  /** Whether Cilium's proxy handles the connection. */
  redirect: boolean;
  /** The required authentication mode, empty for none. Entries of the same precedence may differ in it. */
  authentication: string;
  /** Indices of the policies that it comes from, ascending. */
  origins: readonly number[];
  /** What the proxy admits; everything if the connection bypasses it. */
  proxied: readonly ProxiedMatch[];
}

/** The result of a lookup. If there is none, the flow is denied by default. */
export interface Found {
  deny: boolean;
  redirect: boolean;
  origins: readonly number[];
  /** The required authentication mode, its own or that of an entry that covers it; empty for none. */
  authentication: string;
}

/** An entry at one level, which is how much of protocol and port it fixes. For a given flow, a lower level covers a higher one. */
export interface MapEntry extends Found {
  precedence: number;
}
