import { parse } from "yaml";
import { valueAt } from "../../../common/helm-values";
import { formatPlace, type Problem } from "../../../common/problem";
import { parseDefaultPolicy } from "../../../linkerd/api/default-policy";
import { parseNetwork } from "../../../linkerd/api/network";
import type { AuthorizationFacts } from "../../../scenario/scenario";
import type { LocatedDocument } from "../document";
import { groupOf } from "../kinds";
import { describeObject, type KubernetesObject } from "../objects";
import { portList } from "../pod-mesh";
import { isRecord } from "../shape";
import { valuesOfChart } from "./chart-values";
import { isPlaceholder, placeOf, type SettingsSource, type SettingValue } from "./setting-value";

/** Linkerd's settings that decide who is admitted and on which port. Absent ones have the chart's defaults. */
export interface LinkerdSettings extends Omit<AuthorizationFacts, "objects"> {
  /** `proxy.opaquePorts`, for pods without an annotation. */
  opaquePorts?: number[];
  /** `proxyInit.ignoreInboundPorts`, for pods without an annotation. */
  skipInboundPorts?: number[];
  /** `proxyInit.ignoreOutboundPorts`, for pods without an annotation. */
  skipOutboundPorts?: number[];
  /** `proxyInit.skipSubnets`, for pods without an annotation. */
  skipSubnets?: string[];
}

type Member = keyof LinkerdSettings;

/** A setting: where it is in the chart's values and in the rendered control plane, and how its text is parsed. */
interface LinkerdSetting {
  member: Member;
  /** Dotted paths in the chart's values. The first one that is set takes precedence. */
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
 * Linkerd's settings in manifests: arguments of the rendered control plane, its ConfigMap `linkerd-config`, and the values of its chart. The first
 * source in this order takes precedence, and a source with a different value is a problem.
 */
export function linkerdSettingsOf(
  objects: readonly KubernetesObject[],
  documents: readonly LocatedDocument[],
  report: (problem: Problem) => void,
): { settings: LinkerdSettings; found: SettingValue[] } {
  const controllers = objects.filter(isDestination).map((object) => ({ ...sourceOf(object, {}), whole: object.value }));
  const configs = [...objects.flatMap(configOf), ...valuesOfChart("linkerd-control-plane", objects, documents)];
  const found = linkerdSettings.flatMap(({ values, argument }): SettingValue[] => {
    const [setting = ""] = values;
    const arguments_ =
      argument === undefined ? [] : controllers.map((one) => [one, argumentIn(one.whole, argument)] as const);
    const given = configs.map((one) => [one, firstOf(one.values, values)] as const);
    return [...arguments_, ...given].flatMap(([source, value]) =>
      value === undefined || value === null || value === "" ? [] : [{ setting, value, source }],
    );
  });
  const settings: LinkerdSettings = {};
  for (const { member, values, read } of linkerdSettings) {
    const given = found.filter(({ setting, value }) => setting === values[0] && !isPlaceholder(value));
    const valid = given.flatMap((one) => {
      const value = read(one.value);
      if (value === undefined) {
        report({
          ...placeOf(one.source),
          code: "invalid-setting",
          message: `${one.setting} is ${JSON.stringify(one.value)}, which is not one of its values; the chart's is used`,
        });
      }
      return value === undefined ? [] : [{ ...one, value }];
    });
    const [first] = valid;
    if (first === undefined) continue;
    Object.assign(settings, { [member]: first.value });
    for (const other of valid) reportConflict(first, other, report);
  }
  const [home] = [...controllers, ...configs].flatMap(({ namespace }) => namespace ?? []);
  return { settings: { ...settings, ...(home !== undefined && { controlPlaneNamespace: home }) }, found };
}

/** The value of a container's argument, anywhere in an object. */
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

function sourceOf(object: KubernetesObject, values: Record<string, unknown>): SettingsSource {
  const { namespace, document } = object;
  return {
    object: describeObject(object),
    document,
    path: [],
    values,
    ...(namespace !== undefined && { namespace }),
  };
}

/** The ConfigMap in which the chart stores its values. */
function configOf(object: KubernetesObject): SettingsSource[] {
  const { kind, name, value, apiVersion } = object;
  if (kind !== "ConfigMap" || name !== "linkerd-config" || groupOf(apiVersion) !== "" || !isRecord(value.data))
    return [];
  const { values } = value.data;
  if (typeof values !== "string") return [];
  try {
    const parsed: unknown = parse(values);
    return isRecord(parsed) ? [{ ...sourceOf(object, parsed), path: ["data", "values"] }] : [];
  } catch {
    return [];
  }
}

function reportConflict(first: SettingValue, other: SettingValue, report: (problem: Problem) => void): void {
  if (JSON.stringify(first.value) === JSON.stringify(other.value)) return;
  const where = formatPlace(placeOf(first.source));
  report({
    ...placeOf(other.source),
    code: "conflicting-setting",
    message: `${other.setting} is ${shown(other.value)} here, and ${shown(first.value)} in ${first.source.object} (${where})`,
    fix: `give the one that the cluster has; ${shown(first.value)} is used`,
  });
}

const shown = (value: unknown) => JSON.stringify(Array.isArray(value) ? value.join(",") : value);
