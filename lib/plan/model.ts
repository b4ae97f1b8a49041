import path from "node:path";
import { SECRET, unknownUntil } from "../common/placeholder";
import {
  AssetValue,
  isPropertyMap,
  nameOf,
  type PropertyValue,
  type Recording,
  type Registration,
  ResourceReference,
  Secret,
  type SourcePosition,
  stackType,
  Unknown,
} from "../pulumi-engine";

/** What a program would create, in a possible order. */
export interface Plan {
  readonly project: string;
  readonly stack: string;
  /** By wave, then by URN. Without the stack itself and the default providers. */
  readonly resources: readonly PlannedResource[];
  /** What the program requested through functions and could not be determined. */
  readonly unseen?: readonly { readonly object: string; readonly reason: string; readonly fix: string }[] | undefined;
}

export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string | undefined;
  /** URNs, sorted. */
  readonly dependsOn: readonly string[];
  readonly provider?: string | undefined;
  /** 1 if it can start at once; otherwise one more than the highest wave that it waits for. */
  readonly wave: number;
  /** Plain JSON, with secrets masked. Unknown values say what they depend on. */
  readonly inputs: { readonly [property: string]: JsonValue };
  readonly component: boolean;
  /** For a Kubernetes provider whose cluster is set by a secret: a number, equal for equal settings. */
  readonly cluster?: number | undefined;
  /** The place that defines it: the file relative to the project's directory, with `/`. Absent if it is in no file of the project. */
  readonly source?: { readonly file: string; readonly line: number } | undefined;
  /** For a Helm release: the objects that it installs, if they could be rendered, with the contents of Secrets masked. */
  readonly objects?: readonly JsonValue[] | undefined;
  /** For a Helm release: the place of each object's template, like `source`; null if that is not a file of the project. */
  readonly objectSources?: readonly (PlannedResource["source"] | null)[] | undefined;
  /** Why the objects that it creates are not in the plan. */
  readonly unseen?: { readonly reason: string; readonly fix: string } | undefined;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export const releaseType = "kubernetes:helm.sh/v3:Release";

/** The rendered Helm releases, by URN. */
export type Releases = ReadonlyMap<string, Pick<PlannedResource, "objects" | "objectSources" | "unseen">>;

/** Finds the place of a resource whose call site does not show it, given the type of its parent. */
interface Written {
  placeOf(registration: Registration, parentType: string | undefined): SourcePosition | undefined;
}

/** Turns a recorded preview into a plan, which does not depend on the recording's order. */
export function planOf(
  { project, stack, registrations }: Recording,
  releases: Releases = new Map(),
  root = "",
  written?: Written,
): Plan {
  const waves = wavesOf(registrations);
  const byUrn = new Map(registrations.map((registration) => [registration.urn, registration]));
  const clusters = clustersOf(registrations);
  const resources = registrations
    .filter(({ type, implicit, read }) => type !== stackType && !implicit && !read)
    .map((registration) => ({
      urn: registration.urn,
      type: registration.type,
      name: registration.name,
      parent: registration.parent,
      dependsOn: [...registration.dependencies].sort(),
      provider: registration.provider,
      wave: waves.get(registration.urn) ?? 1,
      inputs: plainInputs(registration),
      component: !registration.custom,
      ...(clusters.has(registration) && { cluster: clusters.get(registration) }),
      ...(registration.unexpanded !== undefined && { unseen: registration.unexpanded }),
      ...sourceOf(root, registration, byUrn, written),
      ...releases.get(registration.urn),
    }))
    .sort((a, b) => a.wave - b.wave || compare(a.urn, b.urn));
  return { project, stack, resources };
}

/** The directory of meshfence's own compiled code, which in a clone is inside the project. */
const ownCode = path.resolve(__dirname, "..") + path.sep;

/**
 * The place in a file of the project itself. For a resource that a component creates in its own code, that is the place of the component, and so on
 * up to the program.
 */
