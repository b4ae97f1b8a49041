import type { ServiceFacts } from "../../scenario/scenario";
import type { ApiServer } from "../manifests/api-server";
import { isApiServers } from "../manifests/service-manifest";

/**
 * Services with `default/kubernetes` among them, which the API server keeps in every cluster and no manifest describes. It has no selector, and
 * its backends are the API server's addresses. On nodes those have reserved identities, so that what `toServices` makes of it, a block for each address,
 * matches nobody unless CIDRs match nodes. For where they are unknown an address stands that no network has (240.0.0.0/4 is reserved, RFC 1112).
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

/** Whether all that is known of Services is the API server's, which says nothing of any other. */
export function knowsNoService(services: readonly ServiceFacts[]): boolean {
  return services.every(isApiServers);
}
