import { Endpoints, type PolicyManifest, Port } from "../../cilium/model";
import { type FenceArgs, fenceManifests } from "../../fence/fence";
import type { Workload } from "../../fence/intent";
import type { TransportMode } from "../../scenario/transport-mode";
import { podinfo } from "../podinfo/workload";
import { slowCooker } from "../slow-cooker/workload";

/** The namespace of the tutorial's workloads. */
export const sandboxNamespace = "cilium-linkerd";

const client: Workload = workload(slowCooker);
const server: Workload = workload(podinfo);

const tutorialPorts: readonly number[] = [podinfo.ports.http.port];

/** The tutorial's fence: the client may call podinfo's API, or the ports that are named instead, and nothing else. */
export function sandboxFence(transportMode: TransportMode, allowedPorts = tutorialPorts): FenceArgs {
  return { edges: [{ from: client, to: server, ports: allowedPorts.map((port) => Port.tcp(port)) }], transportMode };
}

/** Every policy of the sandbox, without creating anything. */
export function sandboxPolicies(transportMode: TransportMode, allowedPorts = tutorialPorts): PolicyManifest[] {
  return fenceManifests(sandboxFence(transportMode, allowedPorts));
}

function workload({ name, labels }: { name: string; labels: { [key: string]: string } }): Workload {
  return { name, namespace: sandboxNamespace, endpoints: Endpoints.labels(labels) };
}
