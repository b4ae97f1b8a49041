import { formatPlace, type Problem } from "../../../common/problem";
import { compareText } from "../../../common/text";
import type { Unseen } from "../../../common/unseen";
import { type LabelExpression, LabelOperator, type LabelSelector } from "../../../kubernetes/label-selector";
import type { NodeFacts, NodeSettings } from "../../../scenario/scenario";
import { groupOf } from "../kinds";
import { describeObject, type KubernetesObject } from "../objects";
import { hasPlaceholder } from "../placeholders";
import { isRecord, memberAt } from "../shape";
import { agentSettings, evaluatesEveryValue, possibleSettings } from "./agent";
import { normalizedSettings } from "./agent-pods";
import { unevaluatedSettings } from "./agent-unseen";
import { kindSettings } from "./policy-kinds";
import { isPlaceholder, placeOf, type SettingsSource } from "./setting-value";

/** The settings in CiliumNodeConfigs. */
export interface NodeConfigs {
  /** Those for every node, in order of precedence. They override `cilium-config`, and the agent's arguments override them. */
  everywhere: SettingsSource[];
  /** The settings of some nodes. */
  nodeSettings: NodeSettings[];
  unseen: Unseen[];
}

interface NodeConfig {
  source: SettingsSource;
  name: string;
  selector: LabelSelector;
  /** Its node selector is filled in later, so it may select all nodes. */
  hasUnknownSelector?: true;
}

/**
 * Reads the settings of single nodes. A node's agent merges all CiliumNodeConfigs that select the node, in the order of their names, so later ones
 * override earlier ones (`readNodeConfigs` in pkg/option/resolver).
 *
 * @param namespaces The namespaces where agents run. They read only CiliumNodeConfigs in their own namespace. Empty: unknown.
 * @param isStarted Whether the agents' arguments set a setting, which overrides all of these.
 */
export function nodeConfigsOf(
  objects: readonly KubernetesObject[],
  namespaces: ReadonlySet<string>,
  isStarted: (key: string) => boolean,
  report: (problem: Problem) => void,
): NodeConfigs {
  const unseen: Unseen[] = [];
  const found = objects
    .filter(({ apiVersion, kind }) => groupOf(apiVersion) === "cilium.io" && kind === "CiliumNodeConfig")
    .flatMap((object) => {
      const { config, left } = readConfig(object, namespaces);
      if (left !== undefined) unseen.push(left);
      return config === undefined ? [] : [config];
    })
    .sort((a, b) => compareText(a.name, b.name));
  const selectsEveryNode = ({ selector, hasUnknownSelector }: NodeConfig) =>
    hasUnknownSelector !== true && selectsAll(selector);
  const everywhere = found.filter(selectsEveryNode);
  const some = found.filter((config) => !selectsEveryNode(config));
  reportConflicts(some, report);
  const nodeSettings = some.flatMap((config): NodeSettings[] => {
    const later = everywhere.filter(({ name }) => compareText(name, config.name) > 0);
    const counts = (key: string) => !isStarted(key) && later.every(({ source }) => source.values[key] === undefined);
    const { facts, keys, open } = factsOf(config, counts, report);
    const left = unseenOf(config, counts);
    if (left !== undefined) unseen.push(left);
    if (keys.length === 0) return open;
    const description = `${config.source.object} (${whereOf(config)}) sets ${keys.join(", ")}`;
    const uncertain = config.hasUnknownSelector === true ? { uncertain: true } : {};
    return [{ description, nodeSelector: config.selector, cluster: facts, ...uncertain }, ...open];
  });
  return { everywhere: everywhere.map(({ source }) => source).reverse(), nodeSettings, unseen };
}

function readConfig(object: KubernetesObject, namespaces: ReadonlySet<string>): { config?: NodeConfig; left?: Unseen } {
  const { document, value, name, namespace } = object;
  const defaults = memberAt(value, ["spec", "defaults"]);
  if (!isRecord(defaults) || Object.keys(defaults).length === 0) return {};
  const source = {
    object: describeObject(object),
    document,
    path: ["spec", "defaults"],
    values: normalizedSettings(defaults),
  };
  const left = (reason: string, fix: string): Unseen => {
    return { file: document.file, line: document.position([]).line, object: source.object, reason, fix };
  };
  if (namespace !== undefined && namespaces.size > 0 && !namespaces.has(namespace)) {
    const own = [...namespaces].join(" and ");
    const reason = `the agents run in ${own}, and read no CiliumNodeConfig of another namespace`;
    return { left: left(reason, `Move it to ${own}`) };
  }
  const selector = selectorOf(memberAt(value, ["spec", "nodeSelector"]));
  if (selector !== undefined) return { config: { source, name, selector } };
  return {
    config: { source, name, selector: {}, hasUnknownSelector: true },
    left: left("it is not known which nodes it selects", "Give its `spec.nodeSelector`; `{}` is every node"),
  };
}

const selectsAll = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector) =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

