import type { CidrRule } from "../policy/manifest";
import { type Prefix, parsePrefixOrAddress, prefixLabelKey } from "./cidr";
import { type Identity, worldKey } from "./identity";
import { CIDR_SOURCE, RESERVED_SOURCE } from "./labels";
import type { ClusterFacts } from "./scenario";
import { type Requirement, type Selector, selector, selects } from "./selector";

/** Whom a rule is about, ready to be held against identities. `text` is equal for equal peers. */
export type Peer = LabelPeer | CidrPeer | GroupPeer;

export interface LabelPeer {
  kind: "labels";
  text: string;
  selector: Selector;
}

export interface CidrPeer {
  kind: "cidr";
  text: string;
  /** All must hold: the block, then the exceptions. */
  requirements: readonly Requirement[];
}

/** A list of addresses that is kept elsewhere: a CiliumCIDRGroup or a cloud provider's group. */
export interface GroupPeer {
  kind: "group";
  text: string;
  /** What would have to be known, in words. */
  missing: string;
}

/** Whether a peer is selected, or what would have to be known to say so. */
export type Selection = boolean | { missing: string };

export function labelPeer(of: Selector): LabelPeer {
  return { kind: "labels", text: of.text, selector: of };
}

/** The peer that is everybody: it has no requirement. */
export function isWildcard(peer: Peer): boolean {
  return peer.kind === "labels" && peer.selector.requirements.length === 0;
}

/** A block with its exceptions. A block of everything is the world's own label, since identities carry no `/0`. */
export function cidrPeer(cidr: string, except: readonly string[], cluster: ClusterFacts | undefined): CidrPeer {
  const requirement = (text: string, operator: "Exists" | "DoesNotExist"): Requirement => {
    const prefix = parsePrefixOrAddress(text);
    if (prefix === undefined) throw new TypeError(`"${text}" is not a CIDR`);
    return { ...blockLabel(prefix, cluster), operator, values: [] };
  };
  const requirements = [requirement(cidr, "Exists"), ...except.map((hole) => requirement(hole, "DoesNotExist"))];
  return { kind: "cidr", text: `cidr ${selector(requirements).text}`, requirements };
}

/** A member of `fromCIDRSet` or `toCIDRSet`. */
export function cidrRulePeer(rule: CidrRule, cluster: ClusterFacts | undefined): Peer {
  if (rule.cidrGroupRef) return groupPeer(`the CiliumCIDRGroup "${rule.cidrGroupRef}"`, JSON.stringify(rule));
  if (rule.cidrGroupSelector !== undefined)
    return groupPeer("the CiliumCIDRGroups that cidrGroupSelector selects", JSON.stringify(rule));
  return cidrPeer(rule.cidr ?? "", rule.except ?? [], cluster);
}

export function groupPeer(missing: string, text: string): GroupPeer {
  return { kind: "group", text: `group ${text}`, missing };
}

/**
 * Whether a peer that is an address block selects an identity (`CIDRSelector.Matches`). Only the world is matched by address, unless
 * `--policy-cidr-match-mode` says otherwise; then a pod's or node's own addresses would have to be known.
 */
export function selectsByAddress(
  peer: CidrPeer | GroupPeer,
  identity: Identity,
  cluster: ClusterFacts | undefined,
): Selection {
  const modes = cluster?.cidrMatchMode ?? [];
  const { labels } = identity;
  // Cilium asks by key alone: a pod label named `world` counts.
  const world = ["world", "world-ipv4", "world-ipv6"].some((key) => labels.hasKey(key));
  const node = ["host", "remote-node"].some((key) => labels.hasKey(key));
  const matchable = world || (node ? modes.includes("nodes") : modes.includes("pods"));
  if (!matchable) return false;
  if (peer.kind === "group") return { missing: peer.missing };
  if (!world && labels.blocks.length === 0) {
    return { missing: `the addresses of its ${node ? "nodes" : "pods"}, which cidrMatchMode makes CIDRs match` };
  }
  return peer.requirements.every(
    (requirement) => coversWholeFamily(requirement, identity, cluster) || holdsFor(requirement, identity),
  );
}

function holdsFor(requirement: Requirement, { labels }: Identity): boolean {
  return selects({ text: "", requirements: [requirement] }, labels);
}

/**
 * With the mode `pods`, a block of a whole address family holds for anything that has an address of it, exceptions included
 * (`matchesCIDRWildcard` does not look at the operator).
 */
function coversWholeFamily(
  { source, key }: Requirement,
  { labels }: Identity,
  cluster: ClusterFacts | undefined,
): boolean {
  if (!cluster?.cidrMatchMode?.includes("pods") || source !== RESERVED_SOURCE) return false;
  const has = (family: Prefix["family"]) => labels.blocks.some((block) => block.family === family);
  if ((key === "world" || key === "world-ipv4") && has(4)) return true;
  return (key === "world" || key === "world-ipv6") && cluster.ipv6 === true && has(6);
}

function blockLabel(prefix: Prefix, cluster: ClusterFacts | undefined): { source: string; key: string } {
  if (prefix.bits === 0) return { source: RESERVED_SOURCE, key: worldKey(prefix.family, cluster) };
  return { source: CIDR_SOURCE, key: prefixLabelKey(prefix) };
}
