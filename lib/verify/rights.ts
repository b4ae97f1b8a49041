import {
  type AccessRule,
  type Cluster,
  ClusterError,
  execRule,
  namespaceRule,
  podRule,
  podsRule,
  portForwardRule,
  probeContainerRule,
} from "../cluster";
import { linkerdNamespace } from "../linkerd/install/names";
import type { ProofRequest } from "./proof-request";

type Asking = Pick<ProofRequest, "namespaces" | "strangers" | "probeContainers" | "mtls" | "controller" | "signal"> & {
  /** The namespaces in which pods are created on behalf of Jobs. */
  standIns?: readonly string[];
};

const seconds = 20;

/** The permissions without which there is nowhere to probe from. */
const neededToProbe = ({ namespaces }: Pick<Asking, "namespaces">): AccessRule[] =>
  namespaces.flatMap((namespace) => [podsRule(namespace), execRule(namespace)]);

/** The permissions that a whole run needs. Strangers get a namespace of their own, whose name is not known yet. */
function neededForAll({
  namespaces,
  strangers,
  probeContainers,
  mtls,
  controller,
  standIns = [],
}: Asking): AccessRule[] {
  return [
    ...neededToProbe({ namespaces }),
    ...(mtls ? namespaces.map((namespace) => portForwardRule(namespace)) : []),
    ...(controller ? [podsRule(linkerdNamespace), portForwardRule(linkerdNamespace)] : []),
    ...(probeContainers ? namespaces.map((namespace) => probeContainerRule(namespace)) : []),
    ...(strangers ? [namespaceRule, podRule(), execRule()] : []),
    ...standIns.map((namespace) => podRule(namespace)),
  ];
}

/** The permissions for a whole run that the user lacks. */
export function missingRights(cluster: Pick<Cluster, "denied">, asking: Asking): Promise<AccessRule[]> {
  return cluster.denied(neededForAll(asking), { seconds, signal: asking.signal });
}

/** @throws ClusterError with the missing rule if there is nowhere to probe from */
export async function requireRights(cluster: Pick<Cluster, "denied">, asking: Asking): Promise<void> {
  const [rule] = await cluster.denied(neededToProbe(asking), { seconds, signal: asking.signal });
  if (rule === undefined) return;
  throw new ClusterError(
    "forbidden",
    `you may not ${rule.verbs.join(" or ")} ${rule.resources.join(", ")} in namespace ${rule.namespace}, without which nothing can be probed`,
    { rule },
  );
}
