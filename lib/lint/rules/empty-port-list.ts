import { peerListsOf } from "../context";
import { type LintRule, Severity } from "../finding";

export const emptyPortList: LintRule = {
  id: "empty-port-list",
  severity: Severity.Error,
  scope: "policy",
  title: "An empty list of ports",
  why:
    "`toPorts: []` counts as absent: every port of every protocol, including ICMP. `toPorts: [{}]` and `ports: []` match no port at all. The same holds " +
    "for `icmps`. Measured with Cilium 1.20.2's own engine.",
  fix: "List the ports. For every port, leave toPorts out.",
  *check({ items }) {
    for (const item of items) {
      const { policy } = item.of;
      const verb = item.deny ? "denies" : "allows";
      for (const field of ["toPorts", "icmps"] as const)
        if (item[field]?.length === 0 && peerListsOf(item).length > 0)
          yield {
            policy,
            path: [...item.path, field],
            severity: Severity.Warning,
            data: {},
            message: `an empty ${field} is read as absent, so this rule ${verb} every port and protocol`,
          };
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        if ((ports ?? []).length === 0)
          yield {
            policy,
            path: [...item.path, "toPorts", index],
            data: {},
            message: `without ports this entry matches no port, so it ${verb} nothing`,
          };
      for (const [index, { fields }] of (item.icmps ?? []).entries())
        if ((fields ?? []).length === 0)
          yield {
            policy,
            path: [...item.path, "icmps", index],
            data: {},
            message: `without fields this entry matches no ICMP type, so it ${verb} nothing`,
          };
    }
  },
};
