import type { Problem } from "../common/problem";
import {
  type FoundSettings,
  isTransportMode,
  settingsOf,
  transportModeArgument,
} from "../input/manifests/settings/settings";
import type { ClusterFacts, NodeSettings } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import { objectOf } from "./live-object";
import { hasProxy } from "./live-pods";
import type { Snapshot } from "./snapshot";

/** The code of the problem that something is missing from a snapshot. */
export const UNREAD = "unread";

/** The settings of the running Cilium and Linkerd. */
export interface LiveSettings {
  transportMode?: TransportMode;
  cluster: ClusterFacts;
  /** The agents on some nodes that have other settings. */
  nodeSettings: readonly NodeSettings[];
  /** Which kinds of policies the agent reads. */
  kinds: FoundSettings["kinds"];
  problems: Problem[];
}

export function liveSettings(snapshot: Snapshot): LiveSettings {
  const problems: Problem[] = [];
  const report = (object: string, message: string) =>
    problems.push({ code: "setting", file: "cluster", object, message });
  for (const { what: object, why } of snapshot.missing) {
    problems.push({ code: UNREAD, file: "cluster", object, message: `not read, so not taken into account: ${why}` });
  }
  const agents = agentsOf(snapshot);
  for (const { object = "", reason } of agents.unseen) report(object, reason);
  problems.push(...agents.problems);
  return {
    ...transportModeOf(snapshot, report),
    cluster: ciliumFacts(snapshot, agents, report),
    nodeSettings: agents.nodeSettings ?? [],
    kinds: agents.kinds,
    problems,
  };
}

type Report = (object: string, message: string) => void;

/** Reads the mode from the destination controller's pods, which read it at start: the Deployment may have changed since. */
function transportModeOf({ pods }: Snapshot, report: Report): Pick<LiveSettings, "transportMode"> {
  const controllers = pods.filter(
    ({ metadata, status }) =>
      metadata.labels?.["linkerd.io/control-plane-component"] === "destination" &&
      metadata.deletionTimestamp === undefined &&
      status?.phase === "Running",
  );
  const modes = [...new Set(controllers.map(transportModeArgument).filter(isTransportMode))];
  if (modes.length > 1) {
    report(
      "Deployment linkerd/linkerd-destination",
      `its pods run in different transport modes (${modes.join(", ")}); wait for the end of its rollout. Predicted with ${modes[0]}`,
    );
  }
  if (modes.length === 0 && pods.some(hasProxy)) {
    report(
      "Deployment linkerd/linkerd-destination",
      "its pods do not say the transport mode, so the prediction assumes the chart's default",
    );
  }
  return modes[0] === undefined ? {} : { transportMode: modes[0] };
}

/** The agents' settings, read like those in manifests. */
function agentsOf({ configMaps, nodeConfigs = [], controllers }: Snapshot): FoundSettings {
  const agents = controllers.filter(({ kind }) => kind === "DaemonSet");
  return settingsOf([...configMaps, ...nodeConfigs, ...agents].map(objectOf), []);
}

/** Settings that a cluster's configuration leaves out have the agent's defaults. */
function ciliumFacts({ configMaps }: Snapshot, { agent = {}, l7Proxy }: FoundSettings, report: Report): ClusterFacts {
  const config = configMaps.find(({ metadata }) => metadata.name === "cilium-config");
  const said = { ...agent, ...(l7Proxy !== undefined && { l7Proxy }) };
  if (config === undefined) return said;
  if (said.auditMode === true)
    report(
      `ConfigMap ${config.metadata.namespace}/cilium-config`,
      "policy-audit-mode is on: Cilium reports what policies deny and lets it through",
    );
  return { mutualAuthentication: false, hostFirewall: false, ...said };
}
