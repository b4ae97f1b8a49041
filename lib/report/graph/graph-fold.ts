import type { EndpointFacts } from "../../scenario/scenario";
import { namespaceOf } from "../reach/summary";
import { type GraphEdge, groupId } from "./graph-model";

/** If at least this many workloads have the same edge, their namespace represents them. */
const FOLD_FROM = 2;
/** Up to this many arrows or sources, folding them would lose more detail than it saves space. */
const FEW = 3;

/**
 * Shows the same with fewer edges: a namespace stands for all of its workloads, `world` for the addresses and names with the same
 * edges, and a destination that everyone reaches is marked (`wide`) instead.
 *
 * @param guarded Whether policies guard each destination. Without it, nothing is marked.
 */
export function fold(
  edges: readonly GraphEdge[],
  endpoints: readonly EndpointFacts[],
  guarded?: ReadonlyMap<string, "open" | "fenced">,
): { edges: GraphEdge[]; wide: Set<string> } {
  const members = new Map<string, string[]>();
  for (const endpoint of endpoints) {
    const group = namespaceOf(endpoint);
    if (group !== undefined) members.set(group, [...(members.get(group) ?? []), endpoint.id]);
  }
  const { edges: fewer, wide } = foldSources(edges, endpoints, members, guarded !== undefined);
  return { edges: foldTargets(fewer, endpoints, members, guarded), wide };
}

function foldSources(
  edges: readonly GraphEdge[],
  endpoints: readonly EndpointFacts[],
  members: ReadonlyMap<string, readonly string[]>,
  widen: boolean,
): { edges: GraphEdge[]; wide: Set<string> } {
  const addresses = new Set(endpoints.flatMap(({ id, ip }) => (ip === undefined ? [] : [id])));
  const wide = new Set<string>();
  const result: GraphEdge[] = [];
  for (const [first, ...rest] of groupedBy(edges, ({ from: _, ...edge }) => edge)) {
    const sources = new Map([first, ...rest].map((edge) => [edge.from, edge]));
    const others = endpoints.filter(({ id, reserved }) => id !== first.to && !reserved?.includes("host"));
    if (
      widen &&
      first.kind === "allowed" &&
      first.partly !== true &&
      others.length > FEW &&
      others.every(({ id }) => sources.has(id))
    ) {
      wide.add(first.to);
      continue;
    }
    if (sources.has("world")) for (const id of addresses) sources.delete(id);
    for (const [group, ids] of members) {
      const expected = ids.filter((id) => id !== first.to);
      if (expected.length < FOLD_FROM || !expected.every((id) => sources.has(id))) continue;
      for (const id of expected) sources.delete(id);
      result.push({ ...first, from: groupId(group) });
    }
    result.push(...sources.values());
  }
  return { edges: result, wide };
}

function foldTargets(
  edges: readonly GraphEdge[],
  endpoints: readonly EndpointFacts[],
  members: ReadonlyMap<string, readonly string[]>,
  guarded: ReadonlyMap<string, "open" | "fenced"> | undefined,
): GraphEdge[] {
  const declared = new Map(endpoints.map(({ id, ports }) => [id, portSet(ports ?? [])]));
  const result: GraphEdge[] = [];
  for (const [first, ...rest] of groupedBy(edges, ({ to: _, ports: __, ...edge }) => edge)) {
    const targets = new Map([first, ...rest].map((edge) => [edge.to, edge]));
    for (const [group, ids] of members) {
      const reached = ids.flatMap((id) => targets.get(id) ?? []);
      // A destination that is open to everyone is reached as well; a workload without ports cannot be reached.
      const expected = ids.filter((id) => id !== first.from && guarded?.get(id) !== "open" && declared.get(id) !== "");
      if (reached.length < FOLD_FROM || !expected.every((id) => targets.has(id))) continue;
      const same = reached.every((edge) => portSet(edge.ports) === portSet(first.ports));
      const whole = reached.every((edge) => portSet(edge.ports) === declared.get(edge.to));
      if (!same && !(whole && reached.length >= FEW)) continue;
      for (const { to } of reached) targets.delete(to);
      const [sample = first] = reached;
      result.push({ ...sample, to: groupId(group), ...(!same && { declaredPorts: true }) });
    }
    result.push(...targets.values());
  }
  return result;
}

function groupedBy(edges: readonly GraphEdge[], aspect: (edge: GraphEdge) => unknown): [GraphEdge, ...GraphEdge[]][] {
  const groups = new Map<string, [GraphEdge, ...GraphEdge[]]>();
  for (const edge of edges) {
    const key = JSON.stringify(aspect(edge));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [edge]);
    else group.push(edge);
  }
  return [...groups.values()];
}

function portSet(ports: readonly { proto?: string; protocol?: string; port: number }[]): string {
  return ports
    .map(({ proto, protocol, port }) => `${proto ?? protocol ?? "TCP"}/${port}`)
    .sort()
    .join(" ");
}
