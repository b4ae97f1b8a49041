import { type PeerList, type PlacedItem, peerLists, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";

/** Empty lists that Cilium reads as absent; every other empty list of peers matches nobody (`pkg/policy/utils/parserules.go`). */
const readAsAbsent: ReadonlySet<PeerList> = new Set(["services", "fqdns", "groups"]);

const nameOf = (item: PlacedItem, list: PeerList) => peerPath(item, list).at(-1);

export const emptyPeerList: LintRule = {
  id: "empty-peer-list",
  severity: Severity.Error,
  title: "An empty list of peers",
  why:
    "An empty fromEndpoints, fromEntities, fromCIDR, fromCIDRSet or fromNodes (and their `to` forms) matches nobody, and takes " +
    "every other peer of the same rule with it. An empty toServices, toFQDNs or toGroups is as if it were absent, which " +
    "with toPorts means anyone, the world included. Measured with Cilium 1.20.2's own engine.",
  fix: "Name the peers, or delete the rule. To say that nobody may connect write the entity `none`, for everybody `all`.",
  *check({ items }) {
    for (const item of items)
      for (const list of peerLists(item)) if (item[list]?.length === 0) yield emptyList(item, list);
  },
};

function emptyList(item: PlacedItem, list: PeerList): Observation {
  const verb = item.deny ? "denies" : "allows";
  const base = { policy: item.of.policy, path: peerPath(item, list) };
  const name = nameOf(item, list);
  if (!readAsAbsent.has(list))
    return {
      ...base,
      message: `an empty ${name} matches nobody, so this rule ${verb} nothing, whatever else it names`,
    };
  const others = peerLists(item).filter((other) => other !== list && (item[other]?.length ?? 0) > 0);
  if (others.length === 0 && (item.toPorts?.length ?? 0) > 0)
    return {
      ...base,
      message: `an empty ${name} is read as absent, so this rule ${verb} its ports to anyone, the world included`,
    };
  return { ...base, severity: Severity.Warning, message: `an empty ${name} is read as absent` };
}

export const emptyPortList: LintRule = {
  id: "empty-port-list",
  severity: Severity.Error,
  title: "An empty list of ports",
  why:
    "`toPorts: []` is as if it were absent: every port of every protocol, ICMP included. `toPorts: [{}]` and `ports: []` match " +
    "no port at all. The same holds for `icmps`. Measured with Cilium 1.20.2's own engine.",
  fix: "List the ports. For every port leave toPorts out.",
  *check({ items }) {
    for (const item of items) {
      const { policy } = item.of;
      const verb = item.deny ? "denies" : "allows";
      for (const field of ["toPorts", "icmps"] as const)
        if (item[field]?.length === 0 && peerLists(item).length > 0)
          yield {
            policy,
            path: [...item.path, field],
            severity: Severity.Warning,
            message: `an empty ${field} is read as absent, so this rule ${verb} every port and protocol`,
          };
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        if ((ports ?? []).length === 0)
          yield {
            policy,
            path: [...item.path, "toPorts", index],
            message: `without ports this entry matches no port, so it ${verb} nothing`,
          };
      for (const [index, { fields }] of (item.icmps ?? []).entries())
        if ((fields ?? []).length === 0)
          yield {
            policy,
            path: [...item.path, "icmps", index],
            message: `without fields this entry matches no ICMP type, so it ${verb} nothing`,
          };
    }
  },
};

export const emptyRule: LintRule = {
  id: "empty-rule",
  severity: Severity.Warning,
  title: "An empty rule",
  why:
    "`ingress: [{}]` is Cilium's default deny: the empty rule allows nothing, and its presence turns default deny on. In a " +
    "Kubernetes NetworkPolicy the same text allows everything. Beside other rules it adds nothing. `ingressDeny: [{}]` denies nobody outright, and turns default deny on as well. " +
    "Measured with Cilium 1.20.2's own engine.",
  fix: "For default deny alone write the entity: `fromEntities: [none]`. To allow everyone write `fromEntities: [all]`. Else delete it.",
  *check({ items }) {
    for (const item of items)
      if (saysNothing(item)) yield { policy: item.of.policy, path: item.path, ...emptyItem(item) };
  },
};

/** Neither ports nor peers, as Cilium reads them. */
export function saysNothing(item: PlacedItem): boolean {
  const hasPorts = (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
  return !hasPorts && peerLists(item).every((list) => readAsAbsent.has(list) && item[list]?.length === 0);
}

function emptyItem({ of: { rule }, direction, deny }: PlacedItem): Pick<Observation, "message" | "severity" | "fix"> {
  const [allowing, denying] = [rule[direction]?.length ?? 0, rule[`${direction}Deny`]?.length ?? 0];
  const entities = direction === "ingress" ? "fromEntities" : "toEntities";
  const outright = `\`${direction}Deny: [{${entities}: [all]}]\``;
  const byDefault = `\`${direction}: [{${entities}: [none]}]\``;
  if (!deny)
    return {
      fix: `For default deny alone write the entity: \`${entities}: [none]\`. To allow everyone write \`${entities}: [all]\`. Else delete it.`,
      ...(allowing === 1
        ? {
            severity: Severity.Info,
            message: `this denies all ${direction} to the pods; in a Kubernetes NetworkPolicy the same text allows all`,
          }
        : { message: "an empty rule allows nothing, so beside other rules it does nothing" }),
    };
  if (allowing > 0 || denying > 1 || rule.enableDefaultDeny?.[direction] === false)
    return {
      severity: Severity.Error,
      message: "an empty rule denies nothing",
      fix: `To deny everyone whatever else allows them write ${outright}. Else delete it.`,
    };
  return {
    message: `an empty rule denies nobody outright, but turns default deny on: all ${direction} that nothing allows is cut`,
    fix: `If that is meant write ${byDefault}. To deny everyone whatever other policies allow write ${outright}.`,
  };
}

export const emptyDirection: LintRule = {
  id: "empty-direction",
  severity: Severity.Warning,
  title: "An empty direction",
  why:
    "`ingress: []` (and egress, ingressDeny, egressDeny) is as if it were absent: it neither allows nor denies, and does not turn " +
    "default deny on. Where every direction is empty Cilium refuses the policy.",
  fix: 'To deny everything in this direction write one empty rule, "[{}]", or the entity `none`. Otherwise delete it.',
  *check({ rules }) {
    for (const { policy, path, rule } of rules)
      for (const field of ["ingress", "ingressDeny", "egress", "egressDeny"] as const)
        if (rule[field]?.length === 0)
          yield { policy, path: [...path, field], message: `an empty ${field} is read as absent: it denies nothing` };
  },
};
