import { endpointKind } from "../../cilium/policy/identity";
import { EXEMPT_NAMESPACES } from "../../linkerd/wire/injection";
import type { EndpointFacts } from "../../scenario/scenario";

/** Namespaces of the cluster itself, which get policies only on request. */
const SYSTEM: ReadonlySet<string> = new Set([
  ...EXEMPT_NAMESPACES,
  "linkerd",
  "linkerd-viz",
  "kube-public",
  "kube-node-lease",
]);

/** Whether an endpoint gets policies: one of the named workloads or namespaces, or by default all but the cluster's own. */
export function isInScope(endpoint: EndpointFacts, only: readonly string[] | undefined): boolean {
  const { id, namespace = "", hostNetwork } = endpoint;
  if (endpointKind(endpoint) !== "pod" || hostNetwork !== undefined) return false;
  return only === undefined ? !SYSTEM.has(namespace) : only.includes(id) || only.includes(namespace);
}
