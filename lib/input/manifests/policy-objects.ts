import type { Problem } from "../../common/problem";
import type { FaultCode } from "../../kubernetes/schema/schema";
import { GATEWAY_GROUP } from "../../linkerd/api/object";
import { lenientAdmission } from "./admitted";
import { isForGateways } from "./gateways";
import { describeObject, groupOf, type KubernetesObject } from "./objects";

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

/** What a later version of an API may take. */
const wideningCodes: ReadonlySet<FaultCode> = new Set(["unknown-field", "unsupported", "too-long", "too-many"]);

/**
 * An object of a kind of Linkerd's policy controller. One that the API server or Linkerd's webhook refuses is in no cluster: it is reported and
 * left out. Which version of the Gateway API decides about a route for Gateways is not known: what a later one may take is no problem of it.
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
  const isForLater = groupOf(source.apiVersion) === GATEWAY_GROUP && isForGateways(source.value.spec);
  for (const { path, message, code } of faults) {
    if (isForLater && wideningCodes.has(code)) continue;
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
