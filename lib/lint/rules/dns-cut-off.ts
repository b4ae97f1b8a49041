import { meshPorts } from "../../linkerd/wire/ports";
import type { KnownEndpoint, LintContext } from "../context";
import { covers } from "../covers";
import { allowsOtherDns, type DnsServer, dnsServers } from "../dns";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";
import { isMeshed } from "../meshed-pairs";

export const dnsCutOff: LintRule = {
  id: "dns-cut-off",
  severity: Severity.Warning,
  title: "Pods that may connect out but cannot resolve names",
  why:
    "Default deny on egress blocks DNS too, so no name resolves. On a mesh it is worse: the proxy finds the control plane by DNS, and as a native sidecar " +
    "that never becomes ready it keeps the application from starting. Running pods continue until they need a new certificate. What serves DNS is " +
    "determined from Services and labels, and from rules that name a DNS of their own (`rules.dns`, NodeLocal DNSCache, OpenShift's 5353).",
  fix: 'Allow egress to kube-dns (namespace kube-system, label k8s-app: kube-dns) on port "53", protocol ANY.',
  kubernetes: {
    fix: "Allow egress to kube-dns (namespace kube-system, label k8s-app: kube-dns) on port 53, UDP and TCP.",
  },
  *check(context) {
    const servers = dnsServers(context);
    const own = new Set(servers.map(({ id }) => id));
    const fix = fixFor(servers);
    const meshed = new Losses(context, "egress");
    const others = new Losses(context, "egress");
    for (const pod of context.pods) {
      const { id: from } = pod.facts;
      if (own.has(from)) continue;
      const isCutOff = servers.every(({ id: to, port }) =>
        isDenied(context, { from, to, proto: "UDP", port }, "egress"),
      );
      if (!isCutOff || allowsOtherDns(context, pod)) continue;
      if (isMeshed(pod)) meshed.add(pod, { words: "", data: { isMeshed: true } });
      else if (mayConnectSomewhere(context, pod)) others.add(pod, { words: "", data: { isMeshed: false } });
    }
    for (const found of meshed.observations(
      (pods) => `${pods} cannot resolve names, without which the Linkerd proxy does not start`,
    ))
      yield { ...found, ...fix, severity: Severity.Error };
    for (const found of others.observations((pods) => `${pods} may connect to others but cannot resolve their names`))
      yield { ...found, ...fix };
  },
};

/** Overrides the fix if DNS does not run where kubeadm deploys it. */
function fixFor([server]: readonly DnsServer[]): { fix?: string } {
  const { id, namespace, port } = server ?? {};
  if (namespace === "kube-system" && port === meshPorts.dns) return {};
  return {
    fix: `Allow egress to ${id} (namespace ${namespace}), which serves DNS here, on port "${port}", protocol ANY.`,
  };
}

/** Whether a pod may connect anywhere. If not, the policy evidently means to block DNS too. */
function mayConnectSomewhere(context: LintContext, pod: KnownEndpoint): boolean {
  const items = context
    .rulesOf(pod)
    .flatMap((rule) => context.itemsOf(rule))
    .filter(({ direction }) => direction === "egress");
  const denying = items.filter(({ deny }) => deny);
  return items.some((item) => {
    const { endpoints, services, fqdns, entities, deny } = item;
    const somebody = entities?.filter((entity) => entity !== "none");
    const isSomewhere = [endpoints, services, fqdns, somebody].some((list) => (list ?? []).length > 0);
    return !deny && isSomewhere && !denying.some((one) => covers(context, one, item));
  });
}
