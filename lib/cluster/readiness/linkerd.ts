import { linkerdNamespace, vizNamespace } from "../../linkerd/install/names";
import { INJECT_ANNOTATION, PROXY_CONTAINER } from "../../linkerd/wire/injection";
import { standInOwner } from "../control-namespace";
import { runningPods } from "../live-pods";
import { ownerOf } from "../live-workload";
import type { ControllerObject, PodObject } from "../objects";
import type { Snapshot } from "../snapshot";
import { inScope } from "./cilium";
import { condition, count, type Obstacle, type ReadinessCondition, unknown, unread } from "./condition";
import { rolloutObstacles } from "./rollout";

/** The control plane, if there is one. */
export function controlPlaneReady(snapshot: Snapshot): ReadinessCondition[] {
  const wanted = runningPods(snapshot).some(
    ({ pod }) => inScope(snapshot, pod.metadata.namespace) && wantsProxy(pod, snapshot),
  );
  const parts = snapshot.controllers.filter(
    ({ metadata }) => metadata.labels?.["linkerd.io/control-plane-component"] !== undefined,
  );
  if (parts.length === 0 && !wanted) return [];
  return [partsReady("controlPlane", "Linkerd's control plane is ready", linkerdNamespace, parts, snapshot)];
}

/** The viz extension, if it is installed. */
export function vizReady(snapshot: Snapshot): ReadinessCondition[] {
  const parts = snapshot.controllers.filter(({ metadata }) => metadata.labels?.["linkerd.io/extension"] === "viz");
  return parts.length === 0
    ? []
    : [partsReady("viz", "Linkerd's viz extension is ready", vizNamespace, parts, snapshot)];
}

function partsReady(
  id: "controlPlane" | "viz",
  what: string,
  namespace: string,
  parts: readonly ControllerObject[],
  snapshot: Snapshot,
): ReadinessCondition {
  const why = unread(snapshot, "deployments");
  if (parts.length === 0 && why.length > 0) return unknown(id, what, why);
  const none: Obstacle = { detail: `nothing of it is in namespace ${namespace}`, cure: "install it", final: true };
  const obstacles = parts.length === 0 ? [none] : parts.flatMap(rolloutObstacles);
  return condition(id, what, obstacles, count(parts.length, "Deployment"));
}

/** The workloads themselves. */
export function workloadsReady(snapshot: Snapshot): ReadinessCondition {
  const what = "every workload is rolled out";
  const own = snapshot.controllers.filter(({ metadata }) => inScope(snapshot, metadata.namespace));
  const why = unread(snapshot, "deployments", "statefulsets", "daemonsets");
  const obstacles = own.flatMap(rolloutObstacles);
  if (obstacles.length === 0 && own.length === 0 && why.length > 0) return unknown("workloads", what, why);
  return condition("workloads", what, obstacles, count(own.length, "workload"));
}

/**
 * Linkerd's webhooks fail open: a pod that is created while the injector does not respond starts without a proxy, and nothing reports it. Measured:
 * this happened to viz, created one second after the injector's Deployment had become ready.
 */
export function podsInjected(snapshot: Snapshot): ReadinessCondition {
  const judged = runningPods(snapshot).filter(
    ({ pod }) => inScope(snapshot, pod.metadata.namespace) || pod.metadata.namespace === vizNamespace,
  );
  const wanted = judged.filter(({ pod }) => wantsProxy(pod, snapshot));
  const obstacles = wanted.flatMap((running): Obstacle[] => {
    const { pod, meshed, live } = running;
    if (meshed) return [];
    const name = `${live.namespace}/${live.name}`;
    if (declaresProxy(pod)) return [{ detail: `${name}: its proxy does not run yet` }];
    const { kind, name: owner } = ownerOf(running);
    const restart =
      kind === standInOwner
        ? "verify again: this command created it while the injector did not answer"
        : kind === "Pod" || kind === "Job"
          ? `delete and recreate pod ${name}`
          : `kubectl -n ${live.namespace} rollout restart ${kind.toLowerCase()}/${owner}`;
    return [
      { detail: `${name} should be meshed and has no proxy: its traffic is not encrypted`, cure: restart, final: true },
    ];
  });
  return condition("injection", "every pod that should be meshed is", obstacles, count(wanted.length, "meshed pod"));
}

/** Whether the pod, or else its namespace, asks for a proxy. */
function wantsProxy(pod: PodObject, { namespaces }: Snapshot): boolean {
  const { metadata, spec } = pod;
  const namespace = namespaces.find(({ metadata: { name } }) => name === metadata.namespace)?.metadata;
  // The webhook is not called for these pods, whatever their annotations.
  const exempt = namespace?.labels?.["config.linkerd.io/admission-webhooks"] === "disabled";
  if (exempt || metadata.namespace === "kube-system" || spec.hostNetwork === true) return false;
  const asked = metadata.annotations?.[INJECT_ANNOTATION] ?? namespace?.annotations?.[INJECT_ANNOTATION];
  return asked === "enabled" || asked === "ingress" || declaresProxy(pod);
}

const declaresProxy = ({ spec }: PodObject): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some(({ name }) => name === PROXY_CONTAINER);
