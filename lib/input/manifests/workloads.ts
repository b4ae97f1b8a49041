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
import { inboundAnnotations } from "./namespace-mesh";
import { describeObject, type KubernetesObject, templatePath } from "./objects";
import { hasPlaceholder, knownMembers, placeholderWords } from "./placeholders";
import { ignoredByInit, readMesh } from "./pod-mesh";
import { isRecord, memberAt } from "./shape";
import { type Faulty, listOf, record, stringMap } from "./typed-members";

/** Which ports go past the proxy, or are opaque to it. */
const PORT_ANNOTATIONS = [
  "config.linkerd.io/skip-inbound-ports",
  "config.linkerd.io/skip-outbound-ports",
  "config.linkerd.io/opaque-ports",
];

/** What Kubernetes and Linkerd make of the pods of one workload. */
export interface Workload {
  endpoint: EndpointFacts & { namespace: string; labels: Record<string, string> };
  kind: string;
  name: string;
  /** The object that it was read from, of its pods the first. Absent: it is of a cluster that runs. */
  source?: KubernetesObject;
  /** What Linkerd's policy controller reads of it. Absent: it has no proxy. */
  inbound?: InboundFacts;
  /** Where Services in front of it add opaque ports: which, and those that it has itself. */
  opaque?: { own?: readonly number[]; byServices: readonly number[] };
  /** It is what pods are made of, and none itself. */
  isTemplate?: boolean;
  /** The labels that its controller selects its pods by. */
  selects?: Record<string, string>;
  /** Labels that the nodes of all its pods have, by its `nodeSelector`. */
  nodeLabels?: Record<string, string>;
  /** Whether `nodeLabels` are all that the node has: it is known on which its pods run. */
  isNodeKnown?: boolean;
}

/** What namespaces say: annotations, which their pods inherit where they say nothing themselves, and labels. */
export interface NamespaceMetadata {
  annotations: ReadonlyMap<string, Readonly<Record<string, string>>>;
  labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * Reads the pod template of a workload. Fields that have no bearing on the network are nobody's business here; those that do
 * are checked, and reported where they cannot be used.
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
    // Cilium reads named ports of `spec.containers` only (pkg/k8s/labels.go), never those of init containers.
    ports: declared.flatMap(({ ports }) => ports),
    ...(areSeveral(object) && { several: true }),
  } satisfies PodFacts;
  const isTemplate = object.kind !== "Pod";
  if (spec.hostNetwork === true) {
    // Such a pod has its node's identity, and to most pods that is another node. Their own node may always talk to them, so
    // only `remote-node` says what holds wherever the pod runs.
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
  // What a namespace says goes into a pod when it is injected: one that has its proxy keeps what it was given then.
  const inherited = hasProxy ? {} : ofNamespace;
  const effective = (name: string) => annotations[name] ?? inherited[name];
  // A pod that runs has what it was given when it was made.
  const isMade = !isTemplate && memberAt(object.value, ["status", "phase"]) !== undefined;
  const isInjectionUnknown = !hasProxy && !isMade && hasPlaceholder(effective(INJECT_ANNOTATION));
  const loosePorts = PORT_ANNOTATIONS.map(effective).filter((value) => hasPlaceholder(value));
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
  const passedOver = exemptionOf(namespace, namespaces.labels.get(namespace) ?? {}, labels);
  if (!hasProxy && wanted && passedOver !== undefined) {
    return { endpoint: { ...facts, mesh: { injected: false, passedOver } }, ...named };
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
  if (isInjectionUnknown || loosePorts.length > 0) {
    const missing = placeholderWords([isInjectionUnknown && effective(INJECT_ANNOTATION), ...loosePorts]);
    mesh.unknown = { missing, injection: isInjectionUnknown, ports: loosePorts.length > 0 };
  }
  const place = (name: string) => (annotations[name] === undefined ? base : [...base, "metadata", "annotations", name]);
  for (const { name, message } of unevaluatedSettings(known)) faulty(place(name), message);
  const outdated = hasProxy ? outdatedSettings(annotations, ofNamespace) : [];
  if (outdated.length > 0) mesh.outdated = outdated;
  // With a proxy in its template the workload was injected by the CLI, or is a running pod: then its labels are there too.
  const added = hasProxy ? {} : injectedLabels(namespace, object.name, object.kind);
  const inbound = {
    ...inboundAnnotations({ ...inherited, ...annotations }),
    containers: [...[...containers, ...sidecars].map(policyContainer), ...(hasProxy ? [] : [INJECTED_PROXY])],
  };
  return { endpoint: { ...facts, labels: { ...added, ...labels }, mesh }, ...named, inbound };
}

/** Of a pod whose proxy passes on what proxies of other clusters send: Linkerd's multicluster gateway. */
const GATEWAY_ANNOTATION = "config.linkerd.io/enable-gateway";

/** Whether a workload has several pods at once. Where it does not say, it is one. */
function areSeveral({ kind, value }: KubernetesObject): boolean {
  if (kind === "DaemonSet") return true;
  const path =
    kind === "CronJob"
      ? ["spec", "jobTemplate", "spec", "parallelism"]
      : ["spec", kind === "Job" ? "parallelism" : "replicas"];
  const count = kind === "Pod" ? 1 : memberAt(value, path);
  return typeof count === "number" && count > 1;
}

/** The labels alone: a selector of expressions says no labels to write. */
function selectsOf({ value }: KubernetesObject): Pick<Workload, "selects"> {
  const labels = memberAt(value, ["spec", "selector", "matchLabels"]);
  if (!isRecord(labels)) return {};
  const texts = Object.entries(labels).flatMap(([key, text]) =>
    typeof text === "string" ? [[key, text] as const] : [],
  );
  return { selects: Object.fromEntries(texts) };
}

/** What is filled in later is no label that is known. */
function nodeLabelsOf({ nodeSelector }: Record<string, unknown>): Pick<Workload, "nodeLabels"> {
  if (!isRecord(nodeSelector)) return {};
  const labels = Object.entries(nodeSelector).filter(
    (label): label is [string, string] => typeof label[1] === "string" && !hasPlaceholder(label),
  );
  return labels.length === 0 ? {} : { nodeLabels: Object.fromEntries(labels) };
}

/** Of a container what the policy controller reads, where it is as it should be. */
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
 * The labels that a Job's controller gives its pods and that Cilium keeps in their identity (`pkg/apis/batch/types.go` of Kubernetes). The Job
 * of a CronJob has a name that ends in its time, for which a zero stands.
 */
export function controllerLabels(kind: string, name: string): Record<string, string> {
  if (kind !== "Job" && kind !== "CronJob") return {};
  const job = kind === "Job" ? name : `${name}-0`;
  return { "batch.kubernetes.io/job-name": job, "job-name": job };
}

/** The ports of a container, and by name those of which not all is known. */
function readPorts(
  container: Record<string, unknown>,
  path: Path,
  faulty: Faulty,
): { ports: NamedPort[]; unknown: Record<string, string> } {
  const unknown: Record<string, string> = {};
  // The proxy's own ports are Linkerd's business; as targets they would only repeat 4143.
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
