import type { LivePod, LiveWorkload } from "../cluster";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import type { Client, Target } from "./probe";

/** A workload as client and as target of probes, or why it is neither. */
export type Participant = { client: Client; target: Target } | { why: string };

/**
 * The pod and container that represent a workload: the first that is ready, so that runs are repeatable.
 *
 * @param ours Whether the workload was created for the proof.
 */
export function participantOf(workload: LiveWorkload, ours = false): Participant {
  const { id, namespace, meshed, endpoint, hostNetwork } = workload;
  if (hostNetwork) return { why: "it is on the host network, so its policy is the node's" };
  const pod = [...workload.pods].sort(byName).find(({ ready, ip }) => ready && ip !== "");
  if (pod === undefined) return { why: "none of its pods is ready" };
  const container = containerOf(pod);
  if (container === undefined) return { why: "none of its containers runs" };
  const place = { namespace, pod: pod.name, container };
  return {
    client: {
      ...place,
      id,
      ip: pod.ip,
      node: pod.node,
      serviceAccount: endpoint.serviceAccount ?? "default",
      meshed,
      skipOutboundPorts: endpoint.mesh?.skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS,
      ours,
    },
    target: { id, ip: pod.ip, pod: { namespace, name: pod.name, container }, meshed, ours },
  };
}

/** Prefers the probe container of an earlier run, which has curl. */
function containerOf({ containers }: LivePod): string | undefined {
  const running = containers.filter((container) => container.running);
  return (running.find(({ probe }) => probe) ?? running[0])?.name;
}

function byName(left: LivePod, right: LivePod): number {
  return left.name < right.name ? -1 : 1;
}
