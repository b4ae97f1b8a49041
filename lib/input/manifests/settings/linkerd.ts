import { parse } from "yaml";
import { valueAt } from "../../../common/helm-values";
import { formatPlace, type Problem } from "../../../common/problem";
import { parseDefaultPolicy } from "../../../linkerd/api/default-policy";
import { parseNetwork } from "../../../linkerd/api/network";
import type { AuthorizationFacts } from "../../../scenario/scenario";
import type { LocatedDocument } from "../document";
import { describeObject, groupOf, type KubernetesObject } from "../objects";
import { portList } from "../pod-mesh";
import { isRecord } from "../shape";
import { valuesOfChart } from "./chart-values";
import { isPlaceholder, placeOf, type Said, type Speaker } from "./said";

/** How Linkerd is set, as far as it decides who is let in and on which port. Absent: as its chart has it. */
export interface LinkerdSettings extends Omit<AuthorizationFacts, "objects"> {
  /** `proxy.opaquePorts`: of pods that say nothing of their own. */
  opaquePorts?: number[];
  /** `proxyInit.ignoreInboundPorts`: of pods that say nothing of their own. */
  skipInboundPorts?: number[];
  /** `proxyInit.ignoreOutboundPorts`: of pods that say nothing of their own. */
  skipOutboundPorts?: number[];
  /** `proxyInit.skipSubnets`: of pods that say nothing of their own. */
  skipSubnets?: string[];
}

type Member = keyof LinkerdSettings;

/** One setting: where the chart has it, how the rendered control plane is told, and what its text means. */
interface LinkerdSetting {
  member: Member;
  /** Dotted paths among the chart's values; the first that says something counts. */
  values: readonly string[];
  /** An argument of a container of `linkerd-destination`. */
  argument?: RegExp;
  read(value: unknown): LinkerdSettings[Member] | undefined;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const textList = (value: unknown): string[] | undefined => {
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
  return typeof value === "string"
    ? value
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean)
    : undefined;
};
const networks = (value: unknown): string[] | undefined => {
  const blocks = textList(value);
  return blocks?.every(isNetwork) ? blocks : undefined;
};
const ports = (value: unknown): number[] | undefined => {
  if (typeof value === "number") return ports(String(value));
  if (typeof value !== "string") return undefined;
  let isList = true;
  const read = portList(value, () => {
    isList = false;
  });
  return isList ? read : undefined;
};

function isNetwork(block: string): boolean {
  try {
    parseNetwork(block);
    return true;
  } catch {
    return false;
  }
}

const linkerdSettings: readonly LinkerdSetting[] = [
  {
    member: "defaultPolicy",
    values: ["proxy.defaultInboundPolicy"],
    argument: /^-{1,2}default-policy=(.+)$/,
    read: (value) => (typeof value === "string" ? parseDefaultPolicy(value) : undefined),
  },
  {
    member: "clusterNetworks",
    values: ["clusterNetworks"],
    argument: /^-{1,2}cluster-networks=(.+)$/,
    read: networks,
  },
  {
    member: "probeNetworks",
    values: ["policyController.probeNetworks"],
    argument: /^-{1,2}probe-networks=(.*)$/,
    read: networks,
  },
  {
    member: "egressNamespace",
    values: ["egress.globalEgressNetworkNamespace"],
    argument: /^-{1,2}global-egress-network-namespace=(.+)$/,
    read: text,
  },
  {
    member: "identityTrustDomain",
    values: ["identityTrustDomain", "clusterDomain"],
    argument: /^-{1,2}identity-domain=(.+)$/,
    read: text,
  },
  { member: "opaquePorts", values: ["proxy.opaquePorts"], argument: /^-{1,2}default-opaque-ports=(.*)$/, read: ports },
  { member: "skipInboundPorts", values: ["proxyInit.ignoreInboundPorts"], read: ports },
  { member: "skipOutboundPorts", values: ["proxyInit.ignoreOutboundPorts"], read: ports },
  { member: "skipSubnets", values: ["proxyInit.skipSubnets"], read: networks },
];

/**
 * What the manifests say of Linkerd's settings: arguments of the rendered control plane, its ConfigMap `linkerd-config`, and the values that its chart
 * is given. The first who says something is believed, in this order; another who says something else is a problem.
 */
