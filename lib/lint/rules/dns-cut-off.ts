import { meshPorts } from "../../linkerd/wire/ports";
import type { KnownEndpoint, LintContext } from "../context";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";
import { isMeshed } from "../meshed-pairs";

export const dnsCutOff: LintRule = {
  id: "dns-cut-off",
  severity: Severity.Warning,
  title: "Pods that may connect somewhere and cannot resolve names",
  why:
    "Egress that is denied by default takes DNS with it, so no name resolves. On a mesh it is worse: the proxy finds the control plane by DNS, and as a native " +
    "sidecar that does not become ready it keeps the application from starting. Pods that already run go on until they need a new certificate.",
  fix: 'Allow egress to kube-dns (namespace kube-system, label k8s-app: kube-dns) on port "53", protocol ANY.',
  kubernetes: {
    fix: "Allow egress to kube-dns (namespace kube-system, label k8s-app: kube-dns) on port 53, UDP and TCP.",
  },
  *check(context) {
    const { dns } = context.services;
    const meshed = new Losses(context, "egress");
    const others = new Losses(context, "egress");
    for (const pod of context.pods) {
      const { id, namespace, labels } = pod.facts;
      if (namespace === dns.namespace && labels?.["k8s-app"] === "kube-dns") continue;
      if (!isDenied(context, { from: id, to: dns.id, proto: "UDP", port: meshPorts.dns }, "egress")) continue;
      if (isMeshed(pod)) meshed.add(pod, "");
      else if (mayConnectSomewhere(context, pod)) others.add(pod, "");
    }
    for (const found of meshed.observations(
      (pods) => `${pods} cannot resolve names, and the Linkerd proxy does not start without`,
    ))
      yield { ...found, severity: Severity.Error };
    yield* others.observations((pods) => `${pods} may connect to others and cannot resolve their names`);
  },
};

/** Where nothing at all is allowed, that names do not resolve either is what the policy says. */
function mayConnectSomewhere(context: LintContext, pod: KnownEndpoint): boolean {
  return context
    .rulesOf(pod)
    .flatMap((rule) => context.itemsOf(rule))
    .filter(({ direction, deny }) => direction === "egress" && !deny)
    .some(({ endpoints, services, fqdns, entities }) => {
      const somebody = entities?.filter((entity) => entity !== "none");
      return [endpoints, services, fqdns, somebody].some((list) => (list ?? []).length > 0);
    });
}
