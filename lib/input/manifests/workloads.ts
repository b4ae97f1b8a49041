import { SERVICE_ACCOUNT_KEY } from "../../cilium/api/labels";
import type { Path, Problem } from "../../common/problem";
import { isPortName } from "../../kubernetes/ports";
import type { PolicyContainer } from "../../linkerd/policy/workload";
import {
  exemptionOf,
  INJECT_ANNOTATION,
  INJECTED_PROXY,
  injectedLabels,
  PROXY_CONTAINER,
} from "../../linkerd/wire/injection";
import { INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts, InboundFacts, NamedPort, PodFacts } from "../../scenario/scenario";
import { outdatedSettings, unevaluatedSettings } from "./injected-settings";
import { templatePath } from "./kinds";
import { inboundAnnotations } from "./namespace-mesh";
import { describeObject, type KubernetesObject } from "./objects";
import { hasPlaceholder, knownMembers, placeholderWords } from "./placeholders";
import { ignoredByInit, readMesh } from "./pod-mesh";
import { isRecord, memberAt } from "./shape";
import { type Faulty, listOf, record, stringMap } from "./typed-members";

/** Annotations for ports that bypass the proxy or are opaque to it. */
const PORT_ANNOTATIONS = [
  "config.linkerd.io/skip-inbound-ports",
  "config.linkerd.io/skip-outbound-ports",
  "config.linkerd.io/opaque-ports",
];

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

/** The annotations of namespaces, which their pods inherit unless they have their own, and the labels of namespaces. */
export interface NamespaceMetadata {
  annotations: ReadonlyMap<string, Readonly<Record<string, string>>>;
  labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
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
  const base = templatePath[object.kind] ?? [];
  const faulty = (path: Path, message: string) =>
    report({
      file: object.document.file,
      ...object.document.position(path),
      code: "invalid-value",
      object: describeObject({ ...object, namespace }),
      path,
      message,
    });
  const template = memberAt(object.value, base);
  if (!isRecord(template)) {
    faulty(base, "has no pod template, so the workload is left out");
    return undefined;
  }
  const metadata = record(template.metadata, [...base, "metadata"], faulty);
  const spec = record(template.spec, [...base, "spec"], faulty);
  const { known: written, unknown } = knownMembers(stringMap(metadata.labels, [...base, "metadata", "labels"], faulty));
  const labels = { ...controllerLabels(object.kind, object.name), ...written };
  const annotations = stringMap(metadata.annotations, [...base, "metadata", "annotations"], faulty);
  const containers = listOf(spec.containers, [...base, "spec", "containers"], faulty);
  const sidecars = listOf(spec.initContainers, [...base, "spec", "initContainers"], faulty);
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined && account !== null && typeof account !== "string") {
    faulty([...base, "spec", "serviceAccountName"], "expected text");
  }
  const isAccountKnown = !hasPlaceholder(account);
  const unknownLabels = {
    ...unknown,
    ...(!isAccountKnown && { [SERVICE_ACCOUNT_KEY]: placeholderWords(account) }),
  };
  const declared = containers.map((container, index) =>
    readPorts(container, [...base, "spec", "containers", index], faulty),
  );
  const unknownPorts = Object.assign({}, ...declared.map((one) => one.unknown)) as Record<string, string>;
  const inNetwork = {
    id: `${namespace}/${object.name}`,
    namespace,
    labels,
    ...(isAccountKnown && { serviceAccount: typeof account === "string" && account !== "" ? account : "default" }),
    // Cilium reads named ports only from `spec.containers` (pkg/k8s/labels.go), not from init containers.
    ports: declared.flatMap(({ ports }) => ports),
    ...(areSeveral(object) && { several: true }),
  } satisfies PodFacts;
  const isTemplate = object.kind !== "Pod";
  if (spec.hostNetwork === true) {
    // A pod on the host network has its node's identity, and to most pods that is another node. Their own node may always connect to them, so only
    // `remote-node` is right wherever the pod runs.
    const onNode = { ...inNetwork, labels: {}, reserved: ["remote-node"], hostNetwork: { labels } };
    return { endpoint: onNode, kind: object.kind, name: object.name, source: object, isTemplate };
  }
  const facts = {
    ...inNetwork,
    ...(Object.keys(unknownLabels).length > 0 && { unknownLabels }),
    ...(Object.keys(unknownPorts).length > 0 && { unknownPorts }),
  };
  const ofNamespace = namespaces.annotations.get(namespace) ?? {};
  const hasProxy = [...containers, ...sidecars].some((container) => container.name === PROXY_CONTAINER);
  // A pod gets the namespace's annotations when it is injected, and keeps them.
  const inherited = hasProxy ? {} : ofNamespace;
  const effective = (name: string) => annotations[name] ?? inherited[name];
  // A running pod has the settings of the time when it was created.
  const isMade = !isTemplate && memberAt(object.value, ["status", "phase"]) !== undefined;
  const isInjectionUnknown = !hasProxy && !isMade && hasPlaceholder(effective(INJECT_ANNOTATION));
  const variablePorts = PORT_ANNOTATIONS.map(effective).filter((value) => hasPlaceholder(value));
  const known = (name: string) => (hasPlaceholder(effective(name)) ? undefined : effective(name));
  const wanted =
    !isMade &&
    (isInjectionUnknown || effective(INJECT_ANNOTATION) === "enabled" || effective(INJECT_ANNOTATION) === "ingress");
  const named = {
    kind: object.kind,
    name: object.name,
    source: object,
    isTemplate,
    ...selectsOf(object),
    ...nodeLabelsOf(spec),
  };
  const injectionSkipped = exemptionOf(namespace, namespaces.labels.get(namespace) ?? {}, labels);
  if (!hasProxy && wanted && injectionSkipped !== undefined) {
    return { endpoint: { ...facts, mesh: { injected: false, injectionSkipped } }, ...named };
  }
  const running = ignoredByInit([...containers, ...sidecars]);
  const mesh = readMesh(hasProxy || wanted, facts.ports ?? [], known, running, (name, message) => {
    const own = annotations[name] !== undefined;
    faulty(own ? [...base, "metadata", "annotations", name] : base, own ? message : `${message} (of the namespace)`);
  });
  if (mesh === undefined) return { endpoint: facts, ...named };
  if (effective(GATEWAY_ANNOTATION) === "true") {
    mesh.directPorts = [INBOUND_PORT];
    facts.ports.push({ port: INBOUND_PORT, protocol: "TCP" });
  }
  if (isInjectionUnknown || variablePorts.length > 0) {
    const missing = placeholderWords([isInjectionUnknown && effective(INJECT_ANNOTATION), ...variablePorts]);
    mesh.unknown = { missing, injection: isInjectionUnknown, ports: variablePorts.length > 0 };
  }
  const place = (name: string) => (annotations[name] === undefined ? base : [...base, "metadata", "annotations", name]);
  for (const { name, message } of unevaluatedSettings(known)) faulty(place(name), message);
  const outdated = hasProxy ? outdatedSettings(annotations, ofNamespace) : [];
  if (outdated.length > 0) mesh.outdated = outdated;
  // A proxy in the template means `linkerd inject` or a running pod, and then its labels are present as well.
  const added = hasProxy ? {} : injectedLabels(namespace, object.name, object.kind);
  const inbound = {
    ...inboundAnnotations({ ...inherited, ...annotations }),
    containers: [...[...containers, ...sidecars].map(policyContainer), ...(hasProxy ? [] : [INJECTED_PROXY])],
  };
  return { endpoint: { ...facts, labels: { ...added, ...labels }, mesh }, ...named, inbound };
}

