import type { Snapshot } from "../snapshot";
import { certificatesValid } from "./certificates";
import { agentsReady, endpointsReady, nodesReady, podsManaged, policiesValid, revisionsCurrent } from "./cilium";
import type { ReadinessCondition } from "./condition";
import { controlPlaneReady, podsInjected, vizReady, workloadsReady } from "./linkerd";

/**
 * The conditions under which a probe is meaningful, in the order in which they come true. Conditions on what is not installed are left
 * out; conditions on what the user may not read have no answer.
 *
 * @param now In milliseconds since 1970, for the certificates.
 */
export function readinessOf(snapshot: Snapshot, now = Date.now()): ReadinessCondition[] {
  return [
    nodesReady(snapshot),
    agentsReady(snapshot),
    ...controlPlaneReady(snapshot),
    ...vizReady(snapshot),
    ...certificatesValid(snapshot, now),
    workloadsReady(snapshot),
    podsInjected(snapshot),
    podsManaged(snapshot),
    policiesValid(snapshot),
    endpointsReady(snapshot),
    revisionsCurrent(snapshot),
  ];
}
