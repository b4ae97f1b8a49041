import type { ProxiedMatch } from "./proxied";
import type { TierRange } from "./tiers";

/**
 * One entry that a subject's policy map may hold for a peer: a port of some rule, with its precedence. Which entries stay, and which of
 * two that match decides, follows `pkg/policy/mapstate.go` (`insertWithChanges`, `lookup`).
 */
export interface MapItem {
  protocol: number;
  port: number;
  endPort: number;
  /** The higher wins; see {@link precedence}. */
  precedence: number;
  deny: boolean;
  /** It does neither, but what is below it in its tier is skipped. */
  passes: boolean;
  /** The precedences of its tier. */
  range: TierRange;
  /** From a port by name. Cilium inserts these before the others of their tier, which counts where a rule passes. */
  isNamed: boolean;
  /** Handed to Cilium's proxy. */
  redirect: boolean;
  /** The authentication asked for, which tells entries of the same precedence apart. */
  authentication: string;
  /** The rules it comes from, ascending. */
  origins: readonly number[];
  /** What is let through where the proxy decides; everything of what goes past it. */
  proxied: readonly ProxiedMatch[];
}

/** What a lookup finds. Nothing found is a denial without a rule. */
export interface Found {
  deny: boolean;
  redirect: boolean;
  origins: readonly number[];
  /** The mode of the authentication asked for, its own or that of an entry that covers it; empty: of none. */
  authentication: string;
}

/** An entry at one level: how much of protocol and port it fixes. At a given flow, a lower level covers a higher one. */
export interface MapEntry extends Found {
  precedence: number;
}
