import { getOrMakeWeak } from "../../common/maps";
import { type Prefix, parsePrefixLabel, parsePrefixOrAddress, prefixLabelKey } from "../../kubernetes/cidr";
import { PrefixSet } from "../../kubernetes/prefix-set";
import type { ClusterFacts, Scenario } from "../../scenario/scenario";
import { CIDR_SOURCE, type LabelSet, RESERVED_SOURCE } from "../api/labels";
import type { CidrRule } from "../api/policy";
import { type Requirement, type Selector, selector } from "../api/selector";
import { groupHolds, inGroup, inSelectedGroups } from "./cidr-group";
import { worldKey } from "./identity";

/** Whom a rule is about, ready to be held against identities. `text` is equal for equal peers. */
export type Peer = LabelPeer | CidrPeer | GroupPeer | UnseenPeer;

export interface LabelPeer {
  kind: "labels";
  text: string;
  selector: Selector;
}

export interface CidrPeer {
  kind: "cidr";
  text: string;
  /** All must hold: the block or what selects groups, then the exceptions. */
  requirements: readonly Requirement[];
  /** Groups are selected by their labels: then nothing but labels counts (`CIDRSelector.encoded`). */
  byGroupLabels?: boolean;
  /** Of a group of which the scenario does not say which addresses it has: what would have to be known, in words. */
  missing?: string;
}

/** A list of addresses that is kept elsewhere: a cloud provider's group. */
export interface GroupPeer {
  kind: "group";
  text: string;
  /** What would have to be known, in words. */
  missing: string;
}

/** Whoever is behind a Service that the scenario does not describe: pods, addresses, or anyone where there is no such Service at all. */
export interface UnseenPeer {
  kind: "unseen";
  text: string;
  /** What labels alone would say. Default: nobody. */
  selector?: Selector;
  /** Of which peers it may be some, and no others. Default: anyone. */
  within?: Peer;
  /** What would have to be known, in words. */
  missing: string;
}

/** Whether a peer is selected, or what would have to be known to say so and what the labels alone say. */
export type Selection = boolean | { missing: string; otherwise: boolean };

export function labelPeer(of: Selector): LabelPeer {
  return { kind: "labels", text: of.text, selector: of };
}

/** The peer that is everybody: it has no requirement. */
export function isWildcard(peer: Peer): boolean {
  return peer.kind === "labels" && peer.selector.requirements.length === 0;
}

/** A block with its exceptions. A block of everything is the world's own label, since identities carry no `/0`. */
export function cidrPeer(cidr: string, except: readonly string[], cluster: ClusterFacts | undefined): CidrPeer {
  return addressPeer([blockRequirement(cidr, "Exists", cluster)], except, cluster);
}

/** A member of `fromCIDRSet` or `toCIDRSet`. */
export function cidrRulePeer(rule: CidrRule, { cluster, cidrGroups }: Pick<Scenario, "cluster" | "cidrGroups">): Peer {
  const { cidr = "", cidrGroupRef, cidrGroupSelector, except = [] } = rule;
  if (cidrGroupRef) {
    const group = cidrGroups?.find(({ name }) => name === cidrGroupRef);
    const missing = group === undefined ? `the addresses of the CiliumCIDRGroup "${cidrGroupRef}"` : group.unknown;
    return addressPeer([inGroup(cidrGroupRef)], except, cluster, missing);
  }
  if (cidrGroupSelector !== undefined) {
    const selected = inSelectedGroups(cidrGroupSelector);
    const unknown = cidrGroups?.map((group) => group.unknown).find((missing) => missing !== undefined);
    const missing = cidrGroups === undefined ? "the CiliumCIDRGroups, which cidrGroupSelector selects from" : unknown;
    const confused = selected.length === 0 && except.length === 0 ? EMPTY_GROUP_SELECTOR : undefined;
    return { ...addressPeer(selected, except, cluster, missing ?? confused), byGroupLabels: true };
  }
  return cidrPeer(cidr, except, cluster);
}

/**
 * Its key in Cilium's cache of selectors is that of the selector of everybody (`CIDRRule.SelectorKey`), so that whichever comes first into
 * the cache is taken for both: seen with v1.20.2.
 */
const EMPTY_GROUP_SELECTOR =
  "which of two selectors Cilium takes an empty cidrGroupSelector for, all groups or everybody";

function addressPeer(
  within: readonly Requirement[],
  except: readonly string[],
  cluster: ClusterFacts | undefined,
  missing?: string,
): CidrPeer {
  const requirements = [...within, ...except.map((hole) => blockRequirement(hole, "DoesNotExist", cluster))];
  const text = `cidr ${selector(requirements).text}${missing === undefined ? "" : " unknown"}`;
  return { kind: "cidr", text, requirements, ...(missing !== undefined && { missing }) };
}

function blockRequirement(
  text: string,
  operator: "Exists" | "DoesNotExist",
  cluster: ClusterFacts | undefined,
): Requirement {
  const prefix = parsePrefixOrAddress(text);
  if (prefix === undefined) throw new TypeError(`"${text}" is not a CIDR`);
  return { ...blockLabel(prefix, cluster), operator, values: [] };
}