function sourceOf(
  root: string,
  registration: Registration,
  byUrn: ReadonlyMap<string, Registration>,
  written: Written | undefined,
): Pick<PlannedResource, "source"> {
  const maker = registration.parent === undefined ? undefined : byUrn.get(registration.parent);
  const { source } = registration;
  const own = source?.file.startsWith(ownCode) ? undefined : sourceIn(root, source);
  const found = own ?? sourceIn(root, written?.placeOf(registration, maker?.type));
  if (found !== undefined) return { source: found };
  return maker === undefined ? {} : sourceOf(root, maker, byUrn, written);
}

/** A place relative to the project's root; undefined if it is outside the project or in one of its packages. */
export function sourceIn(root: string, source: SourcePosition | undefined): PlannedResource["source"] {
  if (root === "" || source === undefined) return undefined;
  const file = path.relative(root, source.file).split(path.sep).join("/");
  return file.startsWith("..") || file.includes("node_modules/") ? undefined : { file, line: source.line };
}

/** Order by code unit: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The wave of each resource: it starts when its dependencies, its provider and its parent exist. A resource takes one wave. A component
 * exists as soon as it starts, and its children do not start earlier.
 */
function wavesOf(registrations: readonly Registration[]): Map<string, number> {
  const byUrn = new Map(registrations.map((registration) => [registration.urn, registration]));
  const waves = new Map<string, number>();
  const waveOf = (registration: Registration): number => {
    const known = waves.get(registration.urn);
    if (known !== undefined) return known;
    let wave = 1;
    for (const urn of [...registration.dependencies, registration.provider, registration.parent]) {
      const awaited = urn === undefined ? undefined : byUrn.get(urn);
      if (awaited === undefined || awaited.implicit) continue;
      const takesTime = awaited.custom || awaited.remote;
      wave = Math.max(wave, waveOf(awaited) + (takesTime ? 1 : 0));
    }
    waves.set(registration.urn, wave);
    return wave;
  };
  for (const registration of registrations) waveOf(registration);
  return waves;
}

/** Numbers the clusters that providers set by secrets. Plans mask secrets, so without a number two clusters would look like one. */
function clustersOf(registrations: readonly Registration[]): Map<Registration, number> {
  const numbers = new Map<string, number>();
  const result = new Map<Registration, number>();
  for (const registration of [...registrations].sort((a, b) => compare(a.urn, b.urn))) {
    if (registration.type !== "pulumi:providers:kubernetes") continue;
    const { kubeconfig, context, cluster } = registration.inputs;
    if (![kubeconfig, context, cluster].some((value) => value instanceof Secret)) continue;
    const { kubeconfig: config, context: named, cluster: of } = plainInputs(registration, false);
    const key = JSON.stringify([config ?? "", named ?? "", of ?? ""]);
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    result.set(registration, number);
  }
  return result;
}

/** The inputs of a resource as a plan shows them. */
export function plainInputs(registration: Registration, masked = true): PlannedResource["inputs"] {
  return Object.fromEntries(
    Object.entries(registration.inputs).map(([property, value]) => {
      const from = (registration.propertyDependencies[property] ?? []).map(nameOf).sort(compare);
      return [property, plain(value, unknownUntil(from), masked)];
    }),
  );
}

function plain(value: PropertyValue, unknownText: string, masked: boolean): JsonValue {
  if (value instanceof Secret) return masked ? SECRET : plain(value.value, unknownText, masked);
  if (value instanceof Unknown) return unknownText;
  if (value instanceof ResourceReference) return value.urn;
  if (value instanceof AssetValue) return { [value.kind]: plain(value.content, unknownText, masked) };
  if (Array.isArray(value)) return value.map((item: PropertyValue) => plain(item, unknownText, masked));
  if (isPropertyMap(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, unknownText, masked)]));
  }
  return value as null | boolean | number | string;
}
