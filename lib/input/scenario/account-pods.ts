import type { NamedClient } from "../../linkerd/policy/named-clients";
import type { EndpointFacts } from "../../scenario/scenario";
import { type ImaginedPod, podName, SOMEWHERE_ELSE } from "./imagined-pods";

/**
 * Pods that no manifest names, under the accounts that Linkerd's authorization admits by name: Linkerd tells clients apart by nothing else. For each
 * account, every pod that Cilium's policies may mean in its namespace.
 *
 * @param pods Those that Cilium's policies may mean.
 * @param sides The endpoints of each state. A client that is known in all of them needs nobody to stand for it.
 */
export function accountPods(
  named: readonly NamedClient[],
  pods: readonly ImaginedPod[],
  sides: readonly (readonly EndpointFacts[])[],
): ImaginedPod[][] {
  return named.flatMap(({ namespace, account }) => {
    const isIt = (one: EndpointFacts) =>
      one.mesh?.injected === true &&
      one.namespace === namespace &&
      (account === undefined || one.serviceAccount === account);
    if (sides.every((side) => side.some(isIt))) return [];
    const isBase = ({ cluster, namespace: own, namespaceLabels }: ImaginedPod) =>
      cluster === undefined &&
      (own === namespace || (own === SOMEWHERE_ELSE && Object.keys(namespaceLabels).length === 0));
    const under = pods.filter(isBase).map((pod): ImaginedPod => {
      const labels = Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`);
      const which = [
        ` of ${namespace}`,
        ...(labels.length > 0 ? [` with ${labels.join(", ")}`] : []),
        ...(account === undefined ? [] : [` as ${account}`]),
      ].join("");
      const runsAs = { serviceAccount: account ?? "default", isOfAccount: account !== undefined };
      return { ...pod, ...runsAs, namespace, isOther: false, which, isAnybody: false, isElsewhere: false };
    });
    return [[...new Map(under.map((pod) => [podName(pod), pod])).values()]];
  });
}
