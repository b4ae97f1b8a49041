import { SERVICE_ACCOUNT_KEY } from "../../cilium/api/labels";
import type { Path, Problem } from "../../common/problem";
import type { EndpointFacts, InboundFacts, PodFacts } from "../../scenario/scenario";
import { type NamespaceMetadata, readInjection } from "./injected-pod";
import { describeObject, type KubernetesObject } from "./objects";
import { hasPlaceholder } from "./placeholders";
import { type PodTemplate, readTemplate } from "./pod-template";
import { isRecord, memberAt } from "./shape";

/** The pods of a workload, as Kubernetes and Linkerd create them. */
export interface Workload {
  endpoint: EndpointFacts & { namespace: string; labels: Record<string, string> };
  kind: string;
  name: string;
  /** The object that it was read from: the first of its pods. Absent for a running cluster. */
  source?: KubernetesObject;
  /** What Linkerd's policy controller reads of its pods. Absent: they have no proxy. */
  inbound?: InboundFacts;
  /** The opaque ports that Services add, and its own ones. Absent if no Service adds any. */
  opaque?: { own?: readonly number[]; byServices: readonly number[] };
  /** It was read from a template, not from a pod. */
  isTemplate?: boolean;
  /** The labels by which its controller selects its pods. */
  selects?: Record<string, string>;
  /** The labels that its `nodeSelector` requires of its nodes. */
  nodeLabels?: Record<string, string>;
  /** Whether the node is known, so that `nodeLabels` are all its labels. */
  isNodeKnown?: boolean;
}

/**
 * Reads the pod template of a workload. Only fields that affect the network are checked, and reported if they are invalid.
 */
export function readWorkload(
  object: KubernetesObject,
  namespace: string,
  namespaces: NamespaceMetadata,
  report: (problem: Problem) => void,
): Workload | undefined {
  const faulty = (path: Path, message: string) =>
    report({
      file: object.document.file,
      ...object.document.position(path),
      code: "invalid-value",
      object: describeObject({ ...object, namespace }),
      path,
      message,
    });
  const template = readTemplate(object, faulty);
  if (template === undefined) return undefined;
  const pod = podOf(object, namespace, template);
  const named = { kind: object.kind, name: object.name, source: object, isTemplate: object.kind !== "Pod" };
  if (template.spec.hostNetwork === true) {
    // A pod on the host network has its node's identity, and to most pods that is another node. Their own node may always connect to them, so only
    // `remote-node` is right wherever the pod runs.
    const onNode = { ...pod, labels: {}, reserved: ["remote-node"], hostNetwork: { labels: pod.labels } };
    return { endpoint: onNode, ...named };
  }
  const facts = { ...pod, ...unknownsOf(template) };
  const selected = { ...named, ...selectsOf(object), ...nodeLabelsOf(template.spec) };
  const injected = readInjection(object, { template, namespace, namespaces }, faulty);
  if (injected === undefined) return { endpoint: facts, ...selected };
  const { mesh, inbound } = injected;
  const endpoint = {
    ...{ ...facts, mesh },
    labels: { ...injected.labels, ...facts.labels },
    ports: [...facts.ports, ...injected.ports],
  };
  return { endpoint, ...selected, ...(inbound !== undefined && { inbound }) };
}

function podOf(object: KubernetesObject, namespace: string, { labels, ports, serviceAccount }: PodTemplate) {
  return {
    id: `${namespace}/${object.name}`,
    namespace,
    labels: { ...controllerLabels(object.kind, object.name), ...labels },
    ...(serviceAccount !== undefined && { serviceAccount }),
    ports,
    ...(areSeveral(object) && { several: true }),
  } satisfies PodFacts;
}

/** What would have to be known of its labels, its account (a label, too, to Cilium) and its named ports. */
function unknownsOf({ unknown }: PodTemplate): Pick<PodFacts, "unknownLabels" | "unknownPorts"> {
  const { ports, serviceAccount } = unknown;
  const labels = { ...unknown.labels, ...(serviceAccount !== undefined && { [SERVICE_ACCOUNT_KEY]: serviceAccount }) };
  return {
    ...(Object.keys(labels).length > 0 && { unknownLabels: labels }),
    ...(Object.keys(ports).length > 0 && { unknownPorts: ports }),
  };
}

/** Whether a workload has several pods at once. Default: one pod. */
function areSeveral({ kind, value }: KubernetesObject): boolean {
  if (kind === "DaemonSet") return true;
  const path =
    kind === "CronJob"
      ? ["spec", "jobTemplate", "spec", "parallelism"]
      : ["spec", kind === "Job" ? "parallelism" : "replicas"];
  const count = kind === "Pod" ? 1 : memberAt(value, path);
  return typeof count === "number" && count > 1;
}

/** The labels of a selector. Expressions are left out, because they name no labels to write. */
function selectsOf({ value }: KubernetesObject): Pick<Workload, "selects"> {
  const labels = memberAt(value, ["spec", "selector", "matchLabels"]);
  if (!isRecord(labels)) return {};
  const texts = Object.entries(labels).flatMap(([key, text]) =>
    typeof text === "string" ? [[key, text] as const] : [],
  );
  return { selects: Object.fromEntries(texts) };
}

/** The labels of a node selector, without those that are filled in later. */
function nodeLabelsOf({ nodeSelector }: Record<string, unknown>): Pick<Workload, "nodeLabels"> {
  if (!isRecord(nodeSelector)) return {};
  const labels = Object.entries(nodeSelector).filter(
    (label): label is [string, string] => typeof label[1] === "string" && !hasPlaceholder(label),
  );
  return labels.length === 0 ? {} : { nodeLabels: Object.fromEntries(labels) };
}

/**
 * The labels that a Job's controller adds to its pods and that are part of their identity (`pkg/apis/batch/types.go` of Kubernetes). The name of a
 * CronJob's Job ends in a time, for which zero is used.
 */
export function controllerLabels(kind: string, name: string): Record<string, string> {
  if (kind !== "Job" && kind !== "CronJob") return {};
  const job = kind === "Job" ? name : `${name}-0`;
  return { "batch.kubernetes.io/job-name": job, "job-name": job };
}

/** The controller that owns a pod or ReplicaSet, as `kind/name`. */
export function ownerOf(object: KubernetesObject): { kind: string; name: string } | undefined {
  const owners = memberAt(object.value, ["metadata", "ownerReferences"]);
  if (!Array.isArray(owners)) return undefined;
  const owner = owners.find((candidate) => isRecord(candidate) && candidate.controller === true);
  if (!isRecord(owner) || typeof owner.kind !== "string" || typeof owner.name !== "string") return undefined;
  return { kind: owner.kind, name: owner.name };
}
