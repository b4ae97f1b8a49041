import { randomBytes } from "node:crypto";
import type { ControlPod, Limit, StandInSpec } from "../cluster";
import { standInOwner } from "../control-namespace";
import { ClusterError } from "../error";
import type { ApiServer } from "./api-server";
import { readNamespace, refuseForeign, startPod } from "./control-pod";
import { within } from "./limit";

/** Of which nobody ever says that it holds. */
const neverReady = "meshfence.dev/takes-traffic";

/**
 * Makes a pod that Cilium and Linkerd take for one of a Job's. Services that select it send it nothing, since it never becomes ready.
 */
export function createStandIn(server: ApiServer, spec: StandInSpec, limit: Limit): Promise<ControlPod> {
  const { namespace, name, owner, labels, annotations, serviceAccount, image } = spec;
  return within(limit, `a pod on behalf of ${namespace}/${name}`, async (signal) => {
    const rest = { ...limit, signal };
    const found = await readNamespace(server, owner, rest);
    if (found === undefined) throw new ClusterError("absent", `namespace ${owner} is gone`);
    refuseForeign(found);
    const ownerReferences = [
      { apiVersion: "v1", kind: standInOwner, name: owner, uid: found.metadata.uid, controller: true },
    ];
    const metadata = {
      name: `meshfence-${name.slice(0, 40)}-${randomBytes(3).toString("hex")}`,
      labels,
      annotations,
      ownerReferences,
    };
    const own = { serviceAccountName: serviceAccount, readinessGates: [{ conditionType: neverReady }] };
    return startPod(server, { namespace, metadata, spec: own, image }, rest);
  });
}
