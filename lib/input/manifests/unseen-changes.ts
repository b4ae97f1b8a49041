import type { Unseen } from "../../common/unseen";
import { functionsCreate } from "./compositions";
import { groupOf, readKinds, templatePath } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import { isRecord, memberAt } from "./shape";

/**
 * Reports an object that creates, changes or removes other objects: one with manifests inside, Kyverno's rules, Gatekeeper's mutations, and mutating
 * admission. Undefined if it does none of that to objects that affect who can talk to whom.
 */
export function unseenChanges(object: KubernetesObject): Unseen | undefined {
  const { document } = object;
  // What these create is reported elsewhere.
  if (document.rendered !== undefined) return undefined;
  const found = changeOf(object);
  return (
    found && {
      file: document.file,
      line: document.position([]).line,
      object: describeObject(object),
      kind: `${object.kind} of ${groupOf(object.apiVersion)}`,
      pods: "anywhere",
      ...found,
    }
  );
}

type Change = Pick<Unseen, "reason" | "fix">;

const changed: Change = {
  reason: "it changes objects when they are applied, and the result is not seen",
  fix: "Give the objects as the cluster has them, from `kubectl get -o yaml`",
};
const meshChanged: Change = {
  reason: "it changes whether pods are on the mesh, or how, and the workload that it changes is not seen with it",
  fix: "Write the annotations into the workload's own pod template, or give it as the cluster has it, from `kubectl get -o yaml`",
};
const made: Change = {
  reason: "it causes objects to be created or removed, which are not seen",
  fix: "Give the objects that it creates too, from `kubectl get -o yaml`",
};
const inside: Change = {
  reason: "it contains manifests that something else applies, and they are not seen",
  fix: "Give the objects inside as manifests of their own",
};

function changeOf({ apiVersion, kind, value }: KubernetesObject): Change | undefined {
  const spec = memberAt(value, ["spec"]);
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case "kyverno.io/ClusterPolicy":
    case "kyverno.io/Policy":
      return records(memberAt(spec, ["rules"]))
        .map(ofKyvernoRule)
        .find((change) => change !== undefined);
    case "kyverno.io/ClusterCleanupPolicy":
    case "kyverno.io/CleanupPolicy":
      return kindsIn(spec).some(decides) ? made : undefined;
    case "policies.kyverno.io/MutatingPolicy":
    case "policies.kyverno.io/NamespacedMutatingPolicy":
    case "admissionregistration.k8s.io/MutatingAdmissionPolicy":
      return mutates(resourcesIn(memberAt(spec, ["matchConstraints", "resourceRules"])), spec) ? changed : undefined;
    case "policies.kyverno.io/GeneratingPolicy":
    case "policies.kyverno.io/NamespacedGeneratingPolicy":
      return made;
    case "policies.kyverno.io/DeletingPolicy":
    case "policies.kyverno.io/NamespacedDeletingPolicy":
      return resourcesIn(memberAt(spec, ["matchConstraints", "resourceRules"])).some(isResource) ? made : undefined;
    case "mutations.gatekeeper.sh/AssignMetadata":
      return changed;
    case "mutations.gatekeeper.sh/Assign":
    case "mutations.gatekeeper.sh/ModifySet":
      return telling.test(String(memberAt(spec, ["location"]))) || kindsIn(spec).some(isPolicy) ? changed : undefined;
    case "apiextensions.crossplane.io/Composition": {
      const origin = holdsManifest(spec, 0) ? "from its text" : functionsCreate(spec);
      return origin === undefined ? undefined : origin === "unknown" ? made : inside;
    }
    case "policy.karmada.io/OverridePolicy":
    case "policy.karmada.io/ClusterOverridePolicy":
      return isOverridden(spec) ? changed : undefined;
    case "hnc.x-k8s.io/HNCConfiguration":
      return records(memberAt(spec, ["resources"])).some(
        ({ resource, mode }) => isResource(String(resource)) && mode !== "Ignore" && mode !== "Remove",
      )
        ? made
        : undefined;
    case "policies.kubewarden.io/ClusterAdmissionPolicy":
    case "policies.kubewarden.io/AdmissionPolicy":
      return memberAt(spec, ["mutating"]) === true && isGeneral(resourcesIn(memberAt(spec, ["rules"])))
        ? changed
        : undefined;
    case "admissionregistration.k8s.io/MutatingWebhookConfiguration":
      // For pods, Linkerd's injector is evaluated. Others mostly add containers and volumes.
      return isGeneral(records(value.webhooks).flatMap(({ rules }) => resourcesIn(rules))) ? changed : undefined;
    default:
      return holdsManifest(spec, 0) || holdsManifest(value.objects, 0) ? inside : undefined;
  }
}

/**
 * The effect of a Pulumi patch on an object created elsewhere. Undefined if its members affect no verdict. Patches of namespaces are read instead. In
 * the annotations of pods, those for the mesh matter, which the component Injection patches in.
 */
