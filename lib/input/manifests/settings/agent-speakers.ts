import { valueAt } from "../../../common/helm-values";
import type { Path } from "../../../common/problem";
import type { Unseen } from "../../../common/unseen";
import { describeObject, groupOf, type KubernetesObject } from "../objects";
import { isRecord, memberAt } from "../shape";
import {
  type AgentPod,
  agentPods,
  asSettings,
  configSources,
  environmentOf,
  mountedConfigs,
  startedWith,
} from "./agent-pods";
import { placeOf, type Speaker } from "./said";

/** Where objects of a cluster say how the agent is set. */
export interface Agents {
  /** Arguments and environment of its containers. */
  started: Speaker[];
  /** The ConfigMaps that it reads, the one that counts first. */
  configs: Speaker[];
  /** The namespaces that objects of an agent name. */
  namespaces: ReadonlySet<string>;
  unseen: Unseen[];
}

const CONFIG = "cilium-config";

/** @param charts Values of Cilium's chart, which may say what else the agent reads. */
export function agentsIn(objects: readonly KubernetesObject[], charts: readonly Speaker[]): Agents {
  const pods = objects.flatMap(agentPods);
  const unseen: Unseen[] = [];
  const started = pods.flatMap((pod) => startedBy(pod, objects, unseen));
  const maps = objects.filter(({ apiVersion, kind }) => kind === "ConfigMap" && groupOf(apiVersion) === "");
  const named = [
    ...pods.flatMap((pod) => [...mountedConfigs(pod), ...configSources(pod)]),
    ...charts.flatMap(({ values, namespace }) =>
      configSources({ source: memberAt(values, ["daemon", "configSources"]), namespace }),
    ),
  ];
  const isNamed = ({ name, namespace }: KubernetesObject) =>
    named.map((one) => one.name === name && (one.namespace ?? namespace) === namespace).lastIndexOf(true);
  const read = maps.filter((map) => map.name === CONFIG || isNamed(map) >= 0).sort((a, b) => isNamed(b) - isNamed(a));
  for (const map of read) if (isRecord(map.value.binaryData)) unseen.push(unseenAt(map, ["binaryData"], inBinary));
  for (const map of maps)
    if (!read.includes(map) && generated.test(map.name)) unseen.push(unseenAt(map, ["data"], isGenerated));
  return {
    started,
    configs: read.flatMap((map) =>
      isRecord(map.value.data) ? [speakerOf(map, ["data"], asSettings(map.value.data))] : [],
    ),
    namespaces: new Set([...read, ...pods.map(({ object }) => object)].flatMap(({ namespace }) => namespace ?? [])),
    unseen: [...unseen, ...objects.flatMap(unseenOfNode)],
  };
}

function speakerOf(object: KubernetesObject, path: Path, values: Record<string, unknown>): Speaker {
  return { object: describeObject(object), document: object.document, path, values };
}

function startedBy(pod: AgentPod, objects: readonly KubernetesObject[], unseen: Unseen[]): Speaker[] {
  return pod.containers.map(({ container, path }) => {
    const { environment, missing } = environmentOf(container, pod.object.namespace, objects);
    for (const what of missing)
      unseen.push(
        unseenAt(pod.object, path, {
          reason: `its agent takes its environment from ${what}, which is not among the manifests`,
          fix: `Give ${what} too`,
        }),
      );
    return speakerOf(pod.object, path, startedWith([container.command, container.args], environment));
  });
}

/** As Kustomize calls what it generates: with a hash behind the name. */
const generated = new RegExp(`^${CONFIG}-[bcdfghkmt2456789]{10}$`);

const isGenerated = {
  reason: "it is named like a cilium-config that Kustomize generated, and nothing here says whether the agent reads it",
  fix: "Give the agent's DaemonSet too, or generate it without a hash after its name (`disableNameSuffixHash`)",
};
const inBinary = {
  reason: "it has binaryData, which an agent that mounts it reads as settings, and answers do not take it into account",
  fix: "Write them as `data`",
};

function unseenAt(object: KubernetesObject, path: Path, { reason, fix }: Pick<Unseen, "reason" | "fix">): Unseen {
  const { file, line } = placeOf(speakerOf(object, path, {})) as { file: string; line?: number };
  return { file, ...(line !== undefined && { line }), object: describeObject(object), reason, fix };
}

/** A node may say how its agent is set, where agents are told to read that (`node` among their sources). */
function unseenOfNode(object: KubernetesObject): Unseen[] {
  if (object.kind !== "Node" || groupOf(object.apiVersion) !== "") return [];
  return ["labels", "annotations"].flatMap((member) => {
    const said = memberAt(object.value, ["metadata", member]);
    const keys = isRecord(said) ? Object.keys(said).filter((key) => key.startsWith("config.cilium.io/")) : [];
    if (keys.length === 0) return [];
    const reason = `it has ${keys.join(", ")}, which an agent that reads its node's ${member} takes for settings, and answers do not take it into account`;
    return [unseenAt(object, ["metadata", member], { reason, fix: "Set it in a CiliumNodeConfig" })];
  });
}

/** What values of the chart start the agent with. */
export function startedByChart({ values: { extraArgs, extraEnv } }: Speaker): Record<string, unknown> {
  return startedWith([extraArgs], environmentOf({ env: extraEnv }, undefined, []).environment);
}

/** What one speaker says of a setting. In the chart's values arguments come before the environment, and both before the ConfigMap. */
export function saidBy(speaker: Speaker, isChart: boolean, key: string, value?: string): unknown {
  if (!isChart) return speaker.values[key];
  const { extraConfig } = speaker.values;
  return (
    startedByChart(speaker)[key] ??
    (isRecord(extraConfig) ? asSettings(extraConfig)[key] : undefined) ??
    (value === undefined ? undefined : valueAt(speaker.values, value))
  );
}
