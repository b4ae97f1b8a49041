import type { Path, Problem } from "../../common/problem";
import { parsePrefix } from "../../kubernetes/cidr";
import type { CidrGroupFacts } from "../../scenario/scenario";
import { admitted } from "./admitted";
import type { KubernetesObject } from "./objects";
import { hasPlaceholder, knownMembers, placeholderWords } from "./placeholders";
import { isRecord, memberAt } from "./shape";
import { stringMap } from "./typed-members";

/** Reads a CiliumCIDRGroup as the API server stores it. Like Cilium, ignores what is not an address block, and reports it. */
export function readCidrGroup(
  object: KubernetesObject,
  report: (problem: Problem) => void,
  faulty: (path: Path, message: string) => void,
): CidrGroupFacts | undefined {
  const isFinal = object.document.isFinal === true;
  const known = isFinal ? object : withoutUnknown(object);
  const stored = admitted(known, undefined, report)?.object as StoredGroup | undefined;
  if (stored === undefined) return undefined;
  const { metadata, spec } = stored;
  const decisive = [memberAt(object.value, ["spec", "externalCIDRs"]), memberAt(object.value, ["metadata", "labels"])];
  const cidrs = (spec.externalCIDRs ?? []).filter((cidr, index) => {
    const isBlock = parsePrefix(cidr) !== undefined;
    if (!isBlock) {
      const message = `expected an address block such as 10.0.0.0/8, found ${JSON.stringify(cidr)}; Cilium ignores it`;
      faulty(["spec", "externalCIDRs", index], message);
    }
    return isBlock;
  });
  const { known: labels } = knownMembers(stringMap(metadata.labels, ["metadata", "labels"], faulty));
  return {
    name: object.name,
    labels,
    cidrs,
    ...(!isFinal && hasPlaceholder(decisive) && { unknown: placeholderWords(decisive) }),
  };
}

/** Without blocks that are filled in later, and without labels that the API server would refuse. */
function withoutUnknown(object: KubernetesObject): KubernetesObject {
  const { spec, metadata } = object.value;
  if (!hasPlaceholder([spec, metadata])) return object;
  const blocks = memberAt(spec, ["externalCIDRs"]);
  const known = Array.isArray(blocks) ? blocks.filter((block) => !hasPlaceholder(block)) : undefined;
  const { labels, annotations: _, ...named } = isRecord(metadata) ? metadata : {};
  const kept = isRecord(labels)
    ? Object.fromEntries(Object.entries(labels).filter((label) => !hasPlaceholder(label)))
    : labels;
  const value = {
    ...object.value,
    metadata: { ...named, ...(kept !== undefined && { labels: kept }) },
    spec: known === undefined ? (hasPlaceholder(spec) ? { externalCIDRs: [] } : spec) : { externalCIDRs: known },
  };
  return { ...object, value };
}

interface StoredGroup {
  metadata: { labels?: unknown };
  spec: { externalCIDRs?: string[] };
}
