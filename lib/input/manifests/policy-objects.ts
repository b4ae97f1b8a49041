import type { Problem } from "../../common/problem";
import type { FaultCode } from "../../kubernetes/schema/schema";
import { GATEWAY_GROUP } from "../../linkerd/api/object";
import { lenientAdmission } from "./admitted";
import { isForGateways } from "./gateways";
import { groupOf } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";

/** A Linkerd policy object as a cluster stores it, with its place. */
export interface PolicyObject {
  object: Readonly<Record<string, unknown>>;
  source: KubernetesObject;
}

/** The part of Linkerd's authorization that depends on unknown values. */
export interface UndecidedAuthorization {
  /** Objects that only admit, at their broadest. At their narrowest, they are among the known objects. */
  widest: { object: PolicyObject["object"]; missing: string }[];
  /** By namespace, or `*` for all: what would have to be known to decide anything about its servers. */
  places: Record<string, string>;
  /** Each object as written. */
  written: string[];
}

/** Faults that a later version of an API may accept. */
const wideningCodes: ReadonlySet<FaultCode> = new Set(["unknown-field", "unsupported", "too-long", "too-many"]);

/**
 * Reads a Linkerd policy object. One that the API server or Linkerd's webhook refuses is in no cluster, so it is reported and left out. For a route
 * for Gateways, the cluster's version of the Gateway API is unknown, so anything that a later version may accept is no problem.
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
