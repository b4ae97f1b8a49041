import { getOrMakeWeak } from "../../common/maps";
import { type Prefix, parsePrefixLabel, parsePrefixOrAddress, prefixLabelKey } from "../../kubernetes/cidr";
import { PrefixSet } from "../../kubernetes/prefix-set";
import type { ClusterFacts, Scenario } from "../../scenario/scenario";
import { CIDR_SOURCE, type LabelSet, RESERVED_SOURCE } from "../api/labels";
import type { CidrRule } from "../api/policy";
import { type Requirement, type Selector, selector } from "../api/selector";
import { inGroup, inSelectedGroups, meetsGroupRequirement } from "./cidr-group";
import { worldKey } from "./identity";

/** A peer of a rule, compiled for matching against identities. `text` is equal for equal peers. */
export type Peer = LabelPeer | CidrPeer | GroupPeer | UnseenPeer;

export interface LabelPeer {
  kind: "labels";
  text: string;
  selector: Selector;
}

export interface CidrPeer {
  kind: "cidr";
  text: string;
  /** All must hold: the block or the selector of groups, then the exceptions. */
  requirements: readonly Requirement[];
  /** Whether groups are selected by their labels, so that only labels count (`CIDRSelector.encoded`). */
  byGroupLabels?: boolean;
  /** For a group whose addresses the scenario does not give: the missing fact, in words. */
  missing?: string;
}

/** Addresses that are listed elsewhere: a cloud provider's group. */
export interface GroupPeer {
  kind: "group";
  text: string;
  /** The missing fact, in words. */
  missing: string;
}

/** A peer that is not fully known, such as the backends of a Service that the scenario does not describe. */
export interface UnseenPeer {
  kind: "unseen";
  text: string;
  /** What the labels alone select. Default: nobody. */
  selector?: Selector;
  /** The peers that it may select, some or all of them, but no others. Default: anyone. */
  within?: Peer;
  /** The missing fact, in words. */
  missing: string;
}

/** Whether a peer is selected; if that is not known, the missing fact and what the labels alone say. */
export type Selection = boolean | { missing: string; otherwise: boolean };

export function labelPeer(of: Selector): LabelPeer {
  return { kind: "labels", text: of.text, selector: of };
}

/** Whether a peer is everybody: it has no requirement. */
export function isWildcard(peer: Peer): boolean {
  return peer.kind === "labels" && peer.selector.requirements.length === 0;
}

/** A CIDR block with its exceptions. A `/0` becomes the world's label, because identities have no `/0` label. */
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
 * An empty `cidrGroupSelector` has the same key in Cilium's selector cache as the wildcard (`CIDRRule.SelectorKey`), so that whichever enters the
 * cache first is used for both. Seen with v1.20.2.
 */
const EMPTY_GROUP_SELECTOR = "whether Cilium takes an empty cidrGroupSelector for all groups or for everybody";

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
 * Some of another peer's peers, and it is not known which.
 *
 * @param deny Whether the rule denies. Allowed and denied peers are never equal.
 * @param written How the rule is written, to tell it from others that depend on the same fact.
 */
export function maybePeer(within: Peer, missing: string, deny: boolean, written = ""): UnseenPeer {
  const text = `maybe ${deny ? "denied" : "allowed"} ${missing} ${within.text} ${written}`;
  return { kind: "unseen", text, missing, within };
}

/**
 * Whether an address block selects an identity (`CIDRSelector.Matches`). Only the world is matched by address, unless `--policy-cidr-match-mode`
 * adds nodes or pods, whose own addresses would then have to be known.
 */
export function selectsByAddress(
  peer: CidrPeer | GroupPeer,
  labels: LabelSet,
  cluster: ClusterFacts | undefined,
): Selection {
  const modes = cluster?.cidrMatchMode ?? [];
  // Cilium compares the key alone, so a pod label named `world` counts.
  const world = ["world", "world-ipv4", "world-ipv6"].some((key) => labels.hasKey(key));
  const node = ["host", "remote-node"].some((key) => labels.hasKey(key));
  const unknown = cluster?.unknown?.cidrMatchMode;
  if (!world && unknown !== undefined) return { missing: unknown, otherwise: false };
  const matchable = world || (node ? modes.includes("nodes") : modes.includes("pods"));
  if (!matchable) return false;

  if (peer.kind === "group") return { missing: peer.missing, otherwise: false };
  const { holes, others } = testsOf(peer);
  // A block of all addresses requires the world's label, which no node has.
  if (!world && !modes.includes("pods") && others.some(isWholeWorld)) return false;
  const matches =
    others.every(
      (requirement) =>
        (peer.byGroupLabels !== true && coversWholeFamily(requirement, labels, cluster)) ||
        meetsGroupRequirement(requirement, labels),
    ) && !labels.blocks.some((block) => holes.holds(block));
  // A match is certain if an address is known to be in a named group, whatever else the group contains.
  if (peer.missing !== undefined && !(matches && peer.byGroupLabels !== true))
    return { missing: peer.missing, otherwise: matches };
  // If the API server is outside the cluster and its address is not given, it is not known which blocks it is in.
  const isUnplaced =
    world && labels.hasKey("kube-apiserver") && labels.blocks.length === 0 && !peer.requirements.every(isWholeWorld);
  if (isUnplaced) return { missing: "the address of the API server", otherwise: matches };
  if (world || labels.blocks.length > 0) return matches;
  return {
    missing: `the addresses of its ${node ? "nodes" : "pods"}, which cidrMatchMode makes CIDRs match`,
    otherwise: matches,
  };
}

/** The requirements of a peer, prepared for matching many identities: a block may have a thousand exceptions. */
interface AddressTests {
  /** The blocks that an address must not be in. */
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
 * With the mode `pods`, a block of a whole address family matches anything with an address of that family, even as an exception, because
 * `matchesCIDRWildcard` ignores the operator.
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