/** The annotation of Linkerd's multicluster gateway, whose proxy forwards connections from proxies of other clusters. */
const GATEWAY_ANNOTATION = "config.linkerd.io/enable-gateway";

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

/** The valid members of a container that the policy controller reads. */
function policyContainer({ ports, ...probes }: Record<string, unknown>): PolicyContainer {
  const probe = (value: unknown) => {
    const { httpGet, grpc } = isRecord(value) ? value : {};
    if (isRecord(grpc) && typeof grpc.port === "number") return { grpc: { port: grpc.port } };
    const { port, path } = isRecord(httpGet) ? httpGet : {};
    if (typeof port !== "number" && typeof port !== "string") return null;
    return { httpGet: { port, path: typeof path === "string" ? path : null } };
  };
  const declared = (Array.isArray(ports) ? ports : []).filter(isRecord).flatMap(({ name, containerPort, protocol }) => {
    if (typeof containerPort !== "number") return [];
    return [
      { containerPort, ...(typeof name === "string" && { name }), ...(typeof protocol === "string" && { protocol }) },
    ];
  });
  return {
    ports: declared,
    livenessProbe: probe(probes.livenessProbe),
    readinessProbe: probe(probes.readinessProbe),
    startupProbe: probe(probes.startupProbe),
  };
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

/** The ports of a container, and its partly unknown ports by name. */
function readPorts(
  container: Record<string, unknown>,
  path: Path,
  faulty: Faulty,
): { ports: NamedPort[]; unknown: Record<string, string> } {
  const unknown: Record<string, string> = {};
  // The proxy's own ports are left out. As targets, they would only repeat 4143.
  if (container.name === PROXY_CONTAINER) return { ports: [], unknown };
  const ports = listOf(container.ports, [...path, "ports"], faulty).flatMap((entry, index) => {
    const at = [...path, "ports", index];
    const { containerPort, name, protocol = "TCP" } = entry;
    if (hasPlaceholder([containerPort, name, protocol])) {
      unknown[typeof name === "string" && !hasPlaceholder(name) ? name.toLowerCase() : "*"] = placeholderWords(entry);
      return [];
    }
    if (
      typeof containerPort !== "number" ||
      !Number.isInteger(containerPort) ||
      containerPort < 1 ||
      containerPort > 65535
    ) {
      faulty(
        [...at, "containerPort"],
        `expected a port from 1 to 65535, found ${JSON.stringify(containerPort)}; it is ignored`,
      );
      return [];
    }
    if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "SCTP") {
      faulty([...at, "protocol"], `expected TCP, UDP or SCTP, found ${JSON.stringify(protocol)}; the port is ignored`);
      return [];
    }
    const named = typeof name === "string" && isPortName(name);
    if (name !== undefined && !named) {
      faulty([...at, "name"], "expected a port's name: at most 15 letters, digits and single dashes; it is ignored");
    }
    return [{ ...(named && { name }), port: containerPort, protocol }];
  });
  return { ports, unknown };
}

/** The controller that owns a pod or ReplicaSet, as `kind/name`. */
export function ownerOf(object: KubernetesObject): { kind: string; name: string } | undefined {
  const owners = memberAt(object.value, ["metadata", "ownerReferences"]);
  if (!Array.isArray(owners)) return undefined;
  const owner = owners.find((candidate) => isRecord(candidate) && candidate.controller === true);
  if (!isRecord(owner) || typeof owner.kind !== "string" || typeof owner.name !== "string") return undefined;
  return { kind: owner.kind, name: owner.name };
}
