import type { NamedPort, PodFacts } from "../../scenario/scenario";
import { injectedLabels } from "./injection";
import { controlPlanePorts, meshPorts } from "./ports";

/** A workload that every meshed pod has to do with. */
export interface WellKnownWorkload {
  namespace: string;
  /** Name of the Deployment. */
  name: string;
  /** Those of its chart. The injector adds its own: `wellKnownEndpoint`. */
  labels: { [key: string]: string };
  serviceAccount: string;
  ports: NamedPort[];
  meshed: boolean;
}

/**
 * DNS as kubeadm deploys it, and what dials proxies or is dialled by them, as the charts of Linkerd's control plane and its viz extension
 * of edge-26.8.3 deploy it.
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

/** Proxies dial the control plane's own ports; only what applications sent there would be carried to 4143. */
export function directPortsOf(labels: { [key: string]: string }): { directPorts?: number[] } {
  const component = labels["linkerd.io/control-plane-component"];
  return component === "identity" || component === "destination" ? { directPorts: [...controlPlanePorts] } : {};
}

/** A well-known workload as a scenario has it. */
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
