import type { NamedPort, PodFacts } from "../../scenario/scenario";
import { injectedLabels } from "./injection";
import { controlPlanePorts, meshPorts } from "./ports";

/** A workload that every meshed pod communicates with. */
export interface WellKnownWorkload {
  namespace: string;
  /** The Deployment's name. */
  name: string;
  /** The labels from its chart. {@link wellKnownEndpoint} adds those of the injector. */
  labels: { [key: string]: string };
  serviceAccount: string;
  ports: NamedPort[];
  meshed: boolean;
}

/**
 * DNS as deployed by kubeadm, and the workloads that dial proxies or are dialled by them, as deployed by the charts of Linkerd's control plane and viz
 * extension in edge-26.8.3.
 */
export const wellKnown = {
  dns: {
    namespace: "kube-system",
    name: "kube-dns",
    labels: { "k8s-app": "kube-dns" },
    serviceAccount: "coredns",
    ports: [
      { name: "dns", port: meshPorts.dns, protocol: "UDP" },
      { name: "dns-tcp", port: meshPorts.dns, protocol: "TCP" },
    ],
    meshed: false,
  },
  identity: controlPlane("identity", [meshPorts.identity]),
  destination: controlPlane("destination", [meshPorts.destination, meshPorts.policy]),
  tap: viz("tap"),
  prometheus: viz("prometheus"),
} as const satisfies { [role: string]: WellKnownWorkload };

function controlPlane(component: string, ports: number[]): WellKnownWorkload {
  return {
    namespace: "linkerd",
    name: `linkerd-${component}`,
    labels: { "linkerd.io/control-plane-component": component },
    serviceAccount: `linkerd-${component}`,
    ports: ports.map((port) => ({ port, protocol: "TCP" })),
    meshed: true,
  };
}

function viz(component: string): WellKnownWorkload {
  return {
    namespace: "linkerd-viz",
    name: component,
    labels: { component, "linkerd.io/extension": "viz" },
    serviceAccount: component,
    ports: [],
    meshed: true,
  };
}

/** The ports that proxies dial directly. Only connections from applications would go to 4143 instead. */
export function directPortsOf(labels: { [key: string]: string }): { directPorts?: number[] } {
  const component = labels["linkerd.io/control-plane-component"];
  return component === "identity" || component === "destination" ? { directPorts: [...controlPlanePorts] } : {};
}

/** A well-known workload as an endpoint of a scenario. */
export function wellKnownEndpoint(
  id: string,
  { namespace, name, labels, serviceAccount, ports, meshed }: WellKnownWorkload,
): PodFacts & { labels: { [key: string]: string } } {
  const facts = { id, namespace, labels, serviceAccount, ports };
  if (!meshed) return facts;
  return {
    ...facts,
    labels: { ...labels, ...injectedLabels(namespace, name) },
    mesh: { injected: true, ...directPortsOf(labels) },
  };
}
