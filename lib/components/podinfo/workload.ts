import type { NamedPort, PodFacts, ServiceFacts } from "../../scenario/scenario";

/**
 * The fixed facts about podinfo, as plain data, for the component, its policies and the reachability of a stack. The numbers are
 * those of podinfo's kustomize base.
 */
export const podinfo = {
  name: "podinfo",
  /** The label of the kustomize base. The Helm chart labels its pods `app.kubernetes.io/name`, which the tutorial's policies do not select. */
  labels: { app: "podinfo" },
  image: "ghcr.io/stefanprodan/podinfo",
  ports: {
    /** The API, and the only port that the tutorial's client may use. */
    http: { name: "http", port: 9898, protocol: "TCP" },
    /** Prometheus metrics. Not part of the Service. */
    metrics: { name: "http-metrics", port: 9797, protocol: "TCP" },
    grpc: { name: "grpc", port: 9999, protocol: "TCP" },
  },
} as const;

export function podinfoEndpoint(namespace: string): PodFacts {
  const ports: NamedPort[] = Object.values(podinfo.ports).map((port) => ({ ...port }));
  return { id: podinfo.name, namespace, labels: { ...podinfo.labels }, serviceAccount: podinfo.name, ports };
}

export function podinfoService(namespace: string): ServiceFacts {
  return { name: podinfo.name, namespace, selector: { ...podinfo.labels } };
}
