import type { Path, Problem } from "../../common/problem";
import { parsePrefix } from "../../kubernetes/cidr";
import type { CidrGroupFacts } from "../../scenario/scenario";
import { admitted } from "./admitted";
import type { KubernetesObject } from "./objects";
import { stringMap } from "./typed-members";

/** A CiliumCIDRGroup as the API server stores it. What of it Cilium cannot read as an address block is reported and left out, as Cilium does. */
export function readCidrGroup(
  object: KubernetesObject,
  report: (problem: Problem) => void,
  faulty: (path: Path, message: string) => void,
): CidrGroupFacts | undefined {
  const stored = admitted(object, undefined, report)?.object as StoredGroup | undefined;
  if (stored === undefined) return undefined;
  const { metadata, spec } = stored;
  const cidrs = (spec.externalCIDRs ?? []).filter((cidr, index) => {
    const isBlock = parsePrefix(cidr) !== undefined;
    if (!isBlock) {
      const message = `expected an address block such as 10.0.0.0/8, found ${JSON.stringify(cidr)}; Cilium passes over it`;
      faulty(["spec", "externalCIDRs", index], message);
    }
    return isBlock;
  });
  return { name: object.name, labels: stringMap(metadata.labels, ["metadata", "labels"], faulty), cidrs };
}

interface StoredGroup {
  metadata: { labels?: unknown };
  spec: { externalCIDRs?: string[] };
}
