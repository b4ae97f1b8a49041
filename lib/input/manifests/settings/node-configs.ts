import { formatPlace, type Problem } from "../../../common/problem";
import { compareText } from "../../../common/text";
import type { Unseen } from "../../../common/unseen";
import { type LabelExpression, LabelOperator, type LabelSelector } from "../../../kubernetes/label-selector";
import type { NodeFacts, NodeSettings } from "../../../scenario/scenario";
import { describeObject, groupOf, type KubernetesObject } from "../objects";
import { mentions } from "../placeholders";
import { isRecord, memberAt } from "../shape";
import { agentSettings, isAskedOpen, perhapsAny } from "./agent";
import { asSettings } from "./agent-pods";
import { unevaluatedSettings } from "./agent-unseen";
import { kindSettings } from "./policy-kinds";
import { isPlaceholder, placeOf, type Speaker } from "./said";

/** What the CiliumNodeConfigs of some manifests say. */
export interface NodeConfigs {
  /** Those that are for every node, the one that counts first. They come before `cilium-config`, and after what the agent is started with. */
  everywhere: Speaker[];
  /** What holds on some nodes. */
  nodeSettings: NodeSettings[];
  unseen: Unseen[];
}

interface NodeConfig {
  speaker: Speaker;
  name: string;
  selector: LabelSelector;
  /** Which nodes it selects is filled in later: it may be all. */
  isOpen?: true;
}

