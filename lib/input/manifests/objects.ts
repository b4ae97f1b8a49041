import { dictionary } from "../../common/maps";
import type { Path, Problem } from "../../common/problem";
import { isClusterScoped } from "../../kubernetes/cluster-scoped";
import { policyKind } from "../../linkerd/api/object";
import { type LocatedDocument, within } from "./document";
import { mayBeObject } from "./objects-by-shape";
import { isPlan, planObjects } from "./plan-objects";
import { isRecord } from "./shape";

/** A Kubernetes object with its place. Only its identity has been checked. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  name: string;
  /** Absent if the manifest has none. */
  namespace?: string;
  value: Record<string, unknown>;
  document: LocatedDocument;
  /** For a policy: its parts that depend on unknown values, which `value` lacks. */
  undecided?: readonly UndecidedPart[];
  /** For a Linkerd authorization object with unknown values: `value` admits the fewest clients that it may, or it is absent, and `most` the most. */
  extremes?: { isAbsent: boolean; most: Record<string, unknown>; missing: string; written: string };
  /** For a Linkerd authorization object with an unknown target. `place` is `*` if its namespace is unknown, too. */
  unknownAuthorization?: { missing: string; written: string; place?: "*" };
}

/** Rules that depend on an unknown value. */
export interface UndecidedPart {
  /** The path of their spec. */
  path: Path;
  /** A spec with these rules alone, at their broadest. */
  spec: Record<string, unknown>;
  /** What would have to be known, in words. */
  missing: string;
  /** The rules as written. Equal texts mean the same. */
  written?: string;
  /** They are the whole spec, whose subject is unknown. */
  isWhole?: boolean;
  /** With `isWhole`: the rules themselves are known. Default: false. */
  isSure?: boolean;
  /** The policy's namespace is unknown. */
  isAnywhere?: boolean;
}

/** `CiliumNetworkPolicy shop/db` */
export function describeObject(object: Pick<KubernetesObject, "kind" | "name" | "namespace">): string {
  return `${object.kind} ${object.namespace === undefined ? "" : `${object.namespace}/`}${object.name}`;
}

/** The metadata of an object. Empty if it has none. */
export const metadataOf = ({ value }: Pick<KubernetesObject, "value">): Record<string, unknown> =>
  isRecord(value.metadata) ? value.metadata : {};

/**
 * The objects of a document: itself, or the items of a List as `kubectl get -o yaml` prints them.
 *
 * @param lenient Whether a document without any sign of being a Kubernetes object is skipped instead of reported: Helm values, or a package.json that
 *   a search found.
 */
