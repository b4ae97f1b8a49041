import { TransportMode } from "../../scenario/transport-mode";
import type { KubernetesObject } from "./objects";
import { isRecord } from "./shape";
import type { LocatedDocument } from "./yaml";

/** How Cilium and Linkerd are set, as far as it decides who can talk to whom. Absent: as their charts have it. */
export interface ClusterSettings {
  /** Linkerd's `proxy.outboundTransportMode`. Means something only where workloads are meshed. */
  transportMode?: TransportMode;
  /** Whether Cilium has its L7 proxy. */
  l7Proxy?: boolean;
  /** Cilium's `cluster.name`. */
  clusterName?: string;
}

const modes: readonly string[] = Object.values(TransportMode);
export const isTransportMode = (mode: unknown): mode is TransportMode =>
  typeof mode === "string" && modes.includes(mode);

/**
 * What the manifests say of the settings: those that the charts render (an argument of Linkerd's destination controller, Cilium's ConfigMap),
 * or the values of Helm releases in a plan.
 */
export function settingsOf(
  objects: readonly KubernetesObject[],
  documents: readonly LocatedDocument[],
): Pick<ClusterSettings, "transportMode" | "l7Proxy"> {
  const linkerd = documents.flatMap(({ value }) => releaseValues(value, "linkerd-control-plane"));
  const cilium = documents.flatMap(({ value }) => releaseValues(value, "cilium"));
  const transportMode = [
    ...objects.filter(({ name }) => name === "linkerd-destination").map(({ value }) => transportModeArgument(value)),
    ...linkerd.map(({ proxy }) => (isRecord(proxy) ? proxy.outboundTransportMode : undefined)),
  ].find(isTransportMode);
  const l7Proxy = [...objects.map(flagOf), ...cilium.map((values) => values.l7Proxy)].find(
    (value) => typeof value === "boolean",
  );
  return { ...(transportMode !== undefined && { transportMode }), ...(l7Proxy !== undefined && { l7Proxy }) };
}

/** The transport mode among the arguments of the destination controller, wherever in an object they stand. */
export function transportModeArgument(value: unknown): string | undefined {
  if (typeof value === "string") return /^-{1,2}outbound-transport-mode=(.+)$/.exec(value)?.[1];
  if (typeof value !== "object" || value === null) return undefined;
  for (const member of Object.values(value)) {
    const mode = transportModeArgument(member);
    if (mode !== undefined) return mode;
  }
  return undefined;
}

/** The agent's flag, as it stands in the ConfigMap that it is started with. */
function flagOf({ kind, name, value: { data } }: KubernetesObject): boolean | undefined {
  if (kind !== "ConfigMap" || name !== "cilium-config" || !isRecord(data)) return undefined;
  const flag = data["enable-l7-proxy"];
  return flag === "true" || flag === "false" ? flag === "true" : undefined;
}

/** The values of a plan's releases of a chart, which is named alone, as part of a repository's address, or as an archive. */
function releaseValues(plan: unknown, chart: string): Record<string, unknown>[] {
  if (!isRecord(plan) || !Array.isArray(plan.resources)) return [];
  return plan.resources.flatMap((resource) => {
    const inputs = isRecord(resource) && isRecord(resource.inputs) ? resource.inputs : {};
    if (typeof inputs.chart !== "string" || !isRecord(inputs.values)) return [];
    const name = inputs.chart
      .split("/")
      .at(-1)
      ?.replace(/-v?\d[\w.+-]*\.tgz$/, "");
    return name === chart ? [inputs.values] : [];
  });
}
