import { randomBytes } from "node:crypto";
import { podRule } from "../access";
import type { ControlPod, Limit, StandInSpec } from "../cluster";
import { standInOwner } from "../control-namespace";
import { ClusterError } from "../error";
import type { ApiServer } from "./api-server";
import { readNamespace, refuseForeign, startPod, unlessAbsent } from "./control-pod";
import { within } from "./limit";

const removalSeconds = 5;
/** A readiness gate that is never set. */
const neverReady = "meshfence.dev/takes-traffic";

/**
 * Creates a pod that Cilium and Linkerd treat like a Job's. Services that select it do not route to it, since it never becomes ready.
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
    try {
      return await startPod(server, { namespace, metadata, spec: own, image }, rest);
    } catch (error) {
      await removeStandIn(server, { namespace, name: metadata.name }, { seconds: removalSeconds }).catch(
        () => undefined,
      );
      throw error;
    }
  });
}

/** Such a pod has no grace period: once the API server accepts its deletion, it is gone. */
export async function removeStandIn(
  server: ApiServer,
  { namespace, name }: { namespace: string; name: string },
  limit: Limit,
): Promise<void> {
  const asked = { what: `pod ${namespace}/${name}`, rule: { ...podRule(namespace), verbs: ["delete"] } };
  await server
    .request(`/api/v1/namespaces/${namespace}/pods/${name}`, { method: "DELETE" }, asked, limit)
    .catch(unlessAbsent);
}
