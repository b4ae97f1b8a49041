import { valueAt } from "../../../common/helm-values";
import type { Path } from "../../../common/problem";
import { describeObject, groupOf, type KubernetesObject } from "../objects";
import { isRecord, memberAt } from "../shape";
import type { Speaker } from "./said";

/** Where an object of a cluster says what the agent is started with: its ConfigMap, and the arguments and environment of its container. */
export function agentSpeakers(object: KubernetesObject): Speaker[] {
  const { kind, name, value, document, apiVersion } = object;
  const speaker = (path: Path, values: Record<string, unknown>): Speaker => ({
    object: describeObject(object),
    document,
    path,
    values,
  });
  if (kind === "ConfigMap" && name === "cilium-config" && groupOf(apiVersion) === "") {
    return isRecord(value.data) ? [speaker(["data"], value.data)] : [];
  }
  if (kind !== "DaemonSet") return [];
  const path = ["spec", "template", "spec", "containers"];
  const containers = memberAt(value, path);
  return (Array.isArray(containers) ? containers : []).flatMap((container: unknown, index) =>
    isRecord(container) && container.name === "cilium-agent"
      ? [speaker([...path, index], startedWith([container.command, container.args], container.env))]
      : [],
  );
}

/** The namespaces that objects of an agent name. */
export function agentNamespaces(objects: readonly KubernetesObject[]): Set<string> {
  const own = objects.filter((object) => agentSpeakers(object).length > 0);
  return new Set(own.flatMap(({ namespace }) => namespace ?? []));
}

/** What values of the chart start the agent with. */
export function startedByChart({ values: { extraArgs, extraEnv } }: Speaker): Record<string, unknown> {
  return startedWith([extraArgs], extraEnv);
}

/** What one speaker says of a setting. In the chart's values arguments come before the environment, and both before the ConfigMap. */
export function saidBy(speaker: Speaker, isChart: boolean, key: string, value?: string): unknown {
  if (!isChart) return speaker.values[key];
  const { extraConfig } = speaker.values;
  return (
    startedByChart(speaker)[key] ??
    (isRecord(extraConfig) ? extraConfig[key] : undefined) ??
    (value === undefined ? undefined : valueAt(speaker.values, value))
  );
}

/** Settings by their keys. A flag counts before the variable `CILIUM_` and its name, as the agent has it. */
function startedWith(lists: readonly unknown[], env: unknown): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const variable of Array.isArray(env) ? env : []) {
    if (!isRecord(variable) || typeof variable.name !== "string" || variable.value === undefined) continue;
    const [, name] = /^CILIUM_(\w+)$/.exec(variable.name) ?? [];
    if (name !== undefined) settings.set(name.toLowerCase().replaceAll("_", "-"), variable.value);
  }
  const words = lists.flatMap((list) => (Array.isArray(list) ? list : [])).filter((word) => typeof word === "string");
  for (const [place, word] of words.entries()) {
    const [, name, given] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    const next = words[place + 1];
    settings.set(name, given ?? (next === undefined || next.startsWith("-") ? "true" : next));
  }
  return Object.fromEntries(settings);
}
