import { isNode } from "../../cilium/policy/identity";
import type { AddressFacts, EndpointFacts, FrontendFacts, ServicePort } from "../../scenario/scenario";
import { type ServiceManifest, selectsPod, unknownSelection } from "../manifests/service-manifest";

/** The endpoints of a scenario, with the ports of frontends, and the frontends. */
export interface WithFrontends {
  endpoints: EndpointFacts[];
  frontends: FrontendFacts[];
}

/** The addresses of LoadBalancers and `externalIPs`, each as a peer. If Cilium replaces kube-proxy, such an address is the Service. */
export function outerEndpoints(services: readonly ServiceManifest[]): AddressFacts[] {
  return services.flatMap(({ namespace, name, outerAddresses = [], ports = [] }) =>
    outerAddresses.map((ip) => ({
      id: `Service ${namespace}/${name} at ${ip}`,
      ip,
      service: `${namespace}/${name}`,
      ports: ports.map(({ port, protocol = "TCP" }) => ({ port, protocol })),
    })),
  );
}

/**
 * Adds Services at their NodePorts and outer addresses. Cilium translates such a connection before it applies the client's policy; since 1.20, also a
 * pod's connection to a NodePort on any node (`__per_packet_lb_svc_xlate_4` in bpf_lxc.c, `lb4_lookup_wildcard_service`).
 */
export function withFrontends(given: readonly EndpointFacts[], services: readonly ServiceManifest[]): WithFrontends {
  // Pods on the host network have their node's address, and so its NodePorts. Those are evaluated only if policies name the port.
  const nodes = given.filter(isNode).map(({ id }) => id);
  const inNodes = new Set(given.filter(({ hostNetwork }) => hostNetwork !== undefined).map(({ id }) => id));
  const frontends = services.flatMap((service) => {
    const { namespace, name, outerAddresses = [], ports = [] } = service;
    const own = `${namespace}/${name}`;
    return ports.flatMap((entry): FrontendFacts[] => {
      const { port, nodePort, protocol: proto = "TCP" } = entry;
      const unknown = unknownBehind(service, entry, given);
      const facts = {
        service: own,
        proto,
        backends: backendsOf(service, entry, given),
        ...(unknown !== undefined && { unknown }),
      };
      const at = outerAddresses.map((ip) => `Service ${own} at ${ip}`);
      return [
        ...(nodePort === undefined ? [] : [{ ...facts, at: nodes, port: nodePort }]),
        ...(at.length === 0 ? [] : [{ ...facts, at, port }]),
      ];
    });
  });
  const asked = new Map<string, { port: number; protocol: string }[]>();
  for (const { at, proto, port } of frontends)
    for (const id of at) if (!inNodes.has(id)) asked.set(id, [...(asked.get(id) ?? []), { port, protocol: proto }]);
  const endpoints = given.map((endpoint): EndpointFacts => {
    const known = new Set((endpoint.ports ?? []).map(({ port, protocol = "TCP" }) => `${protocol} ${port}`));
    const more = (asked.get(endpoint.id) ?? []).filter(({ port, protocol }) => !known.has(`${protocol} ${port}`));
    return more.length === 0 ? endpoint : { ...endpoint, ports: [...(endpoint.ports ?? []), ...more] };
  });
  return { endpoints, frontends };
}

/** What would have to be known to tell which pods are behind a Service, and on which ports. */
function unknownBehind(
  service: ServiceManifest,
  { targetPort, unknownTarget }: ServicePort,
  endpoints: readonly EndpointFacts[],
): string | undefined {
  if (service.unknownSelector !== undefined || unknownTarget !== undefined)
    return service.unknownSelector ?? unknownTarget;
  for (const endpoint of endpoints) {
    const { unknownLabels, unknownPorts } = endpoint;
    if (endpoint.representative !== undefined || (unknownLabels ?? unknownPorts) === undefined) continue;
    const reason = unknownSelection(service, endpoint);
    if (reason !== undefined) return reason;
    const isNamed = typeof targetPort === "string" && !endpoint.ports?.some(({ name }) => name === targetPort);
    const missing = isNamed ? (unknownPorts?.[targetPort] ?? unknownPorts?.["*"]) : undefined;
    if (missing !== undefined && selectsPod(service, endpoint)) return missing;
  }
  return undefined;
}

function backendsOf(
  service: ServiceManifest,
  entry: ServicePort,
  endpoints: readonly EndpointFacts[],
): FrontendFacts["backends"] {
  const behind = endpoints.filter((endpoint) => endpoint.representative === undefined && selectsPod(service, endpoint));
  return portsBehind(entry, behind);
}

/** The port of each pod that a Service's port is mapped to. Pods without a port of that name are left out. */
export function portsBehind(
  { port, targetPort = port }: Pick<ServicePort, "port" | "targetPort">,
  pods: readonly EndpointFacts[],
): { to: string; port: number }[] {
  return pods.flatMap(({ id, ports = [], inbound }) => {
    if (typeof targetPort === "number") return [{ to: id, port: targetPort }];
    const declared = (inbound?.containers ?? []).flatMap((container) => container.ports ?? []);
    const named = [...ports, ...declared.map(({ name, containerPort }) => ({ name, port: containerPort }))];
    const found = named.find(({ name }) => name === targetPort);
    return found === undefined ? [] : [{ to: id, port: found.port }];
  });
}
