import type { Problem } from "../../common/problem";
import { enumerate } from "../../common/text";
import { isClusterScoped } from "../../kubernetes/cluster-scoped";
import { type LocatedDocument, within } from "./document";
import { isRecord } from "./shape";

/** The type of `readObjects`, which is passed in to avoid an import cycle. */
type ReadObjects<Made> = (document: LocatedDocument, report: (problem: Problem) => void, lenient: boolean) => Made[];

/** Whether a value is the output of `meshfence plan --format json`. A value with a kind is an object instead. */
export function isPlan(value: Record<string, unknown>): value is { resources: unknown[] } {
  if (value.kind !== undefined || value.apiVersion !== undefined) return false;
  return typeof value.project === "string" && typeof value.stack === "string" && Array.isArray(value.resources);
}

/**
 * The Kubernetes objects among the resources of a plan. Only patches of namespaces are included, because they may turn injection on: a patch of any
 * other kind lacks most of the object.
 */
export function planObjects<Made extends { document: LocatedDocument }>(
  plan: LocatedDocument,
  resources: readonly unknown[],
  report: (problem: Problem) => void,
  readObjects: ReadObjects<Made>,
): Made[] {
  const providers = providersOf(resources);
  const clusters = new Map<string, { provider: string | undefined; document: LocatedDocument }>();
  const hold = (resource: Record<string, unknown>, made: readonly Made[]): void => {
    const provider = providers.get(String(resource.provider));
    const [first] = made;
    const own = provider?.cluster ?? "";
    if (first !== undefined && !clusters.has(own))
      clusters.set(own, { provider: provider?.name, document: first.document });
  };
  const all = resources.flatMap((resource, index) => {
    if (!isRecord(resource) || typeof resource.type !== "string" || !resource.type.startsWith("kubernetes:")) return [];
    const { inputs, objects, objectSources } = resource;
    if (Array.isArray(objects)) {
      const sources: unknown[] = Array.isArray(objectSources) ? objectSources : [];
      const made = objects.flatMap((object, at) => {
        const document = within(plan, ["resources", index, "objects", at], object);
        return readObjects(writtenAt(document, sources[at] ?? resource.source), report, true);
      });
      hold(resource, made);
      return made;
    }
    if (!isRecord(inputs) || typeof inputs.kind !== "string") return [];
    const isPatch = resource.type.endsWith("Patch");
    if (isPatch && inputs.kind !== "Namespace") return [];
    const made = within(
      plan,
      ["resources", index, "inputs"],
      named(inputs, resource.name, providers.get(String(resource.provider))?.namespace),
    );
    const isOfFence = typeof resource.parent === "string" && FENCE.test(resource.parent);
    const marks = { ...(isOfFence && { byFence: true as const }), ...(isPatch && { isPatch: true as const }) };
    const document = { ...writtenAt(made, resource.source), ...marks };
    const read = readObjects(document, report, false);
    hold(resource, read);
    return read;
  });
  const several = severalClusters([...clusters.values()]);
  if (several !== undefined) report(several);
  return all;
}

/** Reports objects of several clusters, because only one can be evaluated at a time: the policies of one would apply to the other's pods. */
function severalClusters(
  clusters: readonly { provider: string | undefined; document: LocatedDocument }[],
): Problem | undefined {
  const [first, second] = clusters;
  if (first === undefined || second === undefined) return undefined;
  const nameOf = (provider: string | undefined) => `provider ${provider ?? "by default"}`;
  const options = clusters.map(({ provider }) => `\`--provider ${provider ?? "default"}\``);
  return {
    code: "several-clusters",
    file: second.document.file,
    ...second.document.position([]),
    object: nameOf(second.provider),
    message: `belongs to another cluster than the objects of the ${nameOf(first.provider)}, and only one cluster can be evaluated at a time`,
    fix: `run it once for each cluster, ${enumerate(options.map((option) => `with ${option}`))}`,
  };
}

/** Matches the URN of a Fence, which is the parent of its resources. */
const FENCE = /[:$]meshfence:index:Fence::/;

/** Positions a resource at the place in the program or the manifest that it came from, if the plan has it. */
function writtenAt(document: LocatedDocument, source: unknown): LocatedDocument {
  if (!isRecord(source) || typeof source.file !== "string" || typeof source.line !== "number") return document;
  const { file, line } = source;
  return { ...document, file, position: () => ({ line }) };
}

interface Provider {
  name: string;
  /** Identifies its cluster. Empty for the default cluster. */
  cluster: string;
  /** The namespace of objects without one. */
  namespace: string | undefined;
}

/** The Kubernetes providers in a plan, by URN. */
function providersOf(resources: readonly unknown[]): Map<string, Provider> {
  return new Map(
    resources.filter(isRecord).flatMap((resource): [string, Provider][] => {
      if (resource.type !== "pulumi:providers:kubernetes" || typeof resource.urn !== "string") return [];
      const { namespace } = isRecord(resource.inputs) ? resource.inputs : {};
      return [
        [
          resource.urn,
          {
            name: String(resource.name),
            cluster: clusterOf(resource),
            namespace: typeof namespace === "string" && namespace !== "" ? namespace : undefined,
          },
        ],
      ];
    }),
  );
}

/** Identifies the cluster of a provider in a plan. Empty for the default cluster. */
export function clusterOf({ inputs, cluster: number }: { inputs?: unknown; cluster?: unknown }): string {
  const { kubeconfig, context, cluster } = isRecord(inputs) ? inputs : {};
  const parts = [kubeconfig, context, cluster].map((part) => part ?? "");
  // Secrets are masked. The number tells which masked ones are the same.
  return parts.every((part) => part === "") ? "" : JSON.stringify([...parts, number ?? 0]);
}

/**
 * Fills in name and namespace. Pulumi names an object without a name: the resource's name is used instead. An object without a namespace gets its
 * provider's.
 */
function named(inputs: Record<string, unknown>, name: unknown, namespace?: string): Record<string, unknown> {
  const metadata = isRecord(inputs.metadata) ? inputs.metadata : {};
  const own = isRecord(inputs.metadata) ? inputs.metadata.namespace : undefined;
  const goes =
    namespace !== undefined &&
    (own === undefined || own === null || own === "") &&
    !isClusterScoped(String(inputs.apiVersion), String(inputs.kind));
  return { ...inputs, metadata: { name, ...metadata, ...(goes && { namespace }) } };
}
