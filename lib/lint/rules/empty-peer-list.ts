import { EMPTY_SELECTS, type PeerList } from "../../cilium/api/peer-lists";
import { type PlacedItem, peerListsOf, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";

const nameOf = (item: PlacedItem, list: PeerList) => peerPath(item, list).at(-1);

export const emptyPeerList: LintRule = {
  id: "empty-peer-list",
  severity: Severity.Error,
  scope: "policy",
  title: "An empty list of peers",
  why:
    "An empty fromEndpoints, fromEntities, fromCIDR, fromCIDRSet or fromNodes (or its `to` form) matches nobody, and disables every other peer of the " +
    "same rule. An empty toServices, toFQDNs or toGroups counts as absent, which together with toPorts means anyone, including the world. Measured with " +
    "Cilium 1.20.2's own engine.",
  fix: "Name the peers, or delete the rule. To admit nobody, write the entity `none`; for everybody, `all`.",
  *check({ items }) {
    for (const item of items)
      for (const list of peerListsOf(item)) if (item[list]?.length === 0) yield emptyList(item, list);
  },
};

function emptyList(item: PlacedItem, list: PeerList): Observation {
  const verb = item.deny ? "denies" : "allows";
  const base = { policy: item.of.policy, path: peerPath(item, list) };
  const name = nameOf(item, list);
  if (EMPTY_SELECTS[list] === "nobody")
    return {
      ...base,
      data: { effect: "nobody" },
      message: `an empty ${name} matches nobody, so this rule ${verb} nothing, whatever else it names`,
    };
  const others = peerListsOf(item).filter((other) => other !== list && (item[other]?.length ?? 0) > 0);
  if (others.length === 0 && (item.toPorts?.length ?? 0) > 0)
    return {
      ...base,
      data: { effect: "anyone" },
      message: `an empty ${name} is read as absent, so this rule ${verb} its ports to anyone, the world included`,
    };
  return {
    ...base,
    severity: Severity.Warning,
    data: { effect: "none" },
    message: `an empty ${name} is read as absent`,
  };
}
