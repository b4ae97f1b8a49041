import type { ServiceFacts } from "../../scenario/scenario";
import { peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";

export const inClusterName: LintRule = {
  id: "in-cluster-name",
  severity: Severity.Error,
  title: "toFQDNs with a name inside the cluster",
  why:
    "`toFQDNs` only matches addresses outside the cluster. A cluster name resolves to a pod or to a cluster IP, which is translated to a pod, and pods have " +
    "identities of their own (Cilium `pkg/policy/api/egress.go`). The only exception is a Service that leads outside.",
  fix: "Select the pods with toEndpoints (in another namespace with `k8s:io.kubernetes.pod.namespace`), or the Service with toServices.",
  *check({ items, scenario }) {
    for (const item of items)
      for (const [index, selector] of (item.fqdns ?? []).entries())
        for (const field of ["matchName", "matchPattern"] as const) {
          const found = judgeName(selector[field] ?? "", item.of.namespace, scenario.services ?? []);
          if (found !== undefined)
            yield { policy: item.of.policy, path: [...peerPath(item, "fqdns"), index, field], ...found };
        }
  },
};

type Judged = Pick<Observation, "data" | "message" | "severity"> | undefined;

function judgeName(written: string, own: string | undefined, services: readonly ServiceFacts[]): Judged {
  const name = written.toLowerCase().replace(/\.$/, "");
  const [, head = "", suffix = ""] = /^(.*?)(\.svc|(?:\.svc|\.pod)?\.cluster\.local)?$/.exec(name) ?? [];
  const service = serviceOf(head.split("."), own, services);
  // A Service without selector may lead outside, by its endpoints or as an ExternalName.
  if (service !== undefined)
    return Object.keys(service.selector ?? {}).length > 0
      ? {
          data: { name, service: service.name, namespace: service.namespace },
          message: `this is the Service ${service.name} in ${service.namespace}, and toFQDNs never matches pods`,
        }
      : undefined;
  if (suffix === "") return undefined;
  return {
    severity: Severity.Warning,
    data: { name },
    message: "this is a name inside the cluster, and toFQDNs never matches pods, only a Service's outside addresses",
  };
}

/** `db`, `db.shop` or, of one of its pods, `db-0.db.shop`. */
function serviceOf(parts: readonly string[], own: string | undefined, services: readonly ServiceFacts[]) {
  if (parts.length > 3) return undefined;
  const [name, namespace] = parts.length === 1 ? [parts[0], own] : parts.slice(-2);
  return services.find((service) => service.name === name && service.namespace === namespace);
}
