import { TransportMode } from "../mesh/transport";
import type { KubernetesObject } from "./objects";
import { isRecord } from "./shape";
import type { LocatedDocument } from "./yaml";

const modes: readonly string[] = Object.values(TransportMode);

/**
 * Linkerd's transport mode, where the manifests say it: an argument of the destination controller as its chart renders it, or the values
 * of a Helm release in a plan.
 */
export function transportModeOf(
  objects: readonly KubernetesObject[],
  documents: readonly LocatedDocument[],
): TransportMode | undefined {
  const found = [
    ...objects.filter(({ name }) => name === "linkerd-destination").map(({ value }) => argumentOf(value)),
    ...documents.map(({ value }) => releaseValue(value)),
  ];
  return found.find((mode): mode is TransportMode => mode !== undefined && modes.includes(mode));
}

function argumentOf(value: unknown): string | undefined {
  if (typeof value === "string") return /^-{1,2}outbound-transport-mode=(.+)$/.exec(value)?.[1];
  if (typeof value !== "object" || value === null) return undefined;
  for (const member of Object.values(value)) {
    const mode = argumentOf(member);
    if (mode !== undefined) return mode;
  }
  return undefined;
}

function releaseValue(plan: unknown): string | undefined {
  if (!isRecord(plan) || !Array.isArray(plan.resources)) return undefined;
  for (const resource of plan.resources) {
    const inputs = isRecord(resource) && isRecord(resource.inputs) ? resource.inputs : {};
    if (typeof inputs.chart !== "string" || !/linkerd-control-plane(-[\d.]+\.tgz)?$/.test(inputs.chart)) continue;
    const proxy = isRecord(inputs.values) ? inputs.values.proxy : undefined;
    const mode = isRecord(proxy) ? proxy.outboundTransportMode : undefined;
    if (typeof mode === "string") return mode;
  }
  return undefined;
}
