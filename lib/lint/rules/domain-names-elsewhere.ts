import type { EgressRule } from "../../cilium/api/policy";
import { enumerate } from "../../common/text";
import { PROTOCOL_NUMBERS, portNameKey } from "../../kubernetes/ports";
import type { KnownEndpoint } from "../context";
import { dnsServers } from "../dns";
import { type LintRule, Severity } from "../finding";

export const domainNamesElsewhere: LintRule = {
  id: "domain-names-elsewhere",
  severity: Severity.Error,
  title: "`domainNames` in a cluster that resolves names elsewhere",
  why:
    "For `domainNames` Cilium adds a rule that sends the pods' DNS through its proxy, which is how it learns the names' addresses. That rule names pods " +
    "labelled `k8s-app: kube-dns` and their ports called `dns` and `dns-tcp`, whatever serves DNS in the cluster. If another pod answers, or its ports " +
    "have other names, Cilium learns nothing and the names match no address. Read in Cilium 1.20.2 (`ParseClusterNetworkPolicy`).",
  fix: "Send these pods' DNS through Cilium's proxy with a CiliumNetworkPolicy that has `rules.dns` for the pods that serve DNS, or give those this label and these port names.",
  tiers: true,
  *check(context) {
    const { policies, refused } = context;
    const servers = new Set(dnsServers(context).map(({ id }) => id));
    const known = context.pods.filter(({ facts }) => servers.has(facts.id));
    // If nothing tells what serves DNS, assume kubeadm's pods.
    if (known.length === 0 || known.some(isFound)) return;
    const watched = context.items.some(({ toPorts = [] }) =>
      toPorts.some(({ rules }) => (rules?.dns ?? []).length > 0),
    );
    if (watched) return;
    const names = enumerate(known.map(({ facts }) => facts.id));
    for (const [policy, { ordered, spec, unread }] of policies.entries()) {
      if (ordered === undefined || unread !== undefined || refused.has(policy)) continue;
      for (const [place, item] of (spec?.egress ?? []).entries() as Iterable<[number, EgressRule]>) {
        if ((item.toFQDNs ?? []).length === 0) continue;
        yield {
          policy,
          path: ["spec", "egress", place, "toFQDNs"],
          data: { servers: known.map(({ facts }) => facts.id) },
          message: `Cilium learns these names from pods labelled k8s-app: kube-dns with a port called dns, but ${names} serves DNS here, so they match no address`,
        };
      }
    }
  },
};

/** Whether the rule that Cilium adds selects the pod and its port. */
function isFound({ facts, identity }: KnownEndpoint): boolean {
  const udp = PROTOCOL_NUMBERS.get("udp") ?? 0;
  return facts.labels?.["k8s-app"] === "kube-dns" && identity.namedPorts.has(portNameKey("dns", udp));
}
