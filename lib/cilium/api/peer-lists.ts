import { present } from "../../common/maps";
import { type Path, type Problem, problem } from "../../common/problem";
import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { selectorProblems } from "../../kubernetes/label-syntax";
import { cidrRuleProblems } from "./cidr-rule";
import { ENTITY_NAMES } from "./entities";
import { fqdnProblem } from "./fqdn";
import type { EgressRule, IngressRule } from "./policy";

/** The direction of a rule's traffic, seen from the endpoints that its policy selects. */
export type Direction = "ingress" | "egress";

/** The CRD's names for the peer lists of an item, without the prefix `to`. Ingress has some of them, with the prefix `from`. */
type ListName = Exclude<
  { [Field in keyof EgressRule]-?: Field extends `to${infer Name}` ? Name : never }[keyof EgressRule],
  "Ports" | "Requires"
>;

/**
 * The peer lists that an item of a rule may have, by the CRD's names. All code that reads or writes peers uses this table. A list of the CRD that is
 * missing here is a compile error.
 */
const LISTS = {
  Endpoints: "endpoints",
  Entities: "entities",
  CIDR: "cidrs",
  CIDRSet: "cidrSets",
  Services: "services",
  Groups: "groups",
  Nodes: "nodes",
  FQDNs: "fqdns",
} as const satisfies Record<ListName, string>;

/** A peer list, of either direction. */
export type PeerList = (typeof LISTS)[ListName];

/** The peer lists of one item, without the direction in their names. */
export type PeerLists = {
  [Name in ListName as (typeof LISTS)[Name]]?: NonNullable<EgressRule[`to${Name}`]>;
};

const NAMES = Object.entries(LISTS) as [ListName, PeerList][];

/** All peer lists, in the order in which problems name them. */
export const PEER_LISTS: readonly PeerList[] = NAMES.map(([, list]) => list);

/** What an empty list selects: nobody, or everybody as if it were absent (`pkg/policy/utils/parserules.go`). */
export const EMPTY_SELECTS = {
  endpoints: "nobody",
  entities: "nobody",
  cidrs: "nobody",
  cidrSets: "nobody",
  services: "everybody",
  groups: "everybody",
  nodes: "nobody",
  fqdns: "everybody",
} as const satisfies Record<PeerList, "nobody" | "everybody">;

/** The CRD's name for a list: `fromEndpoints`, `toEndpoints`. */
export function peerField(direction: Direction, list: PeerList): string {
  const name = present(
    NAMES.find(([, other]) => other === list),
    `the name of the list ${list}`,
  )[0];
  return `${direction === "ingress" ? "from" : "to"}${name}`;
}

/** Whether a member of an item is a peer list, of either direction. */
export function isPeerField(member: string): boolean {
  return NAMES.some(([name]) => member === `from${name}` || member === `to${name}`);
}

/** The peer lists of an item, including empty ones. Cilium decodes `null` as absent. */
export function peerLists(item: IngressRule | EgressRule, direction: Direction): PeerLists {
  const members = item as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    PEER_LISTS.flatMap((list) => {
      const peers = members[peerField(direction, list)] ?? undefined;
      return peers === undefined ? [] : [[list, peers]];
    }),
  );
}

/** The members of an item with these peers. */
export function peerFields(lists: PeerLists, direction: Direction): object {
  return Object.fromEntries(
    Object.entries(lists).map(([list, peers]) => [peerField(direction, list as PeerList), peers]),
  );
}

/**
 * Why Cilium refuses the peers of an item (`IngressCommonRule.sanitize`, `EgressCommonRule.sanitize`). An item has one kind of peer; two kinds need
 * two items. DNS names in a deny rule are ignored.
 *
 * @param nodePeers Whether the agent accepts peers by node labels. Default false.
 */
export function peerProblems(
  { item, direction, deny }: { item: IngressRule | EgressRule; direction: Direction; deny: boolean },
  at: Path,
  nodePeers = false,
): Problem[] {
  const { fqdns, ...others } = peerLists(item, direction);
  const lists: PeerLists = deny || fqdns === undefined ? others : { ...others, fqdns };
  const given = PEER_LISTS.filter((list) => (lists[list] ?? []).length > 0);
  const fields = given.map((list) => peerField(direction, list));
  return [
    ...(given.length < 2
      ? []
      : [problem("invalid-peer", at, `combining ${fields.join(" and ")} is not supported; write a rule for each`)]),
    ...given.flatMap((list) => {
      const where = [...at, peerField(direction, list)];
      const off = list === "nodes" && !nodePeers ? [problem("invalid-peer", where, NODES_OFF)] : [];
      return [...off, ...problemsIn(list, lists, where)];
    }),
  ];
}

const NODES_OFF = "needs the agent's --enable-node-selector-labels, which is off by default";

function problemsIn<List extends PeerList>(list: List, lists: PeerLists, at: Path): Problem[] {
  const peers = lists[list];
  return peers === undefined ? [] : PROBLEMS[list](peers as NonNullable<PeerLists[List]>, at);
}

/** The problems of the peers of each list. */
const PROBLEMS: { readonly [List in PeerList]: (peers: NonNullable<PeerLists[List]>, at: Path) => Problem[] } = {
  endpoints: (selectors, at) =>
    selectors.flatMap((selector, index) => selectorProblems(selector ?? {}, [...at, index])),
  cidrs: (cidrs, at) =>
    cidrs.flatMap((text, index) =>
      parsePrefixOrAddress(text ?? "") === undefined
        ? [problem("invalid-peer", [...at, index], `"${text}" is neither a CIDR nor an IP address`)]
        : [],
    ),
  cidrSets: (rules, at) => rules.flatMap((rule, index) => cidrRuleProblems(rule ?? {}, [...at, index])),
  entities: (entities, at) =>
    entities.flatMap((name, index) => {
      const known = ENTITY_NAMES.join(", ");
      return ENTITY_NAMES.includes(name)
        ? []
        : [problem("invalid-peer", [...at, index], `unknown entity "${name}"; known are ${known}`)];
    }),
  services: () => [],
  groups: () => [],
  nodes: (selectors, at) => selectors.flatMap((selector, index) => selectorProblems(selector ?? {}, [...at, index])),
  fqdns: (names, at) =>
    names.flatMap((name, index) => {
      const reason = fqdnProblem(name ?? {});
      return reason === undefined ? [] : [problem("invalid-peer", [...at, index], reason)];
    }),
};
