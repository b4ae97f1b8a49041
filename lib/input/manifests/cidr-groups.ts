import type { Path } from "../../common/problem";
import { parsePrefix } from "../../kubernetes/cidr";
import type { CidrGroupFacts } from "../../scenario/scenario";
import type { KubernetesObject } from "./objects";
import { isRecord } from "./shape";
import { stringMap } from "./workloads";

/** A CiliumCIDRGroup. What is no address block is reported and left out, as Cilium passes over it. */
export function readCidrGroup(
  { name, value }: KubernetesObject,
  faulty: (path: Path, message: string) => void,
): CidrGroupFacts {
  const { metadata, spec } = value;
  const labels = stringMap(isRecord(metadata) ? metadata.labels : undefined, ["metadata", "labels"], faulty);
  const given = isRecord(spec) ? spec.externalCIDRs : undefined;
  if (!Array.isArray(given)) {
    faulty(isRecord(spec) ? ["spec"] : [], "has no list `spec.externalCIDRs`; the group is taken for empty");
    return { name, labels, cidrs: [] };
  }
  const cidrs = given.filter((cidr, index): cidr is string => {
    const isBlock = typeof cidr === "string" && parsePrefix(cidr) !== undefined;
    if (!isBlock) {
      const message = `expected an address block such as 10.0.0.0/8, found ${JSON.stringify(cidr)}; Cilium passes over it`;
      faulty(["spec", "externalCIDRs", index], message);
    }
    return isBlock;
  });
  return { name, labels, cidrs };
}