export function readObjects(
  document: LocatedDocument,
  report: (problem: Problem) => void,
  lenient: boolean,
): KubernetesObject[] {
  const { value } = document;
  if (isRecord(value) && typeof value.kind === "string" && value.kind !== "" && Object.hasOwn(value, "items"))
    return itemsOf(document, value, report);
  if (isRecord(value) && value.kind === "List" && value.apiVersion === "v1") {
    report({ file: document.file, ...document.position([]), code: "invalid-list", message: withoutItems });
    return [];
  }
  if (Array.isArray(value) && value.some(isObject)) {
    const message = "is a bare list of objects, which kubectl does not take: separate them by `---`, or use a List";
    report({ file: document.file, ...document.position([]), code: "invalid-list", message });
    return [];
  }
  if (isRecord(value) && isPlan(value)) return planObjects(document, value.resources, report, readObjects);
  const fail = (message: string, path: Path = []) => {
    report({ file: document.file, ...document.position(path), code: "invalid-object", path, message });
    return [];
  };
  if (!isRecord(value)) {
    return lenient ? [] : fail("is not a Kubernetes object: expected a mapping with apiVersion, kind and metadata");
  }
  const { apiVersion, kind, metadata } = value;
  if (lenient && !mayBeObject(value)) return [];
  if (typeof kind !== "string" || kind === "") {
    return fail(
      Array.isArray(value.endpoints)
        ? "has no `kind`; it looks like a scenario, which is given with --scenario"
        : "has no `kind`, so it is not a Kubernetes object",
      kind === undefined ? [] : ["kind"],
    );
  }
  if (typeof apiVersion !== "string" || apiVersion === "") {
    return fail(`${kind} has no \`apiVersion\``, apiVersion === undefined ? [] : ["apiVersion"]);
  }
  if (apiVersion.split("/").length > 2)
    return fail(`${kind} has an \`apiVersion\` of more than a group and a version, which kubectl refuses`, [
      "apiVersion",
    ]);
  // Kustomization, Chart and the like have an apiVersion and a kind, but are not objects of a cluster.
  if (!isRecord(metadata)) {
    if (!readKinds.has(kind) && policyKind({ apiVersion, kind }) === undefined) return [];
    if (metadata === undefined || metadata === null) return fail(`${kind} has no \`metadata\``);
    return fail(`expected a mapping with the name of the ${kind}, found ${kindOfValue(metadata)}`, ["metadata"]);
  }
  const name = isAbsent(metadata.name) ? metadata.generateName : metadata.name;
  if (typeof name !== "string" || name === "") {
    const isRead = readKinds.has(kind) || policyKind({ apiVersion, kind }) !== undefined;
    // A name such as `n` (false) or `1` is invalid for any kind. A document without a name need not be an object.
    if (!isRead && (isAbsent(name) || typeof name === "object")) return [];
    if (isAbsent(name)) return fail(`${kind} has no \`metadata.name\`; give it one`, ["metadata"]);
    const fix = typeof name === "object" ? "write a name" : "quote it";
    return fail(`expected text, found ${kindOfValue(name)}; ${fix}`, ["metadata", "name"]);
  }
  if (isAbsent(metadata.name) && namedKinds.has(kind)) {
    const message = `${kind} has \`generateName\` and no \`name\`: kubectl apply refuses it, and kubectl create makes a new object each time; give it a name`;
    return fail(message, ["metadata", "generateName"]);
  }
  const { namespace } = metadata;
  if (!isAbsent(namespace) && typeof namespace !== "string") {
    const fix = typeof namespace === "object" ? "write a name" : "quote it";
    return fail(`expected text, found ${kindOfValue(namespace)}; ${fix}`, ["metadata", "namespace"]);
  }
  if (isAbsent(namespace)) return [{ apiVersion, kind, name, value, document }];
  if (!isClusterScoped(apiVersion, kind)) return [{ apiVersion, kind, name, namespace, value, document }];
  // The API server removes it. kustomize's `namespace` adds one to every kind that it does not know.
  const { namespace: _, ...rest } = metadata;
  const stored = { ...value, metadata: rest };
  return [{ apiVersion, kind, name, value: stored, document: { ...document, value: stored } }];
}

/** To the API server, an empty name is absent. */
const isAbsent = (value: unknown) => value === undefined || value === null || value === "";

/** A value in words, for messages: lists and mappings are not written out. */
function kindOfValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a mapping" : String(JSON.stringify(value));
}

const withoutItems = "is a List without `items`, a list of objects";

/**
 * The objects of a list. To kubectl, every object with `items` is a list, whatever its kind, and the object itself does not exist. Items without kind
 * and version have those of the list, as in a PodList.
 */
function itemsOf(
  document: LocatedDocument,
  { apiVersion, kind, items }: Record<string, unknown>,
  report: (problem: Problem) => void,
): KubernetesObject[] {
  if (!Array.isArray(items)) {
    const message =
      kind === "List" ? withoutItems : "counts as a list for kubectl because it has `items`, but those are not a list";
    report({ file: document.file, ...document.position(["items"]), code: "invalid-list", path: ["items"], message });
    return [];
  }
  const implied = { apiVersion, kind: String(kind).replace(/List$/, "") };
  return items.flatMap((item: unknown, index) => {
    const isNamed = !isRecord(item) || isGiven(item.kind) || isGiven(item.apiVersion);
    const located = within(document, ["items", index], isNamed ? item : { ...item, ...implied });
    if (isRecord(item) && Array.isArray(item.items)) {
      const message = "is a list within a list, which kubectl does not accept; its items are read anyway";
      report({ file: document.file, ...located.position([]), code: "invalid-list", path: ["items", index], message });
    }
    return readObjects(located, report, false);
  });
}