export function groupPeer(missing: string, text: string): GroupPeer {
  return { kind: "group", text: `group ${text}`, missing };
}

export function unseenPeer(missing: string, selector?: Selector): UnseenPeer {
  const text = `unseen ${missing}`;
  return selector === undefined
    ? { kind: "unseen", text, missing }
    : { kind: "unseen", text: `${text} ${selector.text}`, missing, selector };
}

/**
 * Some of the peers that another one is, it is not known which. Those that a rule allows are told from those that it denies.
 *
 * @param written How the rule says it, where that tells it from others that hang on the same.
 */
export function maybePeer(within: Peer, missing: string, deny: boolean, written = ""): UnseenPeer {
  const text = `maybe ${deny ? "denied" : "allowed"} ${missing} ${within.text} ${written}`;
  return { kind: "unseen", text, missing, within };
}

/**
 * Whether a peer that is an address block selects an identity (`CIDRSelector.Matches`). Only the world is matched by address, unless
 * `--policy-cidr-match-mode` says otherwise; then a pod's or node's own addresses would have to be known.
 */
export function selectsByAddress(
  peer: CidrPeer | GroupPeer,
  labels: LabelSet,
  cluster: ClusterFacts | undefined,
): Selection {
  const modes = cluster?.cidrMatchMode ?? [];
  // Cilium asks by key alone: a pod label named `world` counts.
  const world = ["world", "world-ipv4", "world-ipv6"].some((key) => labels.hasKey(key));
  const node = ["host", "remote-node"].some((key) => labels.hasKey(key));
  const unknown = cluster?.unknown?.cidrMatchMode;
  if (!world && unknown !== undefined) return { missing: unknown, otherwise: false };
  const matchable = world || (node ? modes.includes("nodes") : modes.includes("pods"));
  if (!matchable) return false;
  // A block of all addresses asks for the label of the world, which no node has whatever its address is.
  if (peer.kind === "group") return { missing: peer.missing, otherwise: false };
  const { holes, others } = testsOf(peer);
  if (!world && !modes.includes("pods") && others.some(isWholeWorld)) return false;
  const matches =
    others.every(
      (requirement) =>
        (peer.byGroupLabels !== true && coversWholeFamily(requirement, labels, cluster)) ||
        groupHolds(requirement, labels),
    ) && !labels.blocks.some((block) => holes.holds(block));
  // Of a group that is named, an address that is known to be in it is in it, whatever else is.
  if (peer.missing !== undefined && !(matches && peer.byGroupLabels !== true))
    return { missing: peer.missing, otherwise: matches };
  // Of an API server outside the cluster that has no address here, not even the blocks are known that it is in.
  const isUnplaced =
    world && labels.hasKey("kube-apiserver") && labels.blocks.length === 0 && !peer.requirements.every(isWholeWorld);
  if (isUnplaced) return { missing: "the address of the API server", otherwise: matches };
  if (world || labels.blocks.length > 0) return matches;
  return {
    missing: `the addresses of its ${node ? "nodes" : "pods"}, which cidrMatchMode makes CIDRs match`,
    otherwise: matches,
  };
}

/** The requirements of a peer, ready to be tried with one identity after the other: a block may have a thousand exceptions. */
interface AddressTests {
  /** What a label of an address must not lie in. */
  holes: PrefixSet;
  others: readonly Requirement[];
}

const known = new WeakMap<CidrPeer, AddressTests>();

function testsOf(peer: CidrPeer): AddressTests {
  return getOrMakeWeak(known, peer, () => {
    const holes: Prefix[] = [];
    const others: Requirement[] = [];
    for (const requirement of peer.requirements) {
      const hole = holeOf(requirement);
      if (hole === undefined) others.push(requirement);
      else holes.push(hole);
    }
    return { holes: new PrefixSet(holes), others };
  });
}

function holeOf({ source, key, operator }: Requirement): Prefix | undefined {
  return source === CIDR_SOURCE && operator === "DoesNotExist" ? parsePrefixLabel(key) : undefined;
}

/**
 * With the mode `pods`, a block of a whole address family holds for anything that has an address of it, exceptions included
 * (`matchesCIDRWildcard` does not look at the operator).
 */
function coversWholeFamily({ source, key }: Requirement, labels: LabelSet, cluster: ClusterFacts | undefined): boolean {
  if (!cluster?.cidrMatchMode?.includes("pods") || source !== RESERVED_SOURCE) return false;
  const has = (family: Prefix["family"]) => labels.blocks.some((block) => block.family === family);
  if ((key === "world" || key === "world-ipv4") && has(4)) return true;
  return (key === "world" || key === "world-ipv6") && cluster.ipv6 === true && has(6);
}

const isWholeWorld = ({ source, operator }: Requirement) => source === RESERVED_SOURCE && operator === "Exists";

function blockLabel(prefix: Prefix, cluster: ClusterFacts | undefined): { source: string; key: string } {
  if (prefix.bits === 0) return { source: RESERVED_SOURCE, key: worldKey(prefix.family, cluster) };
  return { source: CIDR_SOURCE, key: prefixLabelKey(prefix) };
}
