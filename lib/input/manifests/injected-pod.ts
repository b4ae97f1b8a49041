import type { PolicyContainer } from "../../linkerd/policy/workload";
import {
  exemptionOf,
  INJECT_ANNOTATION,
  INJECTED_PROXY,
  injectedLabels,
  PROXY_CONTAINER,
} from "../../linkerd/wire/injection";
import { INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointMesh, InboundFacts, NamedPort } from "../../scenario/scenario";
import { outdatedSettings, unevaluatedSettings } from "./injected-settings";
import { inboundAnnotations } from "./namespace-mesh";
import type { KubernetesObject } from "./objects";
import { hasPlaceholder, placeholderWords } from "./placeholders";
import { ignoredByInit, readMesh } from "./pod-mesh";
import type { PodTemplate } from "./pod-template";
import { isRecord, memberAt } from "./shape";
import type { Faulty } from "./typed-members";

/** Annotations for ports that bypass the proxy or are opaque to it. */
const PORT_ANNOTATIONS = [
  "config.linkerd.io/skip-inbound-ports",
  "config.linkerd.io/skip-outbound-ports",
  "config.linkerd.io/opaque-ports",
];

/** The annotation of Linkerd's multicluster gateway, whose proxy forwards connections from proxies of other clusters. */
const GATEWAY_ANNOTATION = "config.linkerd.io/enable-gateway";

/** The annotations of namespaces, which their pods inherit unless they have their own, and the labels of namespaces. */
export interface NamespaceMetadata {
  annotations: ReadonlyMap<string, Readonly<Record<string, string>>>;
  labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** What Linkerd adds to a pod that has a proxy, or may have one. */
export interface InjectedPod {
  mesh: EndpointMesh;
  /** The labels that the injector adds. */
  labels: Readonly<Record<string, string>>;
  /** The ports that the proxy serves by itself. */
  ports: readonly NamedPort[];
  /** What the policy controller reads. Absent: it has no proxy. */
  inbound?: InboundFacts;
}

/** Reads what Linkerd makes of a workload's pods. Undefined if they have no proxy and none was wanted. */
export function readInjection(
  object: KubernetesObject,
  { template, namespace, namespaces }: { template: PodTemplate; namespace: string; namespaces: NamespaceMetadata },
  faulty: Faulty,
): InjectedPod | undefined {
  const { path, annotations } = template;
  const containers = [...template.containers, ...template.initContainers];
  const ofNamespace = namespaces.annotations.get(namespace) ?? {};
  const hasProxy = containers.some(({ name }) => name === PROXY_CONTAINER);
  // A pod gets the namespace's annotations when it is injected, and keeps them.
  const inherited = hasProxy ? {} : ofNamespace;
  const effective = (name: string) => annotations[name] ?? inherited[name];
  const known = (name: string) => (hasPlaceholder(effective(name)) ? undefined : effective(name));
  // A running pod has the settings of the time when it was created.
  const isMade = object.kind === "Pod" && memberAt(object.value, ["status", "phase"]) !== undefined;
  const inject = isMade ? undefined : effective(INJECT_ANNOTATION);
  const isUnknown = !hasProxy && hasPlaceholder(inject);
  const isWanted = isUnknown || inject === "enabled" || inject === "ingress";
  const injectionSkipped = exemptionOf(namespace, namespaces.labels.get(namespace) ?? {}, template.labels);
  if (!hasProxy && isWanted && injectionSkipped !== undefined)
    return { mesh: { injected: false, injectionSkipped }, labels: {}, ports: [] };

  const placeOf = (name: string) =>
    annotations[name] === undefined ? path : [...path, "metadata", "annotations", name];
  const running = ignoredByInit(containers);
  const mesh = readMesh(hasProxy || isWanted, template.ports, known, running, (name, message) =>
    faulty(placeOf(name), annotations[name] === undefined ? `${message} (of the namespace)` : message),
  );
  if (mesh === undefined) return undefined;
  const isGateway = effective(GATEWAY_ANNOTATION) === "true";
  if (isGateway) mesh.directPorts = [INBOUND_PORT];
  const variablePorts = PORT_ANNOTATIONS.map(effective).filter((value) => hasPlaceholder(value));
  if (isUnknown || variablePorts.length > 0) {
    const missing = placeholderWords([isUnknown && inject, ...variablePorts]);
    mesh.unknown = { missing, injection: isUnknown, ports: variablePorts.length > 0 };
  }
  for (const { name, message } of unevaluatedSettings(known)) faulty(placeOf(name), message);
  const outdated = hasProxy ? outdatedSettings(annotations, ofNamespace) : [];
  if (outdated.length > 0) mesh.outdated = outdated;
  return {
    mesh,
    // A proxy in the template means `linkerd inject` or a running pod, and then its labels are present as well.
    labels: hasProxy ? {} : injectedLabels(namespace, object.name, object.kind),
    ports: isGateway ? [{ port: INBOUND_PORT, protocol: "TCP" }] : [],
    inbound: {
      ...inboundAnnotations({ ...inherited, ...annotations }),
      containers: [...containers.map(policyContainer), ...(hasProxy ? [] : [INJECTED_PROXY])],
    },
  };
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