const isGiven = (value: unknown) => typeof value === "string" && value !== "";

const isObject = (value: unknown) =>
  isRecord(value) && typeof value.apiVersion === "string" && typeof value.kind === "string";

/** Kinds that create pods, with the path to the pod template. If two have the same name, the earlier kind is more likely to be meant. */
export const templatePath = dictionary<Path>({
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Rollout: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Pod: [],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
});

/** API groups of the kinds above. The same kind names exist elsewhere (Knative, KEDA) with other meanings. */
export const workloadGroups = dictionary<string>({
  Deployment: "apps",
  StatefulSet: "apps",
  DaemonSet: "apps",
  ReplicaSet: "apps",
  ReplicationController: "",
  Job: "batch",
  CronJob: "batch",
  Rollout: "argoproj.io",
  Pod: "",
});

/** Kinds that affect who can talk to whom but are not evaluated, with the reason. Ignoring them silently would give wrong results. */
export const unevaluated = dictionary<string>({
  "policy.networking.k8s.io/AdminNetworkPolicy":
    "Cilium does not read this kind; today a ClusterNetworkPolicy in the tier Admin does the same",
  "policy.networking.k8s.io/BaselineAdminNetworkPolicy":
    "Cilium does not read this kind; today a ClusterNetworkPolicy in the tier Baseline does the same",
});

/**
 * The current API of a kind, if an object uses one that no longer has it. The API server refuses such an object (workloads and policies of
 * `extensions` since Kubernetes 1.16), so ignoring it silently would give wrong results.
 */
export function currentApi({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): string | undefined {
  const group = groupOf(apiVersion);
  const isPolicy = kind === "NetworkPolicy";
  if (group === "networking.k8s.io") return isPolicy && apiVersion !== networkPolicyApi ? networkPolicyApi : undefined;
  if (group !== "extensions") return undefined;
  if (isPolicy) return networkPolicyApi;
  return workloadGroups[kind] === "apps" ? "apps/v1" : undefined;
}

const networkPolicyApi = "networking.k8s.io/v1";

/** The kind that an object's differs from only in case. The API server does not know the object's kind. */
export function kindInOtherCase({
  apiVersion,
  kind,
}: Pick<KubernetesObject, "apiVersion" | "kind">): string | undefined {
  const group = groupOf(apiVersion);
  const known = readKindsOf[group] ?? [];
  return known.includes(kind) ? undefined : known.find((other) => other.toLowerCase() === kind.toLowerCase());
}

export const policyKinds = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"] as const;

/** Kinds that need a `name`: they are applied repeatedly, so `generateName` makes no sense. */
const namedKinds = new Set<string>([...policyKinds, "NetworkPolicy", "ClusterNetworkPolicy"]);

/** Kinds that are read, whatever their group. */
export const readKinds: ReadonlySet<string> = new Set<string>([
  ...policyKinds,
  ...Object.keys(templatePath),
  "Namespace",
  "Service",
  "CiliumCIDRGroup",
  "NetworkPolicy",
  "ClusterNetworkPolicy",
]);

const readKindsOf = dictionary<readonly string[]>({
  "": ["Namespace", "Service", "Pod", "ReplicationController", "Endpoints", "ConfigMap"],
  apps: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"],
  batch: ["Job", "CronJob"],
  "networking.k8s.io": ["NetworkPolicy"],
  "policy.networking.k8s.io": ["ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"],
  "cilium.io": [...policyKinds, "CiliumCIDRGroup"],
});

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/", 1)[0] ?? "") : "";
}
