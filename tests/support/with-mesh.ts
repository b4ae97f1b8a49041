import type { EndpointFacts, EndpointMesh } from "../../lib/scenario/scenario";

/** The endpoint with a proxy, where it is a pod. */
export function withMesh(endpoint: EndpointFacts, mesh: EndpointMesh = { injected: true }): EndpointFacts {
  return endpoint.namespace === undefined || endpoint.reserved !== undefined ? endpoint : { ...endpoint, mesh };
}
