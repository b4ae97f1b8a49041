import { endpointKind } from "../../cilium/policy/identity";
import { didYouMean } from "../../common/did-you-mean";
import type { Problem } from "../../common/problem";
import { EXEMPT_NAMESPACES } from "../../linkerd/wire/injection";
import type { EndpointFacts } from "../../scenario/scenario";
import type { Party } from "../party";

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

/** Whether the pods of a party that no endpoint describes may be in that scope. */
export function mayBeInScope({ kind, namespace, id }: Party, only: readonly string[] | undefined): boolean {
  if (kind === "gone") return true;
  if (kind !== "workload" && kind !== "account") return false;
  if (only === undefined) return namespace !== undefined && !SYSTEM.has(namespace);
  return only.some((one) => one === namespace || one === id || (kind === "account" && one.startsWith(`${namespace}/`)));
}

/** Names that neither a workload nor the namespace of one has. */
export function unknownNames(endpoints: readonly EndpointFacts[], only: readonly string[] = []): Problem[] {
  const pods = endpoints.filter((endpoint) => endpointKind(endpoint) === "pod");
  const known = new Set(pods.flatMap(({ id, namespace = "" }) => [id, namespace]));
  return only
    .filter((name) => !known.has(name))
    .map((name) => ({
      code: "unknown-workload",
      message: `--only ${name}: neither the manifests nor the traffic have a workload or a namespace of that name${didYouMean(name, [...known])}`,
    }));
}