export function changeOfPatch({ kind, metadata, ...members }: Record<string, unknown>): Change | undefined {
  if (typeof kind !== "string" || kind === "Namespace") return undefined;
  const { name, labels } = isRecord(metadata) ? metadata : {};
  if (kind === "ConfigMap") return name === "cilium-config" ? changed : undefined;
  const { apiVersion: _, status: __, ...parts } = members;
  // A workload's own labels are not those of its pods.
  const own = { ...parts, ...(!(kind in templatePath) || kind === "Pod" ? { labels } : {}) };
  const text = JSON.stringify(own, (key, value: unknown) => (key === "annotations" ? undefined : value));
  if (isPolicy(kind)) return text === "{}" ? undefined : changed;
  if (!readKinds.has(kind)) return undefined;
  if (partOfPods.test(text)) return changed;
  const meshes = Object.keys(annotationsOfPods(kind, metadata, members)).some((key) => ofMesh.test(key));
  return meshes ? meshChanged : undefined;
}

/** What a patch changes in a Pod, or in the pods of a workload. */
function annotationsOfPods(kind: string, metadata: unknown, members: Record<string, unknown>): Record<string, unknown> {
  const path = templatePath[kind];
  if (path === undefined) return {};
  const found = memberAt({ metadata, ...members }, [...path, "metadata", "annotations"]);
  return isRecord(found) ? found : {};
}

/** Annotations that control injection and the proxy's settings. */
const ofMesh = /^(config\.)?linkerd\.io\//;

const partOfPods =
  /"(labels|hostNetwork|serviceAccount|serviceAccountName|ports|selector|nodeSelector|nodeName|affinity)":/;

function ofKyvernoRule({ match, mutate, generate }: Record<string, unknown>): Change | undefined {
  if (isRecord(generate) && kindsIn(generate).some(decides)) return made;
  if (!isRecord(mutate)) return undefined;
  const kinds = kindsIn(mutate.targets ?? match);
  if (kinds.some(isPolicy) || kinds.includes("Namespace")) return changed;
  const text = JSON.stringify(mutate);
  return kinds.some(decides) && (telling.test(text) || isVariablePatch.test(text)) ? changed : undefined;
}

/** A patch of Kyverno with a variable in a path, or as a whole: it may change any member. */
const isVariablePatch = /\bpath\W{1,5}[^"',}]*\{\{|"patch\w+":"\s*\{\{/;

/** The members of a pod, a workload or a Service that affect verdicts. */
const telling =
  /label|annotation|metadata|hostNetwork|serviceAccount|ports|containerPort|nodeSelector|nodeName|affinity|selector/i;

/** The kinds in rules, without group, version and subresource. */
function kindsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(kindsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const names = key === "kind" ? [member] : key === "kinds" && Array.isArray(member) ? member : [];
    const own = names.filter((name) => typeof name === "string");
    return own.length > 0 ? own.flatMap((name) => name.split(/[/.]/)) : kindsIn(member);
  });
}

const isPolicy = (kind: string) =>
  kind === "*" ||
  /Policy$|^(CiliumCIDRGroup|Server|ServerAuthorization|EgressNetwork)$|^(MeshTLS|Network)Authentication$|^(HTTP|GRPC|TLS|TCP)Route$/.test(
    kind,
  );
const decides = (kind: string) => isPolicy(kind) || readKinds.has(kind);

const resourcesIn = (rules: unknown): string[] =>
  records(rules).flatMap(({ resources }) =>
    (Array.isArray(resources) ? resources : []).filter((name): name is string => typeof name === "string"),
  );
const isPolicyResource = (resource: string) =>
  /policies$|^ciliumcidrgroups$|^servers$/.test(resource.replace(/\/.*$/, ""));
const isResource = (resource: string) =>
  /^\*/.test(resource) || isPolicyResource(resource) || readKinds.has(kindOf(resource.replace(/\/.*$/, "")));
/** Whether the resources include policies or namespaces, of which every change matters. */
const isGeneral = (resources: readonly string[]) =>
  resources.some((one) => one === "*" || one === "*/*" || isPolicyResource(one) || one === "namespaces");

function mutates(resources: readonly string[], spec: unknown): boolean {
  if (isGeneral(resources)) return true;
  const text = JSON.stringify([memberAt(spec, ["mutations"]), memberAt(spec, ["variables"])]);
  return resources.some(isResource) && (telling.test(text) || readsOthers.test(text));
}

/** An expression that reads parameters or other objects, which may hold any patch. */
const readsOthers = /\bparams\b|\b(resource|globalContext|http)\.\w+\(/;

/** Whether an override of Karmada may affect verdicts. Without selectors, it applies to everything. */
function isOverridden(spec: unknown): boolean {
  const selectors = memberAt(spec, ["resourceSelectors"]);
  const kinds = Array.isArray(selectors) && selectors.length > 0 ? kindsIn(selectors) : ["*"];
  if (kinds.some(isPolicy) || kinds.includes("Namespace")) return true;
  return (
    kinds.some(decides) &&
    telling.test(JSON.stringify([memberAt(spec, ["overrideRules"]), memberAt(spec, ["overriders"])]))
  );
}
/** The kind of a plural resource name, if it is a kind that is read. */
const kindOf = (plural: string) => [...readKinds].find((kind) => `${kind.toLowerCase()}s` === plural) ?? "";

/** Whether a value contains an object. A value with a kind but without metadata is only a reference to one. */
function holdsManifest(value: unknown, depth: number): boolean {
  if (depth > 12 || typeof value !== "object" || value === null) return false;
  if (
    isRecord(value) &&
    typeof value.apiVersion === "string" &&
    typeof value.kind === "string" &&
    isRecord(value.metadata)
  )
    if (readKinds.has(value.kind)) return true;
  return Object.values(value).some((member) => holdsManifest(member, depth + 1));
}

const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
