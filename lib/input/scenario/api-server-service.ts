import type { ServiceFacts } from "../../scenario/scenario";
import type { ApiServer } from "../manifests/api-server";
import { isApiServers } from "../manifests/service-manifest";

/**
 * Adds the Service `default/kubernetes`, which the API server maintains in every cluster and no manifest describes. It has no selector, and its
 * backends are the API server's addresses. On nodes these have reserved identities, so `toServices`, which becomes a block for each address, matches
 * nothing unless CIDRs match nodes. An unknown address is replaced by one that no network has (240.0.0.0/4 is reserved, RFC 1112).
 */
export function withApiServer<Service extends ServiceFacts>(
  services: readonly Service[],
  apiServer?: ApiServer,
): (Service | ServiceFacts)[] {
  const given = services.find(isApiServers);
  const addresses = apiServer?.addresses ?? [];
  const service = {
    name: "kubernetes",
    namespace: "default",
    labels: { component: "apiserver", provider: "kubernetes" },
    ports: [{ port: 443, targetPort: 6443, protocol: "TCP" }],
    ...given,
    backends: addresses.length > 0 ? [...addresses] : ["240.0.0.1"],
  };
  return [...services.filter((other) => other !== given), service];
}

/** Whether no Service but the API server's is known. */
export function knowsNoService(services: readonly ServiceFacts[]): boolean {
  return services.every(isApiServers);
}
