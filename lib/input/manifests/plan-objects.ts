import type { Problem } from "../../common/problem";
import { isClusterScoped } from "../../kubernetes/cluster-scoped";
import { type LocatedDocument, within } from "./document";
import { isRecord } from "./shape";

/** As `readObjects` of `objects.ts`, which reads a plan with what it reads its parts with. */
type ReadObjects<Made> = (document: LocatedDocument, report: (problem: Problem) => void, lenient: boolean) => Made[];

/** What `meshfence plan --format json` prints. What has a kind is an object, whatever else it has. */
export function isPlan(value: Record<string, unknown>): value is { resources: unknown[] } {
  if (value.kind !== undefined || value.apiVersion !== undefined) return false;
  return typeof value.project === "string" && typeof value.stack === "string" && Array.isArray(value.resources);
}

/**
 * The Kubernetes objects among the resources of a plan. A patch counts for namespaces only, where it may turn injection on; of another
 * kind it lacks most of the object.
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

/** One answer is about one cluster: policies of one would be taken for the other's. */
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
    message: `belongs to another cluster than the objects of the ${nameOf(first.provider)}, and an answer is about one cluster`,
    fix: `run it once for each cluster, with ${options.slice(0, -1).join(", with ")} and with ${options.at(-1)}`,
  };
}

/** The parent of what a Fence makes. */
const FENCE = /[:$]meshfence:index:Fence::/;

/** At the place of the program or of the manifest that a resource came from, where the plan says it. */
function writtenAt(document: LocatedDocument, source: unknown): LocatedDocument {
  if (!isRecord(source) || typeof source.file !== "string" || typeof source.line !== "number") return document;
  const { file, line } = source;
  return { ...document, file, position: () => ({ line }) };
}

interface Provider {
  name: string;
  /** What tells its cluster from others; empty for the one that is there by default. */
  cluster: string;
  /** Where objects go that name none. */
  namespace: string | undefined;
}

/** The providers of Kubernetes in a plan, by URN. */
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

/** Tells the cluster of a provider in a plan from others; empty for the one that is there by default. */
export function clusterOf({ inputs, cluster: number }: { inputs?: unknown; cluster?: unknown }): string {
  const { kubeconfig, context, cluster } = isRecord(inputs) ? inputs : {};
  const parts = [kubeconfig, context, cluster].map((part) => part ?? "");
  // What is secret is masked; the number says which of the masked ones are the same.
  return parts.every((part) => part === "") ? "" : JSON.stringify([...parts, number ?? 0]);
}

/**
 * Pulumi names what the program does not; the name in the plan stands for the one to come. What names no namespace goes where its provider says.
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
