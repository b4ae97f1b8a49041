import { ambiguousKey } from "../../cilium/api/ambiguous-selector";
import { policyRules } from "../../cilium/api/refusals";
import { peersNamed } from "../../cilium/api/rule-items";
import { formatPlace, type Path, type Problem } from "../../common/problem";
import type { Unseen } from "../../common/unseen";
import { canonical } from "../../kubernetes/schema/list-types";
import { groupOf } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import type { LocatedPolicy } from "./policies";

/** Reports a policy with a selector that names a label twice, so that its subjects or peers are unknown. */
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

/** Whether an object was seen before. Reports it if it differs. */
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
  // An identical object is fine: a program may read a file that is given as well.
  if (first.value === object.value || canonical(first.value) === canonical(object.value)) return true;
  const where = formatPlace({ file: first.document.file, ...first.document.position([]) });
  report({ ...place(object), code: "duplicate", message: `is already defined at ${where}; this one is ignored` });
  return true;
}

const clusterwideKinds = new Set(["CiliumClusterwideNetworkPolicy", "CiliumCIDRGroup", "ClusterNetworkPolicy"]);

/** Makes a function that reports invalid values of an object. */
export function faultReporter(object: KubernetesObject, report: (problem: Problem) => void) {
  return (path: Path, message: string) => report({ ...place(object, path), code: "invalid-value", path, message });
}

/** The place of an object, or of a part of it. */
export function place(object: KubernetesObject, path: Path = []) {
  return { file: object.document.file, ...object.document.position(path), object: describeObject(object) };
}
