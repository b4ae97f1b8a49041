import type { Path } from "../../../common/problem";
import { groupOf } from "../kinds";
import type { KubernetesObject } from "../objects";
import { isRecord, memberAt } from "../shape";

/** A pod, or a workload, in which an agent runs. */
export interface AgentPod {
  object: KubernetesObject;
  spec: Record<string, unknown>;
  containers: { container: Record<string, unknown>; path: Path }[];
}

/** A ConfigMap that an agent reads. Without a namespace, it is in the agent's namespace. */
interface ConfigName {
  name: string;
  namespace?: string | undefined;
}

const AGENT = /(?:^|[\s/])cilium-agent(?=\s|$)/;
/** A placeholder for an unknown value. */
const UNKNOWN = "[unknown]";

/**
 * The agents in an object: containers with the chart's name for it, or that start its program. Pods of a controller are skipped, because its template
 * covers them.
 */
export function agentPods(object: KubernetesObject): AgentPod[] {
  const { kind, value } = object;
  const owners = records(memberAt(value, ["metadata", "ownerReferences"]));
  const path = kind === "Pod" ? ["spec"] : ["spec", "template", "spec"];
  const spec = memberAt(value, path);
  if (!isRecord(spec) || owners.some(({ controller }) => controller === true)) return [];
  const all: readonly unknown[] = Array.isArray(spec.containers) ? spec.containers : [];
  const containers = all.flatMap((container, index) =>
    isRecord(container) && isAgent(container) ? [{ container, path: [...path, "containers", index] }] : [],
  );
  return containers.length === 0 ? [] : [{ object, spec, containers }];
}

const isAgent = ({ name, command, args }: Record<string, unknown>): boolean =>
  name === "cilium-agent" || wordsOf([command, args]).some((word) => AGENT.test(word));

/** The ConfigMaps in the folder that `--config-dir` names. */
export function mountedConfigs({ spec, containers, object: { namespace } }: AgentPod): ConfigName[] {
  const folders = new Set(
    containers.flatMap(({ container: { command, args, volumeMounts } }) => {
      const folder = startupSettings([command, args], [])["config-dir"];
      return records(volumeMounts).flatMap(({ name, mountPath }) => (mountPath === folder ? [name] : []));
    }),
  );
  return records(spec.volumes)
    .filter(({ name }) => folders.has(name))
    .flatMap(({ configMap, projected }) => [
      configMap,
      ...records(isRecord(projected) ? projected.sources : []).map((source) => source.configMap),
    ])
    .flatMap((map) => (isRecord(map) && typeof map.name === "string" ? [{ name: map.name, namespace }] : []));
}

/** The ConfigMaps that `build-config` merges before the agent starts, in order. */
export function configSources(of: AgentPod | { source: unknown; namespace?: string | undefined }): ConfigName[] {
  if ("source" in of) return typeof of.source === "string" ? sourcesIn(of.source, of.namespace) : [];
  const { spec, object } = of;
  return records(spec.initContainers).flatMap(({ command, args }) => {
    if (!wordsOf([command, args]).some((word) => /\bbuild-config\b/.test(word))) return [];
    const { source } = startupSettings([command, args], []);
    return typeof source === "string" ? sourcesIn(source, object.namespace) : [];
  });
}

function sourcesIn(text: string, own: string | undefined): ConfigName[] {
  return text.split(",").flatMap((source) => {
    const [, where] = /^config-map:(.+)$/.exec(source.trim()) ?? [];
    if (where === undefined) return [];
    const slash = where.indexOf("/");
    return [
      slash < 0 ? { name: where, namespace: own } : { name: where.slice(slash + 1), namespace: where.slice(0, slash) },
    ];
  });
}

/** The names and values of a container's environment, and the sources of it that are not among the objects. */
export function environmentOf(
  { env, envFrom }: Record<string, unknown>,
  namespace: string | undefined,
  objects: readonly KubernetesObject[],
): { environment: [string, unknown][]; missing: string[] } {
  const missing: string[] = [];
  const find = (kind: string, name: unknown) =>
    objects.find(
      (one) => one.kind === kind && groupOf(one.apiVersion) === "" && one.name === name && one.namespace === namespace,
    );
  const many = records(envFrom).flatMap(({ prefix = "", configMapRef, secretRef }): [string, unknown][] => {
    const [kind, ref] = isRecord(configMapRef) ? ["ConfigMap", configMapRef] : ["Secret", secretRef];
    const found = isRecord(ref) ? find(kind as string, ref.name) : undefined;
    if (found === undefined) {
      if (isRecord(ref)) missing.push(`${String(kind)} ${String(ref.name)}`);
      return [];
    }
    return textsOf(found).map(([key, value]) => [`${String(prefix)}${key}`, value]);
  });
  const single = records(env).flatMap(({ name, value, valueFrom }): [string, unknown][] => {
    if (typeof name !== "string" || (value === undefined && !isRecord(valueFrom))) return [];
    if (value !== undefined) return [[name, value]];
    const ref = memberAt(valueFrom, ["configMapKeyRef"]);
    const found = isRecord(ref) ? find("ConfigMap", ref.name) : undefined;
    const text = found && isRecord(ref) ? textsOf(found).find(([key]) => key === ref.key)?.[1] : undefined;
    return [[name, text ?? UNKNOWN]];
  });
  return { environment: [...many, ...single], missing };
}

/** The data of a ConfigMap or a Secret. A Secret's values are unknown. */
function textsOf({ kind, value }: KubernetesObject): [string, unknown][] {
  if (kind === "ConfigMap") return Object.entries(isRecord(value.data) ? value.data : {});
  return [value.data, value.stringData].flatMap((data) =>
    Object.keys(isRecord(data) ? data : {}).map((key): [string, unknown] => [key, UNKNOWN]),
  );
}

/** Settings by key. As in the agent, a flag overrides the variable `CILIUM_…` of its name. */
export function startupSettings(
  lists: readonly unknown[],
  environment: readonly (readonly [name: string, value: unknown])[],
): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const [variable, value] of environment) {
    const [, name] = /^CILIUM_(\w+)$/.exec(variable) ?? [];
    if (name !== undefined) settings.set(name.toLowerCase().replaceAll("_", "-"), value);
  }
  const words = wordsOf(lists).flatMap(argumentsIn);
  for (const [place, word] of words.entries()) {
    const [, name, given] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    const next = words[place + 1];
    settings.set(name, given ?? (next === undefined || next.startsWith("-") ? "true" : next));
  }
  return Object.fromEntries(settings);
}

/** Splits words into arguments. A word may be a shell script that holds the program and its arguments. */
function argumentsIn(word: string): string[] {
  const program = /(?:^|[\s/])(?:cilium-agent|build-config)\s/.exec(word);
  if (program === null) return [word];
  const rest = word.slice(program.index + program[0].length);
  return rest.split(/(?:\s|\\\n|[;&|])+/).map((one) => one.replace(/["']/g, ""));
}

/**
 * Settings in a ConfigMap as the agent reads them: keys ignore case, and values are trimmed. If two keys differ only in case, the value is unknown.
 */
export function normalizedSettings(data: Record<string, unknown>): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const [written, value] of Object.entries(data)) {
    const key = written.toLowerCase();
    const text = typeof value === "string" ? value.trim() : value;
    settings.set(key, settings.has(key) && settings.get(key) !== text ? UNKNOWN : text);
  }
  return Object.fromEntries(settings);
}

const wordsOf = (lists: readonly unknown[]): string[] =>
  lists.flatMap((list) => (Array.isArray(list) ? list : [])).filter((word) => typeof word === "string");
const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
