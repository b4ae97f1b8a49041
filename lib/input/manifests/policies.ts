import type { KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { Path, Problem } from "../../common/problem";
import { describeObject, groupOf, type KubernetesObject, policyKinds } from "./objects";
import { policyShape } from "./policy-shape";
import { didYouMean, faultsOf } from "./shape";
import type { LocatedDocument } from "./yaml";

/** A policy as it was written, and where each of its fields stands. */
export interface LocatedPolicy {
  manifest: EvaluatedPolicy;
  document: LocatedDocument;
  /** Of a policy that was translated: where what stands at a path of `manifest` stands in the original. `document` takes paths of `manifest`. */
  written?: (path: Path) => Path;
  /** Of a policy that was translated: what it was written as. */
  original?: KubernetesNetworkPolicy;
}

/**
 * Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. What the API server would refuse is reported; what can be decoded
 * at all is still returned, as the agent would see it, because leaving a policy out opens what it closes.
 *
 * @param defaultNamespace For a CiliumNetworkPolicy that names none. Cilium would read it as clusterwide, kubectl fills it in.
 */
export function readPolicy(
  object: KubernetesObject,
  defaultNamespace: string,
  report: (problem: Problem) => void,
): LocatedPolicy | undefined {
  const { document, value, apiVersion, kind } = object;
  const clusterwide = kind === "CiliumClusterwideNetworkPolicy";
  const subject = describeObject(clusterwide ? object : { ...object, namespace: object.namespace ?? defaultNamespace });
  const base = { file: document.file, object: subject };
  const leftOut = { kind, name: object.name, ...(!clusterwide && { namespace: object.namespace ?? defaultNamespace }) };
  if (apiVersion !== "cilium.io/v2") {
    report({
      ...base,
      ...document.position(["apiVersion"]),
      code: "unserved-version",
      path: ["apiVersion"],
      message: `${apiVersion} is not an API that has this kind; use cilium.io/v2. The policy is left out`,
      leftOut,
    });
    return undefined;
  }
  const faults = faultsOf(policyShape, value);
  if (value.spec === undefined && value.specs === undefined) {
    faults.push({ path: [], kind: "invalid", message: "has neither `spec` nor `specs`, so it does nothing" });
  }
  if (clusterwide && object.namespace !== undefined) {
    faults.push({ path: ["metadata", "namespace"], kind: "invalid", message: "a clusterwide policy has no namespace" });
  }
  const undecodable = faults.some((fault) => fault.kind === "undecodable");
  for (const [index, fault] of faults.entries()) {
    const consequence = fault.kind === "undecodable" ? ". The policy is left out" : "";
    report({
      ...base,
      ...document.position(fault.path),
      code: fault.kind === "undecodable" ? "undecodable" : "refused-by-api-server",
      path: fault.path,
      message: fault.message + consequence,
      ...(undecodable && index === faults.findIndex(({ kind }) => kind === "undecodable") ? { leftOut } : {}),
    });
  }
  if (undecodable) return undefined;
  const manifest = withoutNulls(value) as unknown as EvaluatedPolicy;
  // An absent namespace stays absent where it means the same, so that lint can speak of it.
  if (!clusterwide && defaultNamespace !== "default")
    manifest.metadata.namespace = object.namespace ?? defaultNamespace;
  return { manifest, document };
}

/** A misspelt kind in Cilium's API group, which would otherwise pass for one of its many others. */
export function suspectKind(object: KubernetesObject): string | undefined {
  if (groupOf(object.apiVersion) !== "cilium.io") return undefined;
  return didYouMean(object.kind, policyKinds) === "" ? undefined : didYouMean(object.kind, policyKinds);
}

/** JSON decoders take `null` for absent. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}
