import { fqdnLabels } from "../../cilium/api/fqdn-patterns";
import { type LintContext, type PlacedItem, type PlacedRule, peerPath } from "../context";
import { allowsDnsOf } from "../dns";
import { type LintRule, Severity } from "../finding";

export const dnsListLacksName: LintRule = {
  id: "dns-list-lacks-name",
  severity: Severity.Error,
  title: "A name in toFQDNs that no DNS rule lets the pods resolve",
  why:
    "If a rule has `rules.dns`, Cilium's DNS proxy answers only the listed names and refuses all others. A name in toFQDNs that is on none of these lists " +
    "is never resolved, so Cilium learns no address for it, and no traffic gets there.",
  fix: 'Add the name to `rules.dns`, or `matchPattern: "*"`.',
  *check(context) {
    for (const item of context.items) {
      if (item.deny || (item.fqdns ?? []).length === 0) continue;
      const about = item.of.subject === undefined ? [[item.of]] : context.rulesOfSubjects(item.of);
      const lists = about.map((rules) => dnsLists(context, rules)).filter((list) => list !== undefined);
      for (const [index, selector] of (item.fqdns ?? []).entries())
        for (const field of ["matchName", "matchPattern"] as const) {
          const written = selector[field];
          if (!written) continue;
          const name = field === "matchName" ? written : exampleOf(written);
          if (lists.every((patterns) => fqdnLabels(name, patterns).length > 0)) continue;
          yield {
            policy: item.of.policy,
            path: [...peerPath(item, "fqdns"), index, field],
            data: { name: written },
            message: `no DNS rule lets these pods resolve ${written}, so it matches no address`,
          };
        }
    }
  },
};

/** The names that a pod's DNS rules allow; undefined if no rule sends its DNS through the proxy, or one allows every name. */
function dnsLists(context: LintContext, rules: readonly PlacedRule[]): string[] | undefined {
  const items = rules
    .flatMap((rule) => context.itemsOf(rule))
    .filter((item) => item.direction === "egress" && !item.deny);
  const listed = items.flatMap(dnsRules);
  if (listed.length === 0 || items.some((item) => allowsDnsOf(context, item, "unlisted"))) return undefined;
  return listed.flatMap(({ matchName, matchPattern }) => matchName || matchPattern || []);
}

const dnsRules = ({ toPorts }: PlacedItem) => (toPorts ?? []).flatMap(({ rules }) => rules?.dns ?? []);

/** A name that the pattern matches. */
const exampleOf = (pattern: string) => pattern.replace(/^\*{2,}\./, "a.b.").replace(/\*+/g, "a");
