import { opaqueAnnotation } from "../input/manifests/pod-mesh";
import { INJECT_ANNOTATION, PROXY_CONTAINER } from "../linkerd/wire/injection";
import { DEFAULT_OPAQUE_PORTS, DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import { probePrefix } from "./client/containers";
import type { ContainerStatus, PodObject } from "./objects";
import type { Snapshot } from "./snapshot";

/** The facts about a running pod. */
export interface LivePod {
  name: string;
  namespace: string;
  ip: string;
  node: string;
  ready: boolean;
  /** The application's containers and meshfence's probe containers, without the proxy. */
  containers: { name: string; running: boolean; probe: boolean }[];
}

/** A pod with a network, and its manifest for the readers. */
export interface RunningPod {
  pod: PodObject;
  /** All labels of the node that it runs on. Absent: the node could not be read. */
  nodeLabels?: { [key: string]: string };
  live: LivePod;
  /** Whether its proxy runs. */
  meshed: boolean;
  /**
   * The pod without its owner, so that it is read by itself, and with its injection annotation set to what actually happened: the webhooks
   * fail open, so a pod may lack the proxy that its annotation requests.
   */
  asRun: PodObject;
}

/** Pods that have ended or are terminating are not peers. */
export function runningPods({
  pods,
  namespaces,
  nodes = [],
}: Pick<Snapshot, "pods" | "namespaces"> & Partial<Pick<Snapshot, "nodes">>): RunningPod[] {
  const labelsOf = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const inherited = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.annotations ?? {}]));
  const opaqueByDefault = pods.map((pod) => argumentOf(pod, /^-{1,2}default-opaque-ports=(.*)$/)).find(Boolean);
  return pods
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.podIP !== undefined)
    .filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending")
    .map((pod) => {
      const meshed = hasProxy(pod);
      const usual = meshed ? usualAnnotations(pod, opaqueByDefault) : {};
      const nodeLabels = labelsOf.get(pod.spec.nodeName ?? "");
      return {
        pod,
        meshed,
        ...(nodeLabels !== undefined && { nodeLabels }),
        live: livePod(pod),
        asRun: asRun(pod, meshed, { ...usual, ...inherited.get(pod.metadata.namespace ?? "") }),
      };
    });
}

/** Whether a proxy runs in it, as a container or as a native sidecar. */
export function hasProxy({ status }: PodObject): boolean {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return statuses.some(({ name, state }) => name === PROXY_CONTAINER && state?.running !== undefined);
}

function isReady({ status }: PodObject): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function livePod(pod: PodObject): LivePod {
  const { metadata, spec, status } = pod;
  const isRunning = (name: string, statuses: readonly ContainerStatus[] = []) =>
    statuses.some((one) => one.name === name && one.state?.running !== undefined);
  const own = spec.containers
    .filter(({ name }) => name !== PROXY_CONTAINER)
    .map(({ name }) => ({ name, running: isRunning(name, status?.containerStatuses), probe: false }));
  const ephemeral = (spec.ephemeralContainers ?? []).map(({ name }) => ({
    name,
    running: isRunning(name, status?.ephemeralContainerStatuses),
    probe: name.startsWith(probePrefix),
  }));
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? "default",
    ip: status?.podIP ?? "",
    node: spec.nodeName ?? "",
    ready: isReady(pod),
    containers: [...own, ...ephemeral],
  };
}

/**
 * Annotations for the installation's lists of ports, if they differ from the chart's: the destination controller decides which ports are opaque, and
 * the arguments of a pod's init container which ones its iptables rules skip.
 */
function usualAnnotations(pod: PodObject, opaqueByDefault: string | undefined): { [name: string]: string } {
  const init = pod.spec.initContainers?.find(({ name }) => name === "linkerd-init")?.args ?? [];
  const skipped = init[init.indexOf("--outbound-ports-to-ignore") + 1];
  const usual: { [name: string]: string } = {};
  if (opaqueByDefault !== undefined && opaqueByDefault !== DEFAULT_OPAQUE_PORTS.join(",")) {
    usual[opaqueAnnotation] = opaqueByDefault;
  }
  if (init.includes("--outbound-ports-to-ignore") && skipped !== DEFAULT_SKIPPED_PORTS.join(",")) {
    usual["config.linkerd.io/skip-outbound-ports"] = skipped ?? "";
  }
  return usual;
}

function argumentOf({ spec }: PodObject, pattern: RegExp): string | undefined {
  return spec.containers.flatMap(({ args = [] }) => args.map((text) => pattern.exec(text)?.[1])).find(Boolean);
}

function asRun(pod: PodObject, meshed: boolean, usual: { [name: string]: string }): PodObject {
  const { ownerReferences: _, annotations = {}, ...metadata } = pod.metadata;
  const without = (containers: PodObject["spec"]["containers"] = []) =>
    containers.filter(({ name }) => meshed || name !== PROXY_CONTAINER);
  const came = { ...usual, ...annotations, [INJECT_ANNOTATION]: meshed ? "enabled" : "disabled" };
  return {
    ...pod,
    metadata: { ...metadata, annotations: came },
    spec: { ...pod.spec, containers: without(pod.spec.containers), initContainers: without(pod.spec.initContainers) },
  };
}
