import type { Problem } from "../../common/problem";
import { lenientAdmission } from "./admitted";
import { describeObject, type KubernetesObject } from "./objects";

/** An object of Linkerd's policy controller, as a cluster stores it, and where it stands. */
export interface PolicyObject {
  object: Readonly<Record<string, unknown>>;
  source: KubernetesObject;
}

/** What of Linkerd's authorization hangs on values that are not known. */
export interface UndecidedAuthorization {
  /** Objects that only ever let in, as wide as they may be. The least that they say is among those that are known. */
  widest: { object: PolicyObject["object"]; missing: string }[];
  /** By namespace, or `*`: for want of what nothing is known of what is decided about its servers. */
  places: Record<string, string>;
  /** Each as it is written. */
  written: string[];
}

/**
 * An object of a kind of Linkerd's policy controller. One that the API server or Linkerd's webhook refuses is in no cluster: it is reported and
 * left out.
 */
export function readPolicyObject(
  source: KubernetesObject,
  namespace: string,
  report: (problem: Problem) => void,
): PolicyObject | undefined {
  const { metadata } = source.value;
  const placed = { ...(typeof metadata === "object" ? metadata : {}), name: source.name, namespace };
  const { status: _, ...value } = source.value;
  const admission = lenientAdmission({ ...value, metadata: placed });
  if (admission === undefined) return { object: { ...value, metadata: placed }, source };
  const { answer, faults } = admission;
  const { kind, name, document } = source;
  for (const { path, message, code } of faults) {
    report({
      file: document.file,
      ...document.position(path),
      code: code === "unknown-field" ? code : "refused",
      object: describeObject({ kind, name, namespace }),
      path,
      ...(answer.accepted
        ? { message }
        : {
            message: `${answer.by === "webhook" ? "Linkerd's webhook" : "the API server"} refuses it: ${message}. It is left out`,
            leftOut: { kind, name, namespace },
          }),
    });
  }
  return answer.accepted ? { object: { ...answer.object, metadata: placed }, source } : undefined;
}