/**
 * The settings of single nodes. The agent of a node takes those of all that select it, in the order of their names, of which a later one counts
 * (`readNodeConfigs` in pkg/option/resolver).
 *
 * @param namespaces Where agents are known to run, who read the CiliumNodeConfigs of their own namespace only. Empty: not known.
 * @param isStarted Whether agents are started with a setting, which then counts before any of these.
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
  const isOfAll = ({ selector, isOpen }: NodeConfig) => isOpen !== true && selectsAll(selector);
  const everywhere = found.filter(isOfAll);
  const some = found.filter((config) => !isOfAll(config));
  reportTwice(some, report);
  const nodeSettings = some.flatMap((config): NodeSettings[] => {
    const later = everywhere.filter(({ name }) => compareText(name, config.name) > 0);
    const counts = (key: string) => !isStarted(key) && later.every(({ speaker }) => speaker.values[key] === undefined);
    const { facts, keys, open } = factsOf(config, counts, report);
    const left = unseenOf(config, counts);
    if (left !== undefined) unseen.push(left);
    if (keys.length === 0) return open;
    const said = `${config.speaker.object} (${whereOf(config)}) sets ${keys.join(", ")}`;
    const perhaps = config.isOpen === true ? { perhaps: true } : {};
    return [{ said, nodeSelector: config.selector, cluster: facts, ...perhaps }, ...open];
  });
  return { everywhere: everywhere.map(({ speaker }) => speaker).reverse(), nodeSettings, unseen };
}

function readConfig(object: KubernetesObject, namespaces: ReadonlySet<string>): { config?: NodeConfig; left?: Unseen } {
  const { document, value, name, namespace } = object;
  const defaults = memberAt(value, ["spec", "defaults"]);
  if (!isRecord(defaults) || Object.keys(defaults).length === 0) return {};
  const speaker = {
    object: describeObject(object),
    document,
    path: ["spec", "defaults"],
    values: asSettings(defaults),
  };
  const left = (reason: string, fix: string): Unseen => {
    return { file: document.file, line: document.position([]).line, object: speaker.object, reason, fix };
  };
  if (namespace !== undefined && namespaces.size > 0 && !namespaces.has(namespace)) {
    const own = [...namespaces].join(" and ");
    const reason = `the agents run in ${own}, and read no CiliumNodeConfig of another namespace`;
    return { left: left(reason, `Move it to ${own}`) };
  }
  const selector = selectorOf(memberAt(value, ["spec", "nodeSelector"]));
  if (selector !== undefined) return { config: { speaker, name, selector } };
  return {
    config: { speaker, name, selector: {}, isOpen: true },
    left: left("it is not known which nodes it selects", "Give its `spec.nodeSelector`; `{}` is every node"),
  };
}

const selectsAll = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector) =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

/** Undefined for what is no selector, or hangs on values to come. */
function selectorOf(value: unknown): LabelSelector | undefined {
  if (!isRecord(value) || mentions(value)) return undefined;
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

/** What one node may have otherwise than another, and how it is called where it is set. */
function factsOf(
  { speaker, selector }: NodeConfig,
  counts: (key: string) => boolean,
  report: (problem: Problem) => void,
): { facts: NodeFacts; keys: string[]; open: NodeSettings[] } {
  const keys: string[] = [];
  const facts: NodeFacts = {};
  const open: NodeSettings[] = [];
  for (const { key, read, possible = [] } of agentSettings) {
    const value = speaker.values[key];
    if (value === undefined || value === null || isOfCluster(key) || !counts(key)) continue;
    if (isPlaceholder(value)) {
      open.push(...perhapsAny({ setting: key, value, speaker }, possible, selector));
      continue;
    }
    const fact = read(value);
    if (fact === undefined) {
      const message = `${key} is ${JSON.stringify(value)}, which is not one of its values; it is ignored`;
      report({ ...placeOf(speaker), code: "invalid-setting", message });
      continue;
    }
    keys.push(key);
    Object.assign(facts, fact);
  }
  return { facts, keys, open };
}

/** What no agent has for itself, as one that calls its cluster otherwise is of another; or what is evaluated for all of them alike. */
const ofCluster: ReadonlySet<string> = new Set([
  ...["cluster-name", "enable-ipv4", "mesh-auth-enabled", "routing-mode", "tunnel", "bpf-lb-mode"],
  ...["enable-node-selector-labels", "enable-extended-ip-protocols"],
]);
const isOfCluster = (key: string) => ofCluster.has(key);

/** What decides on the nodes that are selected, and no answer takes into account, or takes as unknown. */
function unseenOf({ speaker }: NodeConfig, counts: (key: string) => boolean): Unseen | undefined {
  const evaluated = new Set(agentSettings.map(({ key }) => key).filter((key) => !isOfCluster(key)));
  const keys = new Set([...agentSettings, ...unevaluatedSettings, ...kindSettings].map(({ key }) => key));
  const set = [...keys].filter((key) => speaker.values[key] !== undefined && counts(key));
  const isFilledIn = (key: string) => isPlaceholder(speaker.values[key]) && isAskedOpen(key) && evaluated.has(key);
  const filledIn = set.filter(isFilledIn);
  const left = set.filter((key) => !isFilledIn(key) && (!evaluated.has(key) || isPlaceholder(speaker.values[key])));
  const reasons = [
    ...(left.length === 0
      ? []
      : [`it sets ${left.join(", ")} on the nodes that it selects, which answers do not take into account`]),
    ...(filledIn.length === 0
      ? []
      : [`what it sets ${filledIn.join(", ")} to is filled in later; what hangs on it is unknown there`]),
  ];
  if (reasons.length === 0) return undefined;
  const { file, line } = placeOf(speaker) as { file: string; line?: number };
  return {
    file,
    ...(line !== undefined && { line }),
    object: speaker.object,
    reason: reasons.join("; "),
    fix:
      left.length === 0
        ? "Give the rendered manifests"
        : "Ask about those nodes on their own, with the setting in `cilium-config`",
  };
}

/** Two that set the same otherwise, unless no node can be of both. */
function reportTwice(configs: readonly NodeConfig[], report: (problem: Problem) => void): void {
  for (const [place, later] of configs.entries()) {
    for (const earlier of configs.slice(0, place)) {
      if (areApart(earlier.selector, later.selector)) continue;
      for (const { key } of agentSettings) {
        const [before, after] = [earlier.speaker.values[key], later.speaker.values[key]];
        if (before === undefined || after === undefined || before === after) continue;
        report({
          ...placeOf(later.speaker),
          code: "conflicting-setting",
          message: `${key} is ${JSON.stringify(after)} here, and ${JSON.stringify(before)} in ${earlier.speaker.object} (${whereOf(earlier)})`,
          fix: `select other nodes; on a node that both select, ${JSON.stringify(after)} counts, by the order of their names`,
        });
      }
    }
  }
}

const areApart = ({ matchLabels: one = {} }: LabelSelector, { matchLabels: other = {} }: LabelSelector) =>
  Object.entries(one).some(([key, value]) => other[key] !== undefined && other[key] !== value);

const whereOf = ({ speaker }: NodeConfig): string => formatPlace(placeOf(speaker));