export function linkerdSettingsOf(
  objects: readonly KubernetesObject[],
  documents: readonly LocatedDocument[],
  report: (problem: Problem) => void,
): { settings: LinkerdSettings; said: Said[] } {
  const controllers = objects
    .filter(isDestination)
    .map((object) => ({ ...speakerOf(object, {}), whole: object.value }));
  const configs = [...objects.flatMap(configOf), ...valuesOfChart("linkerd-control-plane", objects, documents)];
  const said = linkerdSettings.flatMap(({ values, argument }): Said[] => {
    const [setting = ""] = values;
    const arguments_ =
      argument === undefined ? [] : controllers.map((one) => [one, argumentIn(one.whole, argument)] as const);
    const given = configs.map((one) => [one, firstOf(one.values, values)] as const);
    return [...arguments_, ...given].flatMap(([speaker, value]) =>
      value === undefined || value === null || value === "" ? [] : [{ setting, value, speaker }],
    );
  });
  const settings: LinkerdSettings = {};
  for (const { member, values, read } of linkerdSettings) {
    const heard = said.filter(({ setting, value }) => setting === values[0] && !isPlaceholder(value));
    const believed = heard.flatMap((one) => {
      const value = read(one.value);
      if (value === undefined) {
        report({
          ...placeOf(one.speaker),
          code: "invalid-setting",
          message: `${one.setting} is ${JSON.stringify(one.value)}, which is not one of its values; the chart's is used`,
        });
      }
      return value === undefined ? [] : [{ ...one, value }];
    });
    const [first] = believed;
    if (first === undefined) continue;
    Object.assign(settings, { [member]: first.value });
    for (const other of believed) reportOther(first, other, report);
  }
  const [home] = [...controllers, ...configs].flatMap(({ namespace }) => namespace ?? []);
  return { settings: { ...settings, ...(home !== undefined && { controlPlaneNamespace: home }) }, said };
}

/** An argument of a container, wherever in an object it stands. */
export function argumentIn(value: unknown, flag: RegExp): string | undefined {
  if (typeof value === "string") return flag.exec(value)?.[1];
  if (typeof value !== "object" || value === null) return undefined;
  for (const member of Object.values(value)) {
    const found = argumentIn(member, flag);
    if (found !== undefined) return found;
  }
  return undefined;
}

const firstOf = (values: Record<string, unknown>, paths: readonly string[]): unknown =>
  paths.map((path) => valueAt(values, path)).find((value) => value !== undefined && value !== null && value !== "");

function isDestination({ name, kind }: KubernetesObject): boolean {
  return name === "linkerd-destination" && kind === "Deployment";
}

function speakerOf(object: KubernetesObject, values: Record<string, unknown>): Speaker {
  const { namespace, document } = object;
  return {
    object: describeObject(object),
    document,
    path: [],
    values,
    ...(namespace !== undefined && { namespace }),
  };
}

/** The ConfigMap in which the chart keeps its values. */
function configOf(object: KubernetesObject): Speaker[] {
  const { kind, name, value, apiVersion } = object;
  if (kind !== "ConfigMap" || name !== "linkerd-config" || groupOf(apiVersion) !== "" || !isRecord(value.data))
    return [];
  const { values } = value.data;
  if (typeof values !== "string") return [];
  try {
    const parsed: unknown = parse(values);
    return isRecord(parsed) ? [{ ...speakerOf(object, parsed), path: ["data", "values"] }] : [];
  } catch {
    return [];
  }
}

function reportOther(first: Said, other: Said, report: (problem: Problem) => void): void {
  if (JSON.stringify(first.value) === JSON.stringify(other.value)) return;
  const where = formatPlace(placeOf(first.speaker));
  report({
    ...placeOf(other.speaker),
    code: "conflicting-setting",
    message: `${other.setting} is ${shown(other.value)} here, and ${shown(first.value)} in ${first.speaker.object} (${where})`,
    fix: `give the one that the cluster has; ${shown(first.value)} is used`,
  });
}

const shown = (value: unknown) => JSON.stringify(Array.isArray(value) ? value.join(",") : value);