/** Undefined if the value is not a selector, or contains a placeholder. */
function selectorOf(value: unknown): LabelSelector | undefined {
  if (!isRecord(value) || hasPlaceholder(value)) return undefined;
  const { matchLabels = {}, matchExpressions = [] } = value;
  if (!isRecord(matchLabels ?? {}) || !Array.isArray(matchExpressions ?? [])) return undefined;
  const labels = Object.entries(matchLabels ?? {});
  const expressions: readonly unknown[] = Array.isArray(matchExpressions) ? matchExpressions : [];
  if (!labels.every((label): label is [string, string] => typeof label[1] === "string")) return undefined;
  if (!expressions.every(isExpression)) return undefined;
  return { matchLabels: Object.fromEntries(labels), matchExpressions: [...expressions] };
}

const operators: readonly string[] = Object.values(LabelOperator);
function isExpression(value: unknown): value is LabelExpression {
  if (!isRecord(value) || typeof value.key !== "string" || typeof value.operator !== "string") return false;
  const { values = [] } = value;
  return operators.includes(value.operator) && Array.isArray(values) && values.every((one) => typeof one === "string");
}

/** The settings of a CiliumNodeConfig that may differ between nodes, and their keys. */
function factsOf(
  { source, selector }: NodeConfig,
  counts: (key: string) => boolean,
  report: (problem: Problem) => void,
): { facts: NodeFacts; keys: string[]; open: NodeSettings[] } {
  const keys: string[] = [];
  const facts: NodeFacts = {};
  const open: NodeSettings[] = [];
  for (const { key, read, possible = [] } of agentSettings) {
    const value = source.values[key];
    if (value === undefined || value === null || isClusterWide(key) || !counts(key)) continue;
    if (isPlaceholder(value)) {
      open.push(...possibleSettings({ setting: key, value, source }, possible, selector));
      continue;
    }
    const fact = read(value);
    if (fact === undefined) {
      const message = `${key} is ${JSON.stringify(value)}, which is not one of its values; it is ignored`;
      report({ ...placeOf(source), code: "invalid-setting", message });
      continue;
    }
    keys.push(key);
    Object.assign(facts, fact);
  }
  return { facts, keys, open };
}

/** Settings that apply to the whole cluster, or that are evaluated only for all nodes together. */
const clusterWideSettings: ReadonlySet<string> = new Set([
  ...["cluster-name", "enable-ipv4", "mesh-auth-enabled", "routing-mode", "tunnel", "bpf-lb-mode"],
  ...["enable-node-selector-labels", "enable-extended-ip-protocols"],
]);
const isClusterWide = (key: string) => clusterWideSettings.has(key);

/** Reports settings of a CiliumNodeConfig that matter but are not evaluated, or are unknown. */
function unseenOf({ source }: NodeConfig, counts: (key: string) => boolean): Unseen | undefined {
  const evaluated = new Set(agentSettings.map(({ key }) => key).filter((key) => !isClusterWide(key)));
  const keys = new Set([...agentSettings, ...unevaluatedSettings, ...kindSettings].map(({ key }) => key));
  const set = [...keys].filter((key) => source.values[key] !== undefined && counts(key));
  const isFilledIn = (key: string) =>
    isPlaceholder(source.values[key]) && evaluatesEveryValue(key) && evaluated.has(key);
  const filledIn = set.filter(isFilledIn);
  const left = set.filter((key) => !isFilledIn(key) && (!evaluated.has(key) || isPlaceholder(source.values[key])));
  const reasons = [
    ...(left.length === 0 ? [] : [`it sets ${left.join(", ")} on the nodes that it selects, which is not evaluated`]),
    ...(filledIn.length === 0
      ? []
      : [`what it sets ${filledIn.join(", ")} to is filled in later; what depends on it is unknown there`]),
  ];
  if (reasons.length === 0) return undefined;
  const { file, line } = placeOf(source) as { file: string; line?: number };
  return {
    file,
    ...(line !== undefined && { line }),
    object: source.object,
    reason: reasons.join("; "),
    fix:
      left.length === 0
        ? "Give the rendered manifests"
        : "Evaluate those nodes separately, with the setting in `cilium-config`",
  };
}

/** Reports two CiliumNodeConfigs that set a setting differently, unless no node can match both. */
function reportConflicts(configs: readonly NodeConfig[], report: (problem: Problem) => void): void {
  for (const [place, later] of configs.entries()) {
    for (const earlier of configs.slice(0, place)) {
      if (areDisjoint(earlier.selector, later.selector)) continue;
      for (const { key } of agentSettings) {
        const [before, after] = [earlier.source.values[key], later.source.values[key]];
        if (before === undefined || after === undefined || before === after) continue;
        report({
          ...placeOf(later.source),
          code: "conflicting-setting",
          message: `${key} is ${JSON.stringify(after)} here, and ${JSON.stringify(before)} in ${earlier.source.object} (${whereOf(earlier)})`,
          fix: `select other nodes; on a node that both select, ${JSON.stringify(after)} counts, by the order of their names`,
        });
      }
    }
  }
}

const areDisjoint = ({ matchLabels: one = {} }: LabelSelector, { matchLabels: other = {} }: LabelSelector) =>
  Object.entries(one).some(([key, value]) => other[key] !== undefined && other[key] !== value);

const whereOf = ({ source }: NodeConfig): string => formatPlace(placeOf(source));
