import type { NamedClient } from "../../linkerd/policy/named-clients";
import type { EndpointFacts } from "../../scenario/scenario";
import { type HypotheticalPod, podName, UNNAMED_NAMESPACE } from "./hypothetical-pods";

/**
 * Hypothetical pods under the accounts that Linkerd's authorization admits by name, since Linkerd identifies clients by their account alone. For each
 * account: every pod that Cilium's policies may select in its namespace.
 *
 * @param pods The pods that Cilium's policies may select.
 * @param sides The endpoints of each state. A client that is known in all of them needs no representative.
 */
export function accountPods(
  named: readonly NamedClient[],
  pods: readonly HypotheticalPod[],
  sides: readonly (readonly EndpointFacts[])[],
): HypotheticalPod[][] {
  return named.flatMap(({ namespace, account }) => {
    const isClient = (one: EndpointFacts) =>
      one.mesh?.injected === true &&
      one.namespace === namespace &&
      (account === undefined || one.serviceAccount === account);
    if (sides.every((side) => side.some(isClient))) return [];
    const mayRunInNamespace = ({ cluster, namespace: own, namespaceLabels }: HypotheticalPod) =>
      cluster === undefined &&
      (own === namespace || (own === UNNAMED_NAMESPACE && Object.keys(namespaceLabels).length === 0));
    const underAccount = pods.filter(mayRunInNamespace).map((pod): HypotheticalPod => {
      const labels = Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`);
      const suffix = [
        ` of ${namespace}`,
        ...(labels.length > 0 ? [` with ${labels.join(", ")}`] : []),
        ...(account === undefined ? [] : [` as ${account}`]),
      ].join("");
      const runsAs = { serviceAccount: account ?? "default", hasNamedAccount: account !== undefined };
      return { ...pod, ...runsAs, namespace, isOther: false, suffix, isUnspecific: false, isInUnknownNamespace: false };
    });
    return [[...new Map(underAccount.map((pod) => [podName(pod), pod])).values()]];
  });
}
