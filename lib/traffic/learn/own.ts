import { endpointKind } from "../../cilium/policy/identity";
import { EXEMPT_NAMESPACES } from "../../linkerd/wire/injection";
import type { EndpointFacts } from "../../scenario/scenario";

/** Namespaces of the cluster itself: what stands there is not the user's to fence, unless they say so. */
const SYSTEM: ReadonlySet<string> = new Set([
  ...EXEMPT_NAMESPACES,
  "linkerd",
  "linkerd-viz",
  "kube-public",
  "kube-node-lease",
]);

/** Whether policies are about a workload: one of those named, or all but the cluster's own. */
export function isOwn(endpoint: EndpointFacts, only: readonly string[] | undefined): boolean {
  const { id, namespace = "", hostNetwork } = endpoint;
  if (endpointKind(endpoint) !== "pod" || hostNetwork !== undefined) return false;
  return only === undefined ? !SYSTEM.has(namespace) : only.includes(id) || only.includes(namespace);
}
