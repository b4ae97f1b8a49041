import { patternWords } from "../../cilium/api/pattern-words";
import type { Path, Problem } from "../../common/problem";
import type { Admission } from "../../kubernetes/schema/admit";
import { decodeFaults } from "../../kubernetes/schema/decode";
import type { Fault } from "../../kubernetes/schema/schema";
import { admit, customResource } from "../admission/admit";
import { describeObject, type KubernetesObject } from "./objects";
import { isRecord } from "./shape";

/** A null in the spec of an object that the API server accepts. */
export interface NullValue {
  /** The path in the object as written. */
  path: Path;
  /** What is stored instead, as JSON. Undefined: nothing, as if the field were absent. */
  stored?: string;
}

/** An object as a cluster stores it. */
export interface Admitted {
  object: Record<string, unknown>;
  /** In document order. */
  nulls: readonly NullValue[];
  /** Whether a server-side apply refuses it because of its nulls, although a create stores it. */
  createOnly: boolean;
}

/**
 * Admits an object that meshfence evaluates. Everything that the API server refuses is reported at once; then the result is undefined, because the
 * object is in no cluster. Only an object whose sole problem is unknown fields is still read, without those fields, as `kubectl --validate=false`,
 * Helm and Argo CD would apply it.
 *
 * @param namespace The object's namespace, if it has one.
 */
export function admitted(
  object: KubernetesObject,
  namespace: string | undefined,
  report: (problem: Problem) => void,
): Admitted | undefined {
  const { document, kind, name } = object;
  const inNamespace = namespace !== undefined && { namespace };
  const about = { file: document.file, object: describeObject({ kind, name, ...inNamespace }) };
  const what = kind === "CiliumCIDRGroup" ? "group" : "policy";
  const { status: _, ...value } = object.value;
  const admission = lenientAdmission(value);
  if (admission === undefined) {
    const path = ["apiVersion"];
    const message = `${object.apiVersion} is not an API that has this kind; use ${servedApi(kind)}. The ${what} is left out`;
    const leftOut = { kind, name, ...inNamespace };
    report({ ...about, ...document.position(path), code: "unserved-version", path, message, leftOut });
    return undefined;
  }
  const { answer, faults, kept } = admission;
  const decisive = answer.accepted ? undefined : (faults.find(({ code }) => code !== "unknown-field") ?? faults[0]);
  for (const fault of faults) {
    const isLeftOut = fault === decisive;
    const { path, fix } = fault;
    report({
      ...about,
      ...document.position(path),
      code: fault.code === "malformed" ? "undecodable" : "refused-by-api-server",
      path,
      message: isLeftOut && fix === undefined ? `${wordsOf(fault)}. The ${what} is left out` : wordsOf(fault),
      ...(fix !== undefined && { fix: isLeftOut ? `${fix} The ${what} is left out` : fix }),
      ...(isLeftOut && { leftOut: { kind, name, ...inNamespace } }),
    });
  }
  if (!answer.accepted) return undefined;
  const [undecodable] = customFaults(object, answer.object);
  if (undecodable !== undefined) {
    const { path, message } = undecodable;
    const leftOut = { kind, name, ...inNamespace };
    const leftOutMessage = `${message}: the API server accepts it, but Cilium cannot decode it. The ${what} is left out`;
    report({ ...about, ...document.position(path), code: "undecodable", path, message: leftOutMessage, leftOut });
    return undefined;
  }
  const nulls = nullsIn(kept).map((path): NullValue => {
    const stored = kind === "NetworkPolicy" ? valueAt(answer.object, path) : undefined;
    return { path, ...(stored !== undefined && { stored: JSON.stringify(stored) }) };
  });
  const createOnly = nulls.length > 0 && admit(kept, "server-side apply")?.accepted === false;
  return { object: answer.object, nulls, createOnly };
}

const servedApi = (kind: string) =>
  kind === "ClusterNetworkPolicy" ? "policy.networking.k8s.io/v1alpha2" : "cilium.io/v2";

/** What the API server stores and Cilium cannot decode: a field with a format accepts a list instead of text. */
function customFaults({ apiVersion, kind }: KubernetesObject, stored: Record<string, unknown>): Fault[] {
  const [group = "", version = ""] = apiVersion.split("/");
  const schema = customResource(group, kind)?.versions[version]?.schema;
  if (schema === undefined) return [];
  return decodeFaults(schema, { spec: stored.spec, specs: stored.specs }, [], new Set(["labels"]));
}

/** Everything that the API server refuses, including what it would only find without the unknown fields. */
/** Admits an object without its unknown fields, which are returned as faults. */
export function lenientAdmission(
  value: Record<string, unknown>,
): { answer: Admission; faults: readonly Fault[]; kept: Record<string, unknown> } | undefined {
  const answer = admit(value);
  if (answer === undefined) return undefined;
  if (answer.accepted) return { answer, faults: [], kept: value };
  const unknown = answer.faults.filter(({ code }) => code === "unknown-field");
  if (unknown.length < answer.faults.length) return { answer, faults: answer.faults, kept: value };
  const kept = without(
    value,
    unknown.map(({ path }) => path),
  ) as Record<string, unknown>;
  const again = admit(kept) ?? answer;
  return { answer: again, faults: [...unknown, ...(again.accepted ? [] : again.faults)], kept };
}

function wordsOf({ code, message, path, mismatch }: Fault): string {
  const words = mismatch && patternWords(mismatch.pattern);
  if (mismatch !== undefined && words !== undefined) return `${mismatch.text} is not ${words}`;
  if (code === "unknown-field") return `${message}, and Cilium does not see it`;
  const retired = path.at(-1) === "fromRequires" || path.at(-1) === "toRequires";
  return retired ? "was removed from Cilium; put the labels into the endpoint selector" : message;
}

/** A value without the members at some paths. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (paths.length === 0) return value;
  const below = new Map<string, Path[]>();
  for (const [first, ...rest] of paths) {
    const key = String(first);
    const same = below.get(key);
    if (same === undefined) below.set(key, [rest]);
    else same.push(rest);
  }
  if (Array.isArray(value)) return value.map((item, index) => without(item, below.get(String(index)) ?? []));
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).flatMap(([key, member]) => {
    const inside = below.get(key) ?? [];
    return inside.some((path) => path.length === 0) ? [] : [[key, without(member, inside)] as const];
  });
  return Object.fromEntries(kept);
}

/** The paths of nulls in the rules of an object. In metadata, where tools often leave nulls, they have no effect. */
function nullsIn({ spec, specs }: Record<string, unknown>): Path[] {
  const found: Path[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (value === null) found.push(path);
    else if (typeof value === "object")
      for (const [key, member] of Object.entries(value as object))
        walk(member, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(spec, ["spec"]);
  walk(specs, ["specs"]);
  return found;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    value,
  );
}
