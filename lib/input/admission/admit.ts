import { ciliumCidrGroup } from "../../cilium/api/cidr-group.schema";
import { clusterNetworkPolicy } from "../../cilium/api/cluster-network-policy.schema";
import { ciliumClusterwideNetworkPolicy, ciliumNetworkPolicy } from "../../cilium/api/policy.schema";
import { admitNetworkPolicy } from "../../kubernetes/network-policy/admit";
import { type Admission, admitCustomResource, type Way, type WrittenObject } from "../../kubernetes/schema/admit";
import type { CustomResource } from "../../kubernetes/schema/schema";
import { type RawObject, webhookRefusal } from "../../linkerd/api";
import { linkerdResources } from "../../linkerd/api/schema";

const resources = new Map(
  [ciliumNetworkPolicy, ciliumClusterwideNetworkPolicy, ciliumCidrGroup, clusterNetworkPolicy, ...linkerdResources].map(
    (resource) => [`${resource.group}/${resource.kind}`, resource],
  ),
);

/** The definition of a custom resource of Cilium, Linkerd or the Gateway API. Undefined for any other kind. */
export function customResource(group: string, kind: string): CustomResource | undefined {
  return resources.get(`${group}/${kind}`);
}

/**
 * How a cluster with the CRDs of Cilium and Linkerd admits an object.
 *
 * @param way How it is applied, which decides what happens to null.
 * @returns undefined for kinds that meshfence does not evaluate, and for versions that are not served
 */
export function admit(written: WrittenObject, way: Way = "create"): Admission | undefined {
  const { apiVersion, kind } = written;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  if (apiVersion === "networking.k8s.io/v1" && kind === "NetworkPolicy") return admitNetworkPolicy(written);
  const [group = "", version = ""] = apiVersion.split("/");
  const resource = customResource(group, kind);
  if (resource === undefined || !Object.hasOwn(resource.versions, version)) return undefined;
  return webhook(admitCustomResource(resource, version, written, way));
}

/** Linkerd's admission webhook checks what the schema accepted, as it would be stored. */
function webhook(admission: Admission): Admission {
  if (!admission.accepted) return admission;
  const refusal = webhookRefusal(admission.object as RawObject);
  if (refusal === undefined) return admission;
  return { accepted: false, by: "webhook", faults: [{ code: "forbidden", path: [], message: refusal }] };
}
