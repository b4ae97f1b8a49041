import { type DefaultPolicy, parseDefaultPolicy } from "../api/default-policy";
import type { ExternalWorkload } from "../api/external-workload";
import { probePath } from "./probe-path";

/** A container or an init container. The ports and probes of both count. */
export interface PolicyContainer {
  ports?: readonly { name?: string; containerPort: number; protocol?: string }[] | null;
  livenessProbe?: Probe | null;
  readinessProbe?: Probe | null;
  startupProbe?: Probe | null;
}

interface Probe {
  httpGet?: { path?: string | null; port: number | string } | null;
  /** Linkerd authorizes no gRPC probes. */
  grpc?: { port: number } | null;
}

/** The facts about a workload that determine the policies of its ports. */
export interface PolicyWorkload {
  kind: "pod" | "external-workload";
  namespace: string;
  labels: ReadonlyMap<string, string>;
  /** Whether it has a proxy. Without one nothing is enforced. */
  meshed: boolean;
  /** TCP ports by name. A name may stand for several. */
  namedPorts: ReadonlyMap<string, ReadonlySet<number>>;
  /** Paths of httpGet probes, by port. */
  probes: ReadonlyMap<number, ReadonlySet<string>>;
  /** `config.linkerd.io/default-inbound-policy`, if its value is valid. */
  defaultPolicy?: DefaultPolicy;
  isOpaque(port: number): boolean;
  requiresIdentity(port: number): boolean;
}

export const CONTROL_PLANE_LABEL = "linkerd.io/control-plane-ns";
/** On a pod or its namespace: the policy of ports that no Server selects. */
export const DEFAULT_POLICY_ANNOTATION = "config.linkerd.io/default-inbound-policy";
export const OPAQUE_PORTS_ANNOTATION = "config.linkerd.io/opaque-ports";
const REQUIRE_IDENTITY_ANNOTATION = "config.linkerd.io/proxy-require-identity-inbound-ports";

/** The annotations of a pod that affect the policies of its ports. */
export const INBOUND_ANNOTATIONS: readonly string[] = [
  DEFAULT_POLICY_ANNOTATION,
  OPAQUE_PORTS_ANNOTATION,
  REQUIRE_IDENTITY_ANNOTATION,
];

/**
 * A running pod, after injection. Only its own annotations count, because injection copies those of its namespace. A pod without the label that
 * injection adds has no proxy.
 */
export function podWorkload(pod: {
  namespace: string;
  labels: ReadonlyMap<string, string>;
  annotations: ReadonlyMap<string, string>;
  containers: readonly PolicyContainer[];
}): PolicyWorkload {
  return {
    kind: "pod",
    namespace: pod.namespace,
    labels: pod.labels,
    meshed: pod.labels.has(CONTROL_PLANE_LABEL),
    namedPorts: namedTcpPorts(pod.containers),
    probes: httpProbes(pod.containers),
    ...annotated(pod.annotations),
  };
}

/** An ExternalWorkload. Each name stands for one port, and it has no probes. */
export function externalWorkload({
  namespace,
  labels,
  annotations,
  ports,
}: Pick<ExternalWorkload, "namespace" | "labels" | "annotations"> & {
  ports: readonly { name?: string | undefined; port: number; protocol?: string | undefined }[];
}): PolicyWorkload {
  const namedPorts = new Map<string, ReadonlySet<number>>();
  for (const { name, port, protocol } of ports) {
    if (name !== undefined && isTcp(protocol)) namedPorts.set(name, new Set([port]));
  }
  const settings = annotated(annotations);
  return { kind: "external-workload", namespace, labels, meshed: true, namedPorts, probes: new Map(), ...settings };
}

function annotated(annotations: ReadonlyMap<string, string>) {
  const defaultPolicy = parseDefaultPolicy(annotations.get(DEFAULT_POLICY_ANNOTATION) ?? "");
  return {
    ...(defaultPolicy === undefined ? {} : { defaultPolicy }),
    isOpaque: inPorts(annotations.get(OPAQUE_PORTS_ANNOTATION)),
    requiresIdentity: inPorts(annotations.get(REQUIRE_IDENTITY_ANNOTATION)),
  };
}

/** Parses numbers and ranges, separated by commas. One invalid entry makes the whole list empty, as in the policy controller. */
export function inPorts(text: string | undefined): (port: number) => boolean {
  const ranges: [number, number][] = [];
  for (const entry of (text ?? "").split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const [, first, last] = /^\+?(\d+)(?:\s*-\s*\+?(\d+))?$/.exec(entry) ?? [];
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    if (!(from >= 1 && to >= from && to <= 65535)) return () => false;
    ranges.push([from, to]);
  }
  return (port) => ranges.some(([from, to]) => port >= from && port <= to);
}

function isTcp(protocol: string | undefined | null): boolean {
  return protocol === undefined || protocol === null || protocol.toUpperCase() === "TCP";
}

function namedTcpPorts(containers: readonly PolicyContainer[]): Map<string, Set<number>> {
  const named = new Map<string, Set<number>>();
  for (const { name, containerPort, protocol } of containers.flatMap(({ ports }) => ports ?? [])) {
    if (name === undefined || !isTcp(protocol)) continue;
    const numbers = named.get(name) ?? new Set();
    named.set(name, numbers.add(containerPort));
  }
  return named;
}

function httpProbes(containers: readonly PolicyContainer[]): Map<number, Set<string>> {
  const probes = new Map<number, Set<string>>();
  for (const container of containers) {
    for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
      const get = probe?.httpGet;
      if (get === undefined || get === null) continue;
      const port = typeof get.port === "number" ? get.port : probePort(get.port, container);
      const path = probePath(get.path ?? "/");
      if (port === undefined || port < 1 || port > 65535 || path === undefined) continue;
      const paths = probes.get(port) ?? new Set();
      probes.set(port, paths.add(path));
    }
  }
  return probes;
}

/** The number of a probe's named port. It is a port of the probe's own container, compared case-insensitively. */
function probePort(name: string, { ports }: PolicyContainer): number | undefined {
  const wanted = name.toLowerCase();
  return (ports ?? []).find((port) => isTcp(port.protocol) && port.name?.toLowerCase() === wanted)?.containerPort;
}
