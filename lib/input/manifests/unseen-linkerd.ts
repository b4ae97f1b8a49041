import type { Unseen } from "../../common/unseen";
import { parseAddress } from "../../kubernetes/cidr";
import { policyKind } from "../../linkerd/api/object";
import { readObjects } from "../../linkerd/policy/objects";
import { describeObject } from "./objects";
import type { PolicyObject } from "./policy-objects";

/** Reports what is not evaluated of a Linkerd object in force. Undefined if everything is. */
export function unseenOfLinkerd({ object, source }: PolicyObject, namespace: string): Unseen | undefined {
  const { document, kind, name } = source;
  const place = {
    file: document.file,
    line: document.position([]).line,
    object: describeObject({ kind, name, namespace }),
  };
  switch (policyKind(object)) {
    case "workload.linkerd.io/ExternalWorkload":
      return unaddressed(object, place);
    default:
      return undefined;
  }
}

/** Reports a machine without an address: Cilium identifies machines by their address alone. */
function unaddressed(
  object: PolicyObject["object"],
  place: Pick<Unseen, "file" | "line" | "object">,
): Unseen | undefined {
  const [workload] = readObjects([object]).objects.externalWorkloads;
  if (workload === undefined) {
    const reason = "it cannot be read as workload.linkerd.io/v1beta1, so this workload is unknown";
    return { ...place, reason, fix: "Write `meshTLS` with `identity` and `serverName`, and each port as a number" };
  }
  if (workload.spec.workloadIPs?.some(({ ip }) => parseAddress(ip) !== undefined)) return undefined;
  return {
    ...place,
    reason: "it has no address, so neither who reaches it nor what it reaches is evaluated",
    fix: "Give its `spec.workloadIPs`",
  };
}
