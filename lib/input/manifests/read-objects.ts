import type { Path, Problem } from "../../common/problem";
import { isClusterScoped } from "../../kubernetes/cluster-scoped";
import { policyKind } from "../../linkerd/api/object";
import { type LocatedDocument, within } from "./document";
import { namedKinds, readKinds } from "./kinds";
import type { KubernetesObject } from "./objects";
import { mayBeObject } from "./objects-by-shape";
import { isPlan, planObjects } from "./plan-objects";
import { isRecord } from "./shape";

type Report = (problem: Problem) => void;

/**
 * The objects of a document: itself, or the items of a List as `kubectl get -o yaml` prints them.
 *
 * @param lenient Whether a document without any sign of being a Kubernetes object is skipped instead of reported: Helm values, or a package.json that
 *   a search found.
 */
export function readObjects(document: LocatedDocument, report: Report, lenient: boolean): KubernetesObject[] {
  const { value } = document;
  const listFault = (message: string) =>
    report({ file: document.file, ...document.position([]), code: "invalid-list", message });
  if (Array.isArray(value) && value.some(isObject)) {
    listFault("is a bare list of objects, which kubectl does not take: separate them by `---`, or use a List");
    return [];
  }
  if (!isRecord(value)) {
    if (!lenient) faultsOf(document, report)(notAnObject);
    return [];
  }
  if (isText(value.kind) && Object.hasOwn(value, "items")) return itemsOf(document, value, report);
  if (value.kind === "List" && value.apiVersion === "v1") {
    listFault(withoutItems);
    return [];
  }
  if (isPlan(value)) return planObjects(document, value.resources, report, readObjects);
  if (lenient && !mayBeObject(value)) return [];
  const object = readObject(document, value, faultsOf(document, report));
  return object === undefined ? [] : [object];
}

/** Reports what keeps a document from being an object. */
type Fault = (message: string, path?: Path) => void;

function faultsOf(document: LocatedDocument, report: Report): Fault {
  return (message, path = []) =>
    report({ file: document.file, ...document.position(path), code: "invalid-object", path, message });
}

/** An object that a cluster could have. Undefined for one that is invalid, which is reported, and for anything that is none of a cluster's. */
function readObject(
  document: LocatedDocument,
  value: Record<string, unknown>,
  fault: Fault,
): KubernetesObject | undefined {
  const type = typeOf(value, fault);
  if (type === undefined) return undefined;
  const { apiVersion, kind } = type;
  const { metadata } = value;
  const isRead = readKinds.has(kind) || policyKind(type) !== undefined;
  if (!isRecord(metadata)) {
    // Kustomization, Chart and the like have an apiVersion and a kind, but are not objects of a cluster.
    if (!isRead) return undefined;
    if (metadata === undefined || metadata === null) fault(`${kind} has no \`metadata\``);
    else fault(`expected a mapping with the name of the ${kind}, found ${kindOfValue(metadata)}`, ["metadata"]);
    return undefined;
  }
  const name = nameOf(metadata, kind, isRead, fault);
  if (name === undefined) return undefined;
  const { namespace } = metadata;
  if (isAbsent(namespace)) return { apiVersion, kind, name, value, document };
  if (typeof namespace !== "string") {
    fault(`expected text, found ${kindOfValue(namespace)}; ${textFix(namespace)}`, ["metadata", "namespace"]);
    return undefined;
  }
  if (!isClusterScoped(apiVersion, kind)) return { apiVersion, kind, name, namespace, value, document };
  // The API server removes it. kustomize's `namespace` adds one to every kind that it does not know.
  const { namespace: _, ...rest } = metadata;
  const stored = { ...value, metadata: rest };
  return { apiVersion, kind, name, value: stored, document: { ...document, value: stored } };
}

function typeOf(value: Record<string, unknown>, fault: Fault): { apiVersion: string; kind: string } | undefined {
  const { apiVersion, kind } = value;
  if (!isText(kind)) {
    const isScenario = Array.isArray(value.endpoints);
    fault(
      isScenario
        ? "has no `kind`; it looks like a scenario, which is given with --scenario"
        : "has no `kind`, so it is not a Kubernetes object",
      kind === undefined ? [] : ["kind"],
    );
  } else if (!isText(apiVersion)) {
    fault(`${kind} has no \`apiVersion\``, apiVersion === undefined ? [] : ["apiVersion"]);
  } else if (apiVersion.split("/").length > 2) {
    fault(`${kind} has an \`apiVersion\` of more than a group and a version, which kubectl refuses`, ["apiVersion"]);
  } else return { apiVersion, kind };
  return undefined;
}

/** @param isRead Whether objects of the kind are read; a document of another kind without a name need not be an object. */
function nameOf(metadata: Record<string, unknown>, kind: string, isRead: boolean, fault: Fault): string | undefined {
  const isGenerated = isAbsent(metadata.name);
  const name = isGenerated ? metadata.generateName : metadata.name;
  if (isAbsent(name)) {
    if (isRead) fault(`${kind} has no \`metadata.name\`; give it one`, ["metadata"]);
  } else if (typeof name !== "string") {
    // A name such as `n` (false) or `1` is invalid for any kind.
    if (isRead || typeof name !== "object")
      fault(`expected text, found ${kindOfValue(name)}; ${textFix(name)}`, ["metadata", "name"]);
  } else if (isGenerated && namedKinds.has(kind)) {
    const message = `${kind} has \`generateName\` and no \`name\`: kubectl apply refuses it, and kubectl create makes a new object each time; give it a name`;
    fault(message, ["metadata", "generateName"]);
  } else return name;
  return undefined;
}

const notAnObject = "is not a Kubernetes object: expected a mapping with apiVersion, kind and metadata";

const textFix = (value: unknown) => (typeof value === "object" ? "write a name" : "quote it");

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
  report: Report,
): KubernetesObject[] {
  if (!Array.isArray(items)) {
    const message =
      kind === "List" ? withoutItems : "counts as a list for kubectl because it has `items`, but those are not a list";
    report({ file: document.file, ...document.position(["items"]), code: "invalid-list", path: ["items"], message });
    return [];
  }
  const implied = { apiVersion, kind: String(kind).replace(/List$/, "") };
  return items.flatMap((item: unknown, index) => {
    const isNamed = !isRecord(item) || isText(item.kind) || isText(item.apiVersion);
    const located = within(document, ["items", index], isNamed ? item : { ...item, ...implied });
    if (isRecord(item) && Array.isArray(item.items)) {
      const message = "is a list within a list, which kubectl does not accept; its items are read anyway";
      report({ file: document.file, ...located.position([]), code: "invalid-list", path: ["items", index], message });
    }
    return readObjects(located, report, false);
  });
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

const isObject = (value: unknown) =>
  isRecord(value) && typeof value.apiVersion === "string" && typeof value.kind === "string";
