import { ambiguousKey } from "../../cilium/api/ambiguous-selector";
import { policyRules } from "../../cilium/api/refusals";
import { peersNamed } from "../../cilium/api/rule-items";
import { formatPlace, type Path, type Problem } from "../../common/problem";
import type { Unseen } from "../../common/unseen";
import { canonical } from "../../kubernetes/schema/list-types";
import { describeObject, groupOf, type KubernetesObject } from "./objects";
import type { LocatedPolicy } from "./policies";

/** A policy of which it is not known whom it is for or about, since a selector names a label twice. */
export function ambiguousIn({ manifest }: LocatedPolicy, object: KubernetesObject): Unseen[] {
  const selectors = policyRules(manifest).flatMap(({ rule }) => [
    rule.endpointSelector ?? {},
    rule.nodeSelector ?? {},
    ...peersNamed(rule).flatMap(({ endpoints }) => endpoints ?? []),
  ]);
  const key = selectors.map(ambiguousKey).find((found) => found !== undefined);
  if (key === undefined) return [];
  const { file, line } = place(object) as { file: string; line?: number };
  return [
    {
      file,
      line,
      object: describeObject(object),
      reason: `one of its selectors names the label ${key} twice, as any:${key} and as k8s:${key}, and which one Cilium uses varies from run to run`,
      fix: `Name it once, as ${key}`,
    },
  ];
}

/** Whether an object was seen before; reported where it is not the same. */
export function duplicate(
  seen: Map<string, KubernetesObject>,
  object: KubernetesObject,
  namespace: string,
  report: (problem: Problem) => void,
): boolean {
  const key = `${groupOf(object.apiVersion)}/${object.kind}/${clusterwideKinds.has(object.kind) ? "" : namespace}/${object.name}`;
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, object);
    return false;
  }
  // Applied twice, it stays what it is: such as an object of a program that reads the file which is given, too.
  if (first.value === object.value || canonical(first.value) === canonical(object.value)) return true;
  const where = formatPlace({ file: first.document.file, ...first.document.position([]) });
  report({ ...place(object), code: "duplicate", message: `is already defined at ${where}; this one is ignored` });
  return true;
}

const clusterwideKinds = new Set(["CiliumClusterwideNetworkPolicy", "CiliumCIDRGroup", "ClusterNetworkPolicy"]);

/** Reports values of an object that are not what they should be. */
export function faultReporter(object: KubernetesObject, report: (problem: Problem) => void) {
  return (path: Path, message: string) => report({ ...place(object, path), code: "invalid-value", path, message });
}

/** Where an object, or a part of it, stands. */
export function place(object: KubernetesObject, path: Path = []) {
  return { file: object.document.file, ...object.document.position(path), object: describeObject(object) };
}
