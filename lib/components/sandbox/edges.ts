import { Endpoints, type PolicyManifest, Port } from "../../cilium/model";
import { type FenceSpec, fenceManifests } from "../../fence/fence";
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
export function sandboxFence(allowedPorts = tutorialPorts): FenceSpec {
  return { edges: [{ from: client, to: server, ports: allowedPorts.map((port) => Port.tcp(port)) }] };
}

/** Every policy of the sandbox, without creating anything. */
export function sandboxPolicies(transportMode: TransportMode, allowedPorts = tutorialPorts): PolicyManifest[] {
  return fenceManifests({ ...sandboxFence(allowedPorts), transportMode });
}

function workload({ name, labels }: { name: string; labels: { [key: string]: string } }): Workload {
  return { name, namespace: sandboxNamespace, endpoints: Endpoints.labels(labels) };
}
