import { Endpoints, type PolicyManifest, Port } from "../../cilium/model";
import { FenceLayers, type FenceSpec, fenceAuthorizations, fenceManifests } from "../../fence/fence";
import type { Workload } from "../../fence/workload";
import type { LinkerdManifest } from "../../linkerd/model";
import type { TransportMode } from "../../scenario/transport-mode";
import { podinfo } from "../podinfo/workload";
import { slowCooker } from "../slow-cooker/workload";

/** The namespace of the tutorial's workloads. */
export const sandboxNamespace = "cilium-linkerd";

const client: Workload = workload(slowCooker);
/** With all of its ports, so that Linkerd also closes those that nobody may call. The kubelet's probes run inside the container and need no port. */
const server: Workload = {
  ...workload(podinfo),
  ports: Object.values(podinfo.ports).map(({ port }) => port),
  probes: [],
};

const tutorialPorts: readonly number[] = [podinfo.ports.http.port];

/** The layers that enforce the sandbox's fence by default. */
export const sandboxLayers: FenceLayers = FenceLayers.Both;

/** The tutorial's fence: the client may call podinfo's API, or the ports that are named instead, and nothing else. */
export function sandboxFence(allowedPorts = tutorialPorts, enforce = sandboxLayers): FenceSpec {
  return { enforce, edges: [{ from: client, to: server, ports: allowedPorts.map((port) => Port.tcp(port)) }] };
}

/**
 * Every policy of Cilium's in the sandbox, without creating anything.
 *
 * @example
 * sandboxPolicies("transparent", [9898, 9797]).map(({ metadata }) => metadata.name);
 */
export function sandboxPolicies(
  transportMode: TransportMode,
  allowedPorts = tutorialPorts,
  enforce = sandboxLayers,
): PolicyManifest[] {
  return fenceManifests({ ...sandboxFence(allowedPorts, enforce), transportMode });
}

/**
 * Every object of Linkerd's authorization in the sandbox, without creating anything.
 *
 * @example
 * sandboxAuthorizations([9898], "both").map(({ kind }) => kind);
 */
export function sandboxAuthorizations(allowedPorts = tutorialPorts, enforce = sandboxLayers): LinkerdManifest[] {
  return fenceAuthorizations(sandboxFence(allowedPorts, enforce));
}

function workload({ name, labels }: { name: string; labels: { [key: string]: string } }): Workload {
  return { name, namespace: sandboxNamespace, endpoints: Endpoints.labels(labels), serviceAccount: name };
}
