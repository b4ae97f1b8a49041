import type { ControllerObject } from "../objects";
import type { Obstacle } from "./condition";
import { count } from "./condition";

/** Why a Deployment, StatefulSet or DaemonSet is not fully rolled out and available. */
export function rolloutObstacles(controller: ControllerObject): Obstacle[] {
  const { kind, metadata, spec, status = {} } = controller;
  const name = `${kind} ${metadata.namespace}/${metadata.name}`;
  const stalled = status.conditions?.find(({ type, status }) => type === "Progressing" && status === "False");
  const obstacle = (detail: string): Obstacle[] => [
    {
      detail: `${name}: ${detail}${stalled?.message ? ` (${stalled.message})` : ""}`,
      ...(stalled !== undefined && {
        final: true,
        cure: `kubectl -n ${metadata.namespace} describe ${kind.toLowerCase()} ${metadata.name} and its pods say what holds it up`,
      }),
    },
  ];
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return obstacle("its latest change is not observed yet");
  const daemons = kind === "DaemonSet";
  const wanted = daemons ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const updated = (daemons ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const available = (daemons ? status.numberAvailable : status.availableReplicas) ?? 0;
  const present = daemons ? wanted : (status.replicas ?? 0);
  if (updated < wanted) return obstacle(`${updated} of ${count(wanted, "pod")} up to date`);
  if (available < wanted) return obstacle(`${available} of ${count(wanted, "pod")} available`);
  if (present > wanted) return obstacle(`${count(present - wanted, "old pod")} still there`);
  return [];
}
