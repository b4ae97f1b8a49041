import type { LabelSelector } from "../../kubernetes/label-selector";
import type { Scenario } from "../../scenario/scenario";
import { ambiguousKey, ambiguousWords } from "../api/ambiguous-selector";
import { entitySelectors } from "../api/entities";
import { fqdnSelector } from "../api/fqdn";
import { EMPTY_SELECTS, PEER_LISTS, type PeerList, type PeerLists, peerField, peerLists } from "../api/peer-lists";
import type { ServiceSelector } from "../api/policy";
import type { RuleItem } from "../api/rule-items";
import { type PeerScope, peerSelector, servicePeerSelector } from "../api/selector";
import { cidrPeer, cidrRulePeer, groupPeer, labelPeer, maybePeer, type Peer, unseenPeer } from "./peer";
import { describeService, matchingServices, undecidedServices } from "./services";

/** What the meaning of a rule's peers depends on. */
interface Context {
  scope: PeerScope;
  scenario: Scenario;
  /** The name of the list. */
  field: string;
  /** Whether the rule denies. */
  deny: boolean;
}

/** The peers that the members of each list select. */
const PEERS: { readonly [List in PeerList]: (members: NonNullable<PeerLists[List]>, context: Context) => Peer[] } = {
  endpoints: (selectors, { scope }) => selectors.map((selector) => selectorPeer(selector ?? {}, scope)),
  cidrs: (cidrs, { scenario }) => cidrs.map((cidr) => cidrPeer(cidr, [], scenario.cluster)),
  cidrSets: (rules, { scenario }) => rules.map((rule) => cidrRulePeer(rule ?? {}, scenario)),
  entities: (entities, { scope }) =>
    entities.flatMap((entity) => (entitySelectors(entity, scope.cluster) ?? []).map(labelPeer)),
  services: (references, { scope, scenario }) => {
    const { endpoints, cidrs, unseen } = servicePeers(references, scope, scenario);
    return [...endpoints, ...cidrs, ...unseen];
  },
  groups: (groups, { field }) =>
    groups.map((group) => groupPeer(`the addresses of ${field}`, `${field} ${JSON.stringify(group)}`)),
  // A rule with nodes is refused unless the agent has --enable-node-selector-labels, and another of its settings decides which node labels count.
  nodes: (selectors, { scope, field, deny }) =>
    selectors.flatMap((selector) =>
      ["host", "remote-node"].flatMap((entity) =>
        (entitySelectors(entity, scope.cluster) ?? []).map((node) =>
          maybePeer(labelPeer(node), `which nodes ${field} selects`, deny, JSON.stringify(selector)),
        ),
      ),
    ),
  fqdns: (names) => names.map((name) => labelPeer(fqdnSelector(name ?? {}))),
};

/** Which lists count in a deny rule. It ignores Services and DNS names. */
const IN_DENY = {
  endpoints: true,
  entities: true,
  cidrs: true,
  cidrSets: true,
  services: false,
  groups: true,
  nodes: true,
  fqdns: false,
} as const satisfies Record<PeerList, boolean>;

/** The peers of an item; undefined if a list is present but empty, which selects nobody. */
export function rulePeers(
  { item, direction, deny }: Pick<RuleItem, "item" | "direction" | "deny">,
  scope: PeerScope,
  scenario: Scenario,
): Peer[] | undefined {
  const lists = peerLists(item, direction);
  const given = PEER_LISTS.filter((list) => lists[list] !== undefined && (!deny || IN_DENY[list]));
  const filled = filledByServices(deny ? [] : (lists.services ?? []), scope, scenario);
  const isNobody = (list: PeerList) =>
    EMPTY_SELECTS[list] === "nobody" && lists[list]?.length === 0 && !filled.includes(list);
  if (given.some(isNobody)) return undefined;
  return given.flatMap((list) => peersIn(list, lists, { scope, scenario, field: peerField(direction, list), deny }));
}

function peersIn<List extends PeerList>(list: List, lists: PeerLists, context: Context): Peer[] {
  const members = lists[list];
  return members === undefined ? [] : PEERS[list](members as NonNullable<PeerLists[List]>, context);
}

/** The lists that `toServices` fills. Cilium rewrites it to these lists first, so that they are not empty. */
function filledByServices(references: readonly ServiceSelector[], scope: PeerScope, scenario: Scenario): PeerList[] {
  const { endpoints, cidrs, unseen } = servicePeers(references, scope, scenario);
  return [
    ...(endpoints.length + unseen.length > 0 ? (["endpoints"] as const) : []),
    ...(cidrs.length + unseen.length > 0 ? (["cidrSets"] as const) : []),
  ];
}

function selectorPeer(selector: LabelSelector, scope: PeerScope): Peer {
  const key = ambiguousKey(selector);
  const peer = peerSelector(selector, scope);
  return key === undefined ? labelPeer(peer) : unseenPeer(ambiguousWords(key), peer);
}

/** What Cilium rewrites `toServices` to. */
interface ServicePeers {
  /** The pods behind Services with a selector. */
  endpoints: Peer[];
  /** The backends' addresses of Services without one. */
  cidrs: Peer[];
  /** For Services that the scenario may lack, and Services whose backends are not known. */
  unseen: Peer[];
}

function servicePeers(references: readonly ServiceSelector[], scope: PeerScope, scenario: Scenario): ServicePeers {
  const peers: ServicePeers = { endpoints: [], cidrs: [], unseen: [] };
  for (const reference of references) {
    const services = matchingServices(reference ?? {}, scenario.services ?? []);
    const unseen = services.length === 0 && scenario.unseenServices ? describeService(reference ?? {}) : undefined;
    if (unseen !== undefined) peers.unseen.push(unseenPeer(unseen));
    const undecided = undecidedServices(reference ?? {}, scenario.services ?? []);
    peers.unseen.push(...undecided.map((missing) => unseenPeer(missing)));
    for (const service of services) {
      const pods = service.selector ?? {};
      if (service.unknownSelector !== undefined) {
        const within = labelPeer(servicePeerSelector(pods, service.namespace, scope));
        peers.endpoints.push(maybePeer(within, service.unknownSelector, false));
      } else if (Object.keys(pods).length > 0)
        peers.endpoints.push(labelPeer(servicePeerSelector(pods, service.namespace, scope)));
      else {
        const where = `the Service "${service.name}" in the namespace "${service.namespace}"`;
        if (service.unseenBackends === true) peers.unseen.push(unseenPeer(`the addresses behind ${where}`));
        peers.cidrs.push(...(service.backends ?? []).map((address) => cidrPeer(address, [], scenario.cluster)));
      }
    }
  }
  return peers;
}
