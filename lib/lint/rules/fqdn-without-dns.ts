import { type PlacedItem, peerPath } from "../context";
import { type LintRule, Severity } from "../finding";

const watchesDns = (item: PlacedItem) =>
  item.direction === "egress" && !item.deny && (item.toPorts ?? []).some(({ rules }) => (rules?.dns ?? []).length > 0);

export const fqdnWithoutDns: LintRule = {
  id: "fqdn-without-dns",
  severity: Severity.Error,
  title: "toFQDNs without a DNS rule",
  why:
    "Cilium learns a name's addresses from DNS answers that pass its proxy, and they only pass it if a rule for the same pods has `rules.dns` (Cilium's " +
    "documentation, layer 3 policies, DNS based). Without one, toFQDNs never matches anything.",
  fix:
    'Add an egress rule to kube-dns with `toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]`. It needs the chart ' +
    "value l7Proxy: true.",
  *check(context) {
    const watching = new Set(context.items.filter(watchesDns).map(({ of }) => of));
    for (const item of context.items) {
      if ((item.fqdns ?? []).length === 0) continue;
      const { of } = item;
      // The nodes that a rule selects are unknown here.
      const areWatched =
        of.subject === undefined
          ? watching.has(of)
          : context.rulesOfSubjects(of).every((about) => about.some((rule) => watching.has(rule)));
      if (areWatched) continue;
      yield {
        policy: of.policy,
        path: peerPath(item, "fqdns"),
        data: { names: (item.fqdns ?? []).flatMap(({ matchName, matchPattern }) => matchName ?? matchPattern ?? []) },
        message: "no rule sends the DNS of these pods through Cilium's proxy, so these names match no address",
      };
    }
  },
};
