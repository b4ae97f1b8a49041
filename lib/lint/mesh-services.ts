import { wellKnown, wellKnownEndpoint } from "../linkerd/wire/well-known";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/** Services that pods depend on, whether or not the scenario names them. */
export interface MeshServices {
  dns: EndpointFacts;
  identity: EndpointFacts;
  destination: EndpointFacts;
  tap: EndpointFacts;
  prometheus: EndpointFacts;
  /** The API server, on a node. */
  apiServer: EndpointFacts;
  /** Cilium's own gateway, as pods see it. */
  gateway: EndpointFacts;
}

/**
 * The scenario's endpoints for these services, or their defaults.
 *
 * They have no `mesh`, because proxies dial them, and they dial proxies, directly at the port in either transport mode.
 */
export function meshServices({ endpoints }: Scenario): MeshServices {
  const find = (service: Exclude<keyof MeshServices, "apiServer" | "gateway">): EndpointFacts => {
    const known = wellKnown[service];
    // Recognize them by labels, because some clusters rename Linkerd's namespaces.
    const labels = Object.entries(known.labels);
    const given = endpoints.find((facts) => labels.every(([key, value]) => facts.labels?.[key] === value));
    const { mesh: _, ports: __, ...facts } = given ?? wellKnownEndpoint("", known);
    return { ...facts, id: `lint:${service}` };
  };
  return {
    dns: find("dns"),
    identity: find("identity"),
    destination: find("destination"),
    tap: find("tap"),
    prometheus: find("prometheus"),
    apiServer: { id: "lint:api-server", reserved: ["kube-apiserver", "remote-node"] },
    gateway: { id: "lint:gateway", reserved: ["ingress"] },
  };
}

/** Whether the scenario has the viz extension. */
export function hasViz({ endpoints, namespaces = [] }: Scenario): boolean {
  return endpoints.some(isViz) || namespaces.some(({ labels }) => labels?.["linkerd.io/extension"] === "viz");
}

const isViz = ({ labels }: EndpointFacts) => labels?.["linkerd.io/extension"] === "viz";
