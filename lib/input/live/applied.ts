import { isMap, mergeValues } from "../../common/helm-values";
import { isClusterScoped } from "../../kubernetes/cluster-scoped";
import { type LocatedDocument, within } from "../manifests/document";
import { groupOf, templatePath } from "../manifests/kinds";
import { isRecord, memberAt } from "../manifests/shape";

/** A cluster as it is, and as it would be after manifests are applied. */
export interface Applied {
  before: LocatedDocument[];
  after: LocatedDocument[];
}

/**
 * Applies manifests to the objects of a cluster like `kubectl apply`: fields that a manifest does not set stay as they are in the cluster, with the
 * API server's defaults, and fields that the last apply set and this one does not are removed. Pods that a changed workload will replace are left to
 * its template, in both states.
 *
 * @param namespace The namespace of manifests without one.
 */
export function applied(
  cluster: readonly LocatedDocument[],
  manifests: readonly LocatedDocument[],
  namespace: string,
): Applied {
  const live = new Map(cluster.map((document) => [keyOf(document.value, namespace), document]));
  const written = manifests.flatMap(unlisted).filter(({ value }) => keyOf(value, namespace) !== undefined);
  const replaced = new Map<string | undefined, LocatedDocument>();
  for (const document of written) {
    const key = keyOf(document.value, namespace);
    const present = live.get(key);
    const value = present === undefined ? document.value : merged(present.value, document.value);
    replaced.set(key, { ...document, value });
  }
  const changes = new Set([...replaced.keys()].filter((key) => live.has(key)));
  const owned = ({ value }: LocatedDocument) => isOfReplaced(value, changes);
  const before = cluster.filter((document) => !owned(document));
  const after = before.map((document) => replaced.get(keyOf(document.value, namespace)) ?? document);
  const added = [...replaced].filter(([key]) => !live.has(key)).map(([, document]) => document);
  return { before, after: [...after, ...added] };
}

function unlisted(document: LocatedDocument): LocatedDocument[] {
  const { value } = document;
  if (!isRecord(value) || !String(value.kind).endsWith("List") || !Array.isArray(value.items)) return [document];
  return value.items.flatMap((item, index) => unlisted(within(document, ["items", index], item)));
}

/** Identifies an object in any version of its API. */
function keyOf(value: unknown, standard: string): string | undefined {
  if (!isRecord(value) || typeof value.apiVersion !== "string" || typeof value.kind !== "string") return undefined;
  const [name, namespace] = [memberAt(value, ["metadata", "name"]), memberAt(value, ["metadata", "namespace"])];
  if (typeof name !== "string") return undefined;
  const place = isClusterScoped(value.apiVersion, value.kind)
    ? ""
    : typeof namespace === "string"
      ? namespace
      : standard;
  return [groupOf(value.apiVersion), value.kind, place, name].join("/");
}

/** Whether a pod or ReplicaSet belongs to a workload that is changed. */
function isOfReplaced(value: unknown, changes: ReadonlySet<string | undefined>): boolean {
  const owners = memberAt(value, ["metadata", "ownerReferences"]);
  const namespace = memberAt(value, ["metadata", "namespace"]);
  if (!Array.isArray(owners) || templatePath[String(memberAt(value, ["kind"]))] === undefined) return false;
  return owners.filter(isRecord).some((owner) => {
    const { kind, name, controller } = owner;
    if (controller !== true || typeof kind !== "string" || typeof name !== "string") return false;
    const hash = memberAt(value, ["metadata", "labels", "pod-template-hash"]);
    const deployment = typeof hash === "string" && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : name;
    return changes.has(`apps/${kind === "ReplicaSet" ? "Deployment" : kind}/${String(namespace)}/${deployment}`);
  });
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** The three-way merge of `kubectl apply`, with lists as a whole. Without a last apply, the spec is the manifest's. */
function merged(live: unknown, written: unknown): unknown {
  if (!isMap(live) || !isMap(written)) return written;
  const annotation = memberAt(live, ["metadata", "annotations", lastApplied]);
  const earlier = typeof annotation === "string" ? parsed(annotation) : undefined;
  if (earlier === undefined) {
    const { spec, specs, ...rest } = live;
    const filled = isMap(spec) && isMap(written.spec) ? { spec: withDefaultsOf(spec, written.spec) } : {};
    return { ...mergeValues(rest, written), ...filled };
  }
  return mergeValues(without(live, earlier, written), written);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Fields that the API server fills in if a manifest leaves them out. */
const defaulted = new Set([
  "replicas",
  "strategy",
  "revisionHistoryLimit",
  "progressDeadlineSeconds",
  "clusterIP",
  "clusterIPs",
  "ipFamilies",
  "ipFamilyPolicy",
  "internalTrafficPolicy",
  "sessionAffinity",
  "type",
  "policyTypes",
  "finalizers",
]);

function withDefaultsOf(live: Record<string, unknown>, written: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(live).filter(([key]) => defaulted.has(key) && !Object.hasOwn(written, key));
  return { ...Object.fromEntries(kept), ...written };
}

/** The live value, without fields that the last apply set and this one does not. */
function without(
  live: Record<string, unknown>,
  earlier: unknown,
  written: Record<string, unknown>,
): Record<string, unknown> {
  if (!isMap(earlier)) return live;
  return Object.fromEntries(
    Object.entries(live).flatMap(([key, value]) => {
      if (Object.hasOwn(earlier, key) && !Object.hasOwn(written, key)) return [];
      const next = written[key];
      return [[key, isMap(value) && isMap(next) ? without(value, earlier[key], next) : value]];
    }),
  );
}
