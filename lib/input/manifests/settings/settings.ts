import type { Problem } from "../../../common/problem";
import type { Unseen } from "../../../common/unseen";
import type { ClusterFacts, NodeSettings } from "../../../scenario/scenario";
import { TransportMode } from "../../../scenario/transport-mode";
import type { LocatedDocument } from "../document";
import { describeObject, type KubernetesObject } from "../objects";
import { memberAt } from "../shape";
import { agentFacts, isAskedOpen, openSettings, saidOfAgent } from "./agent";
import { agentsIn, startedByChart } from "./agent-speakers";
import { unseenOfAgent } from "./agent-unseen";
import { valuesOfChart } from "./chart-values";
import { argumentIn, type LinkerdSettings, linkerdSettingsOf } from "./linkerd";
import { nodeConfigsOf } from "./node-configs";
import { type KindSaid, kindSaid, reportNoBoolean, saidOfKinds } from "./policy-kinds";
import { isPlaceholder, placeOf, type Said, type Speaker } from "./said";

/** How Cilium and Linkerd are set, as far as it decides who can talk to whom. Absent: as their charts have it. */
export interface ClusterSettings {
  /** Linkerd's `proxy.outboundTransportMode`. Means something only where workloads are meshed. */
  transportMode?: TransportMode | undefined;
  /** Whether Cilium has its L7 proxy. */
  l7Proxy?: boolean | undefined;
  /** Cilium's `cluster.name`. */
  clusterName?: string | undefined;
  /** What else of the agent's configuration is known. */
  agent?: ClusterFacts | undefined;
  /** What agents of some nodes are set to otherwise. */
  nodeSettings?: readonly NodeSettings[] | undefined;
  /** The agent's configuration is among the manifests, so that what it does not set is as Cilium has it by default. */
  isAgentSeen?: true;
  /** What of Linkerd's own settings is known. */
  linkerdSettings?: LinkerdSettings | undefined;
}

/** What is said of settings, and what cannot be made out of it. */
export interface FoundSettings
  extends Pick<
    ClusterSettings,
    "transportMode" | "l7Proxy" | "agent" | "nodeSettings" | "isAgentSeen" | "linkerdSettings"
  > {
  problems: Problem[];
  unseen: Unseen[];
  /** Which kinds of policies the agent reads. */
  kinds: KindSaid[];
}

const modes: readonly string[] = Object.values(TransportMode);
export const isTransportMode = (mode: unknown): mode is TransportMode =>
  typeof mode === "string" && modes.includes(mode);

/**
 * What the manifests say of the settings, wherever they say it: objects that the charts render (an argument of Linkerd's destination controller, Cilium's
 * ConfigMap), values of releases in a plan, of a HelmRelease, an Application, a HelmChart, and CiliumNodeConfigs.
 */
export function settingsOf(objects: readonly KubernetesObject[], documents: readonly LocatedDocument[]): FoundSettings {
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(problem);
  const charts = valuesOfChart("cilium", objects, documents);
  const { started, configs, namespaces, unseen: ofAgents } = agentsIn(objects, charts);
  const isStarted = (key: string) =>
    started.some(({ values }) => values[key] !== undefined) ||
    charts.some((speaker) => startedByChart(speaker)[key] !== undefined);
  const { everywhere, nodeSettings: ofNodes, unseen } = nodeConfigsOf(objects, namespaces, isStarted, report);
  // What a container is started with counts before CiliumNodeConfigs, and those before the ConfigMap.
  const agents = [...started, ...everywhere, ...configs];
  const ofAll = <T>(say: (speaker: Speaker, isChart: boolean) => T[]) => [
    ...agents.flatMap((speaker) => say(speaker, false)),
    ...charts.flatMap((speaker) => say(speaker, true)),
  ];
  const said = ofAll(saidOfAgent);
  const { l7Proxy, ...agent } = agentFacts(said, report);
  const nodeSettings = [...openSettings(said), ...ofNodes];
  const kinds = ofAll(saidOfKinds);
  for (const one of kinds) reportNoBoolean(one, report);
  const modesSaid = transportModes(objects, documents);
  const known = modesSaid.filter(({ value }) => isTransportMode(value));
  const transportMode = known.map(({ value }) => value).find(isTransportMode);
  for (const other of known.filter(({ value }) => value !== transportMode)) {
    report({
      ...placeOf(other.speaker),
      code: "conflicting-setting",
      message: `proxy.outboundTransportMode is ${String(other.value)} here, and ${transportMode} in ${known[0]?.speaker.object}`,
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
    ...([started, configs, charts].some((speakers) => speakers.length > 0) && { isAgentSeen: true as const }),
    problems,
    kinds: kinds.flatMap(kindSaid),
    unseen: [
      ...ofAll(unseenOfAgent),
      ...unseen,
      ...ofAgents,
      ...[...said, ...kinds, ...modesSaid, ...linkerd.said].flatMap(placeholder),
    ],
  };
}

function transportModes(objects: readonly KubernetesObject[], documents: readonly LocatedDocument[]): Said[] {
  const setting = "proxy.outboundTransportMode";
  const rendered = objects
    .filter(({ name }) => name === "linkerd-destination")
    .map((object): Said => {
      const speaker: Speaker = { object: describeObject(object), document: object.document, path: [], values: {} };
      return { setting, value: transportModeArgument(object.value), speaker };
    });
  const values = valuesOfChart("linkerd-control-plane", objects, documents).map(
    (speaker): Said => ({ setting, value: memberAt(speaker.values, ["proxy", "outboundTransportMode"]), speaker }),
  );
  return [...rendered, ...values].filter(({ value }) => value !== undefined);
}

/** The transport mode among the arguments of the destination controller, wherever in an object they stand. */
export function transportModeArgument(value: unknown): string | undefined {
  return argumentIn(value, /^-{1,2}outbound-transport-mode=(.+)$/);
}

function placeholder({ setting, value, speaker }: Said): Unseen[] {
  if (!isPlaceholder(value)) return [];
  const { file, line } = placeOf(speaker) as { file: string; line?: number };
  return [
    {
      file,
      ...(line !== undefined && { line }),
      object: speaker.object,
      reason: `${setting} is ${JSON.stringify(value)}, which is filled in later; ${isAskedOpen(setting) ? "what hangs on it is unknown" : "the default is used"}`,
      fix: "Give the rendered manifests",
    },
  ];
}
