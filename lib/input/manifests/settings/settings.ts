import type { Problem } from "../../../common/problem";
import type { Unseen } from "../../../common/unseen";
import type { ClusterFacts, NodeSettings } from "../../../scenario/scenario";
import { TransportMode } from "../../../scenario/transport-mode";
import type { LocatedDocument } from "../document";
import { describeObject, type KubernetesObject } from "../objects";
import { memberAt } from "../shape";
import { agentFacts, agentValues, evaluatesEveryValue, settingsOfVariables } from "./agent";
import { agentsIn, startupSettingsOfChart } from "./agent-sources";
import { unseenOfAgent } from "./agent-unseen";
import { valuesOfChart } from "./chart-values";
import { argumentIn, type LinkerdSettings, linkerdSettingsOf } from "./linkerd";
import { nodeConfigsOf } from "./node-configs";
import { type KindSetting, kindSetting, kindValues, reportNonBoolean } from "./policy-kinds";
import { isPlaceholder, placeOf, type SettingsSource, type SettingValue } from "./setting-value";

/** The settings of Cilium and Linkerd that decide who can talk to whom. Absent ones have their charts' defaults. */
export interface ClusterSettings {
  /** Linkerd's `proxy.outboundTransportMode`. Matters only for meshed workloads. */
  transportMode?: TransportMode | undefined;
  /** Whether Cilium has its L7 proxy. */
  l7Proxy?: boolean | undefined;
  /** Cilium's `cluster.name`. */
  clusterName?: string | undefined;
  /** The rest of the agent's configuration that is known. */
  agent?: ClusterFacts | undefined;
  /** The settings of agents on some nodes, where they differ. */
  nodeSettings?: readonly NodeSettings[] | undefined;
  /** Whether the agent's configuration is among the manifests, so that settings it lacks have Cilium's defaults. */
  isAgentSeen?: true;
  /** Linkerd's settings that are known. */
  linkerdSettings?: LinkerdSettings | undefined;
}

/** The settings in manifests, and what is wrong with or unknown about them. */
export interface FoundSettings
  extends Pick<
    ClusterSettings,
    "transportMode" | "l7Proxy" | "agent" | "nodeSettings" | "isAgentSeen" | "linkerdSettings"
  > {
  problems: Problem[];
  unseen: Unseen[];
  /** Which kinds of policies the agent is set to read. */
  kinds: KindSetting[];
}

const modes: readonly string[] = Object.values(TransportMode);
export const isTransportMode = (mode: unknown): mode is TransportMode =>
  typeof mode === "string" && modes.includes(mode);

/**
 * The settings in manifests, wherever they are: in objects that the charts render (an argument of Linkerd's destination controller, Cilium's
 * ConfigMap), in the values of a release in a plan, a HelmRelease, an Application or a HelmChart, and in CiliumNodeConfigs.
 */
export function settingsOf(objects: readonly KubernetesObject[], documents: readonly LocatedDocument[]): FoundSettings {
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(problem);
  const charts = valuesOfChart("cilium", objects, documents);
  const { started, configs, namespaces, unseen: ofAgents } = agentsIn(objects, charts);
  const isStarted = (key: string) =>
    started.some(({ values }) => values[key] !== undefined) ||
    charts.some((source) => startupSettingsOfChart(source)[key] !== undefined);
  const { everywhere, nodeSettings: ofNodes, unseen } = nodeConfigsOf(objects, namespaces, isStarted, report);
  // The container's arguments override CiliumNodeConfigs, and those override the ConfigMap.
  const agents = [...started, ...everywhere, ...configs];
  const ofAll = <T>(say: (source: SettingsSource, isChart: boolean) => T[]) => [
    ...agents.flatMap((source) => say(source, false)),
    ...charts.flatMap((source) => say(source, true)),
  ];
  const agentSettingValues = ofAll(agentValues);
  const { l7Proxy, ...agent } = agentFacts(agentSettingValues, report);
  const nodeSettings = [...settingsOfVariables(agentSettingValues), ...ofNodes];
  const kinds = ofAll(kindValues);
  for (const one of kinds) reportNonBoolean(one, report);
  const modeValues = transportModes(objects, documents);
  const known = modeValues.filter(({ value }) => isTransportMode(value));
  const transportMode = known.map(({ value }) => value).find(isTransportMode);
  for (const other of known.filter(({ value }) => value !== transportMode)) {
    report({
      ...placeOf(other.source),
      code: "conflicting-setting",
      message: `proxy.outboundTransportMode is ${String(other.value)} here, and ${transportMode} in ${known[0]?.source.object}`,
      fix: `give the one that the cluster has; ${transportMode} is used`,
    });
  }
  const linkerd = linkerdSettingsOf(objects, documents, report);
  return {
    ...(transportMode !== undefined && { transportMode }),
    ...(l7Proxy !== undefined && { l7Proxy }),
    ...(Object.keys(linkerd.settings).length > 0 && { linkerdSettings: linkerd.settings }),
    ...(Object.keys(agent).length > 0 && { agent }),
    ...(nodeSettings.length > 0 && { nodeSettings }),
    ...([started, configs, charts].some((sources) => sources.length > 0) && { isAgentSeen: true as const }),
    problems,
    kinds: kinds.flatMap(kindSetting),
    unseen: [
      ...ofAll(unseenOfAgent),
      ...unseen,
      ...ofAgents,
      ...[...agentSettingValues, ...kinds, ...modeValues, ...linkerd.found].flatMap(placeholder),
    ],
  };
}

function transportModes(objects: readonly KubernetesObject[], documents: readonly LocatedDocument[]): SettingValue[] {
  const setting = "proxy.outboundTransportMode";
  const rendered = objects
    .filter(({ name }) => name === "linkerd-destination")
    .map((object): SettingValue => {
      const source: SettingsSource = {
        object: describeObject(object),
        document: object.document,
        path: [],
        values: {},
      };
      return { setting, value: transportModeArgument(object.value), source };
    });
  const values = valuesOfChart("linkerd-control-plane", objects, documents).map(
    (source): SettingValue => ({ setting, value: memberAt(source.values, ["proxy", "outboundTransportMode"]), source }),
  );
  return [...rendered, ...values].filter(({ value }) => value !== undefined);
}

/** The transport mode among the arguments of the destination controller, anywhere in an object. */
export function transportModeArgument(value: unknown): string | undefined {
  return argumentIn(value, /^-{1,2}outbound-transport-mode=(.+)$/);
}

function placeholder({ setting, value, source }: SettingValue): Unseen[] {
  if (!isPlaceholder(value)) return [];
  const { file, line } = placeOf(source) as { file: string; line?: number };
  return [
    {
      file,
      ...(line !== undefined && { line }),
      object: source.object,
      reason: `${setting} is ${JSON.stringify(value)}, which is filled in later; ${evaluatesEveryValue(setting) ? "what depends on it is unknown" : "the default is used"}`,
      fix: "Give the rendered manifests",
    },
  ];
}
