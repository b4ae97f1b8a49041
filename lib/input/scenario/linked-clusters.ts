import type { AddressFacts, EndpointFacts, EndpointMesh, ReservedFacts } from "../../scenario/endpoint";
import { gatewayOf, type LinkFacts, mirrorOf } from "../manifests/links";
import type { ServiceManifest } from "../manifests/service-manifest";

/** Linkerd's gateway of another cluster, or a Service behind it. */
export type LinkedEndpoint = AddressFacts & Required<Pick<AddressFacts, "linked">>;

/**
 * The gateways of linked clusters at their addresses, and each mirrored Service, whose clients' proxies connect to the gateway. Of either, Cilium
 * sees only the gateway's address and port. The gateway accepts only mutual TLS, from proxies.
 */
export function linkedEndpoints(links: readonly LinkFacts[], services: readonly ServiceManifest[]): LinkedEndpoint[] {
  const gateways = links.flatMap(({ cluster, ...gateway }) =>
    gateway.addresses.map((ip, place): LinkedEndpoint => {
      const { port, probePort } = gateway;
      return {
        id: place === 0 ? `gateway of cluster ${cluster}` : `gateway of cluster ${cluster} ${ip}`,
        ip,
        ports: [{ port }, ...(probePort === undefined ? [] : [{ port: probePort }])],
        mesh: gatewayMesh(gateway),
        linked: { cluster },
      };
    }),
  );
  const behind = services.flatMap((service): LinkedEndpoint[] => {
    const mirror = mirrorOf(service);
    if (mirror === undefined || mirror.isFlat) return [];
    const gateway = gatewayOf(service, mirror.cluster, links);
    const ports = (service.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP").map(({ port }) => port);
    const name = `${service.namespace}/${service.name}`;
    return gateway.addresses.map((ip, place) => ({
      id: place === 0 ? `Service ${name}` : `Service ${name} ${ip}`,
      ip,
      ports: [{ port: gateway.port, ...(ports.length > 0 && { standsFor: { label: ports.join(", ") } }) }],
      mesh: gatewayMesh(gateway),
      linked: { cluster: mirror.cluster, service: name },
    }));
  });
  return [...new Map([...gateways, ...behind].map((one) => [one.id, one])).values()];
}

function gatewayMesh({ port, probePort }: Pick<LinkFacts, "port" | "probePort">): EndpointMesh {
  return {
    injected: true,
    inboundPort: port,
    directPorts: [port],
    skipInboundPorts: probePort === undefined ? [] : [probePort],
  };
}

/**
 * The clients of this cluster's gateways: proxies of other clusters. They come from outside, or through a node that replaces their address with its
 * own. To servers behind the gateway they are the gateway.
 */
export function peersOfGateways(workloads: readonly Pick<EndpointFacts, "mesh">[], port: number): ReservedFacts[] {
  if (!workloads.some(({ mesh }) => mesh?.directPorts?.includes(port))) return [];
  const mesh = { injected: true };
  return [
    {
      id: "any meshed peer of another cluster",
      reserved: ["world"],
      mesh,
      representative: { foldsInto: ["world"] },
    },
    {
      id: "any meshed peer of another cluster by a node",
      reserved: ["remote-node"],
      mesh,
      representative: { foldsInto: ["remote-node"] },
    },
  ];
}
