import type { ServiceFacts } from "../../scenario/scenario";
import { peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";

export const inClusterName: LintRule = {
  id: "in-cluster-name",
  severity: Severity.Error,
  title: "toFQDNs of a name inside the cluster",
  why:
    "Addresses that toFQDNs learns count outside the cluster only: what a name of the cluster resolves to is a pod or a cluster IP, which is translated to one, and a pod has an identity of its own " +
    "(Cilium `pkg/policy/api/egress.go`). Only Services that lead outside are an exception.",
  fix: "Name the pods with toEndpoints (in another namespace with `k8s:io.kubernetes.pod.namespace`), or the Service with toServices.",
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

type Judged = Pick<Observation, "message" | "severity"> | undefined;

function judgeName(written: string, own: string | undefined, services: readonly ServiceFacts[]): Judged {
  const name = written.toLowerCase().replace(/\.$/, "");
  const [, head = "", suffix = ""] = /^(.*?)(\.svc|(?:\.svc|\.pod)?\.cluster\.local)?$/.exec(name) ?? [];
  const service = serviceOf(head.split("."), own, services);
  // A Service without selector may lead outside, by its endpoints or as an ExternalName.
  if (service !== undefined)
    return Object.keys(service.selector ?? {}).length > 0
      ? { message: `this is the Service ${service.name} in ${service.namespace}, and toFQDNs never matches pods` }
      : undefined;
  if (suffix === "") return undefined;
  return {
    severity: Severity.Warning,
    message: "this is a name of the cluster, and toFQDNs never matches pods, only what a Service has outside",
  };
}

/** `db`, `db.shop` or, of one of its pods, `db-0.db.shop`. */
function serviceOf(parts: readonly string[], own: string | undefined, services: readonly ServiceFacts[]) {
  if (parts.length > 3) return undefined;
  const [name, namespace] = parts.length === 1 ? [parts[0], own] : parts.slice(-2);
  return services.find((service) => service.name === name && service.namespace === namespace);
}
