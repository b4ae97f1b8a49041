import type { PlacedItem } from "../context";
import { peerListsOf } from "../context";
import { type FindingData, type LintRule, Severity } from "../finding";

export const portsWithoutPeer: LintRule = {
  id: "ports-without-peer",
  severity: Severity.Warning,
  scope: "policy",
  title: "Ports without a peer are open to anyone",
  why: "A rule that names ports but no peer admits everyone on them: pods of every namespace, nodes and the world.",
  fix: "Name the peers. If you mean anyone, say so with the entity `all`.",
  *check({ items }) {
    for (const item of items) {
      const matches =
        (item.toPorts ?? []).some(({ ports }) => (ports ?? []).length > 0) ||
        (item.icmps ?? []).some(({ fields }) => (fields ?? []).length > 0);
      if (item.deny || !matches || peerListsOf(item).length > 0) continue;
      const whom = item.direction === "ingress" ? "anyone may connect to" : "the pods may connect to anyone on";
      yield {
        policy: item.of.policy,
        path: item.path,
        data: portsOf(item),
        message: `${whom} these ports, the world included`,
      };
    }
  },
};

function portsOf({ toPorts = [], icmps = [] }: PlacedItem): FindingData {
  return {
    ports: toPorts.flatMap(({ ports = [] }) => ports.map((port) => JSON.stringify(port))),
    icmps: icmps.flatMap(({ fields = [] }) => fields.map((field) => JSON.stringify(field))),
  };
}
