import { type PlacedItem, peerPath } from "../context";
import { type LintRule, Severity } from "../finding";

const watchesDns = (item: PlacedItem) =>
  item.direction === "egress" && !item.deny && (item.toPorts ?? []).some(({ rules }) => (rules?.dns ?? []).length > 0);

export const fqdnWithoutDns: LintRule = {
  id: "fqdn-without-dns",
  severity: Severity.Error,
  title: "toFQDNs without a DNS rule",
  why:
    "Cilium learns the addresses of a name from DNS answers that pass its proxy, and they pass it only where a rule for the same pods has `rules.dns` " +
    "(Cilium's documentation, layer 3 policies, DNS based). Without one toFQDNs matches nothing, ever.",
  fix:
    'Add an egress rule to kube-dns with `toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]`. ' +
    "It needs the chart value l7Proxy: true.",
  *check(context) {
    const { items } = context;
    const watching = items.filter(watchesDns);
    for (const item of items) {
      if ((item.fqdns ?? []).length === 0) continue;
      const { of } = item;
      const inSameRule = watching.some((other) => other.of === of);
      const watched = watching.map((other) => other.of);
      const everyPod = of.subjects.every((pod) => context.rulesOf(pod).some((rule) => watched.includes(rule)));
      if (inSameRule || (of.subjects.length > 0 && everyPod)) continue;
      yield {
        policy: of.policy,
        path: peerPath(item, "fqdns"),
        message: "no rule sends the DNS of these pods through Cilium's proxy, so these names match no address",
      };
    }
  },
};
