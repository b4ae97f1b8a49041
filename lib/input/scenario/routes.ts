import type { RouteFacts } from "../../scenario/scenario";
import type { Gateways } from "../manifests/gateways";
import { type ServiceManifest, selectsPod } from "../manifests/service-manifest";
import type { Workload } from "../manifests/workloads";

/** The workloads and ports that routes of Cilium's own proxy forward to. */
export function routesOf(
  { routes }: Gateways,
  services: readonly ServiceManifest[],
  workloads: readonly Workload[],
): RouteFacts[] {
  const found = routes.flatMap(({ namespace, name, port, ...place }) => {
    const service = services.find((one) => one.name === name && one.namespace === namespace);
    const ports = (service?.ports ?? []).filter(
      ({ port: number, name: called }) => port === undefined || port === number || port === called,
    );
    const behind = workloads.filter(({ endpoint }) => service !== undefined && selectsPod(service, endpoint));
    return behind.flatMap(({ endpoint }) =>
      ports.flatMap(({ port: number, targetPort = number, protocol = "TCP" }) => {
        const named = endpoint.ports?.find((one) => one.name === targetPort)?.port;
        const target = typeof targetPort === "number" ? targetPort : named;
        return target === undefined
          ? []
          : [{ ...place, from: "ingress", to: endpoint.id, proto: protocol, port: target }];
      }),
    );
  });
  return [...new Map(found.map((route) => [JSON.stringify(route), route])).values()];
}
