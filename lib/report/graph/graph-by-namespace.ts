import { compareText } from "../../common/text";
import { plural } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import { namespaceOf } from "../reach/summary";
import { type EdgeKind, type Graph, type GraphEdge, type GraphNode, groupId, MOST_EDGES } from "./graph-model";

/** All edges of one kind between two namespaces, or between a namespace and a peer outside. */
interface Bundle {
  from: string;
  to: string;
  kind: EdgeKind;
  count: number;
  mtls: boolean;
}

/**
 * A picture in which each namespace is one box, and an arrow stands for all edges of a kind between two of them. Only the thickest arrows are drawn;
 * the others are counted.
 */
export class NamespaceGraph {
  private readonly bundles = new Map<string, Bundle>();
  private readonly placeOf = new Map<string, string>();
  private readonly sizes = new Map<string, number>();

  constructor(private readonly endpoints: readonly EndpointFacts[]) {
    for (const endpoint of endpoints) {
      const namespace = namespaceOf(endpoint);
      this.placeOf.set(endpoint.id, namespace === undefined ? endpoint.id : groupId(namespace));
      if (namespace !== undefined) this.sizes.set(namespace, (this.sizes.get(namespace) ?? 0) + 1);
    }
  }

  /** Adds an edge from each of `from`. */
  add(kind: EdgeKind, from: readonly string[], to: string, mtls = false): void {
    const target = this.placeOf.get(to) ?? to;
    for (const id of from) {
      const source = this.placeOf.get(id) ?? id;
      const key = `${source}\0${target}\0${kind}`;
      const bundle = this.bundles.get(key);
      if (bundle === undefined) this.bundles.set(key, { from: source, to: target, kind, count: 1, mtls });
      else {
        bundle.count++;
        bundle.mtls &&= mtls;
      }
    }
  }

  /** @param ingress Marks of destinations. A namespace is marked if all of its workloads have the same mark. */
  graph(title: string, notes: readonly string[], ingress: ReadonlyMap<string, "open" | "fenced"> = new Map()): Graph {
    const all = [...this.bundles.values()].sort(
      (a, b) => b.count - a.count || compareText(a.from, b.from) || compareText(a.to, b.to),
    );
    const edges = all
      .slice(0, MOST_EDGES)
      .map(({ mtls, ...bundle }): GraphEdge => ({ ...bundle, ports: [], ...(mtls && { mtls }) }));
    const touched = new Set(edges.flatMap(({ from, to }) => [from, to]));
    const notDrawn = all.slice(MOST_EDGES).reduce((sum, { count }) => sum + count, 0);
    const workloads = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
    return {
      title,
      nodes: [...this.namespaceNodes(ingress), ...this.outsideNodes()].filter(({ id }) => touched.has(id)),
      groups: [],
      edges,
      notes: [
        `by namespace: ${plural(workloads, "workload")} and their edges are too many for a picture`,
        ...(notDrawn > 0
          ? [`${plural(notDrawn, "edge")} of ${plural(all.length - edges.length, "thinner arrow")} not drawn`]
          : []),
        ...notes,
      ],
    };
  }

  private namespaceNodes(ingress: ReadonlyMap<string, "open" | "fenced">): GraphNode[] {
    const marks = new Map<string, Set<"open" | "fenced">>();
    const meshed = new Map<string, boolean>();
    for (const endpoint of this.endpoints) {
      const namespace = namespaceOf(endpoint);
      if (namespace === undefined) continue;
      meshed.set(namespace, (meshed.get(namespace) ?? true) && endpoint.mesh?.injected === true);
      const mark = ingress.get(endpoint.id);
      if (mark !== undefined) marks.set(namespace, (marks.get(namespace) ?? new Set()).add(mark));
    }
    return [...this.sizes].map(([namespace, size]): GraphNode => {
      const [mark, ...others] = marks.get(namespace) ?? [];
      return {
        id: groupId(namespace),
        label: `${namespace}: ${plural(size, "workload")}`,
        isNamespace: true,
        meshed: meshed.get(namespace) === true,
        ...(mark !== undefined && others.length === 0 && { ingress: mark }),
      };
    });
  }

  private outsideNodes(): GraphNode[] {
    return this.endpoints
      .filter((endpoint) => namespaceOf(endpoint) === undefined)
      .map(({ id }) => ({ id, label: id, meshed: false }));
  }
}
