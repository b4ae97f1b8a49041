import { endpointKind } from "../../cilium/policy/identity";
import { compareText } from "../../common/text";
import { type Change, countEdges, edgesOf } from "../../reachability/diff";
import { type State, stateOf, type Verdict } from "../../reachability/verdict";
import { beyondPolicies, fromOwnNode, opensAllPorts, plural, unbound, unguarded } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import { CHANGE_KINDS, type DiffReport } from "../diff/diff-rows";
import { noticesInShort } from "../notices";
import type { ReachReport } from "../reach/reach-report";
import { namespaceOf } from "../reach/summary";
import { NamespaceGraph } from "./graph-by-namespace";
import { fold } from "./graph-fold";
import {
  type EdgeKind,
  type Graph,
  type GraphEdge,
  type GraphNode,
  groupId,
  MOST_EDGES,
  MOST_WORKLOADS,
} from "./graph-model";

/** Whether it is in a manifest, rather than a representative of pods that are not, which would clutter the picture. */
const isKnown = (endpoint: EndpointFacts | undefined) => endpoint?.representative === undefined;

/** Whether a reader can follow the graph, and laying it out takes seconds only. */
const isReadable = ({ nodes, edges }: Graph) =>
  edges.length <= MOST_EDGES && nodes.filter(({ group }) => group !== undefined).length <= MOST_WORKLOADS;

/** From this many denied edges on, drawing them hides what is allowed. */
const FEW_DENIED = 12;
/**
 * The allowed edges that some policy decides. An edge without a policy at either end is not drawn; its destination is marked open
 * instead. Denied edges are drawn if the scenario lists its flows, or if there are few.
 *
 * @param listsFlows Whether the scenario lists its flows.
 */
export function reachGraph(whole: ReachReport, listsFlows = false): Graph {
  const report = { ...whole, ...whole.named };
  const workloads = report.endpoints.filter((endpoint) => namespaceOf(endpoint) !== undefined).length;
  // Skip the graph by workload, which would take longer than everything else.
  if (workloads > MOST_WORKLOADS) return reachByNamespace(report);
  const graph = reachByWorkload(report, listsFlows);
  return isReadable(graph) ? graph : reachByNamespace(report);
}

function reachByNamespace(report: ReachReport): Graph {
  const ingress = new Map<string, "open" | "fenced">();
  const byId = new Map(report.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const drawn = new NamespaceGraph(report.endpoints.filter(isKnown));
  const counts: Record<State, number> = { allowed: 0, denied: 0, unknown: 0 };
  for (const { from, verdict } of report.answers) {
    if (beyondPolicies(verdict)) continue;
    const state = stateOf(verdict);
    counts[state] += from.length;
    const known = from.filter((id) => isKnown(byId.get(id)));
    if (known.length === 0 || !isKnown(byId.get(verdict.to))) continue;
    if (verdict.ingress !== "no policy here") ingress.set(verdict.to, unguarded(verdict) ? "open" : "fenced");
    if (state !== "denied" && !undecided(verdict) && !fromOwnNode(verdict))
      drawn.add(state, known, verdict.to, verdict.wire?.mtls);
  }
  const notes = counts.denied > 0 ? [`${plural(counts.denied, "denied edge")} not drawn`] : [];
  return drawn.graph(titleOf(counts), [...noticesInShort(report), ...notes], ingress);
}

const titleOf = ({ allowed, denied, unknown }: Record<State, number>) =>
  `${allowed} of ${plural(allowed + denied + unknown, "edge")} allowed`;

function reachByWorkload(report: ReachReport, listsFlows: boolean): Graph {
  const byId = new Map(report.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const ingress = new Map<string, "open" | "fenced">();
  const edges = new EdgeSet();
  const denied = new EdgeSet();
  const counts: Record<State, number> = { allowed: 0, denied: 0, unknown: 0 };
  for (const verdict of report.verdicts) {
    if (beyondPolicies(verdict)) continue;
    const state = stateOf(verdict);
    counts[state]++;
    if (!isKnown(byId.get(verdict.from)) || !isKnown(byId.get(verdict.to))) continue;
    if (verdict.ingress !== "no policy here") {
      ingress.set(verdict.to, unguarded(verdict) ? "open" : "fenced");
    }
    if (state === "denied") {
      denied.add(state, verdict);
    } else if (listsFlows || (!undecided(verdict) && !fromOwnNode(verdict))) edges.add(state, verdict);
  }
  const drawnDenials = listsFlows ? denied.list() : informativeDenials(denied, edges, byId);
  const folded = fold([...edges.list(), ...drawnDenials], report.endpoints, ingress);
  const touched = new Set(folded.edges.flatMap(({ from, to }) => [from, to]));
  // An endpoint without ports and without edges adds nothing.
  const isShown = (endpoint: EndpointFacts) => {
    const group = namespaceOf(endpoint);
    if (group === undefined) return touched.has(endpoint.id);
    return touched.has(endpoint.id) || touched.has(groupId(group)) || ingress.has(endpoint.id);
  };
  const idle = report.endpoints.filter(isKnown).filter((one) => namespaceOf(one) !== undefined && !isShown(one)).length;
  const nodes = report.endpoints
    .filter(isKnown)
    .filter(isShown)
    .map((endpoint) => nodeOf(endpoint, folded.wide.has(endpoint.id) ? "wide" : ingress.get(endpoint.id)));
  const notDrawn = counts.denied - drawnDenials.reduce((sum, { ports }) => sum + ports.length, 0);
  return {
    title: titleOf(counts),
    nodes,
    groups: groupsOf(nodes),
    edges: folded.edges,
    notes: [
      ...noticesInShort(report),
      ...(notDrawn > 0 ? [`${plural(notDrawn, "denied edge")} not drawn`] : []),
      ...(idle > 0 ? [`${plural(idle, "workload")} without ports and edges not drawn`] : []),
    ],
  };
}

/**
 * Denials that show more than the destination's mark: other ports of a pair that is allowed on some, and neighbours in one
 * namespace. None if there are many.
 */
function informativeDenials(denied: EdgeSet, allowed: EdgeSet, byId: ReadonlyMap<string, EndpointFacts>): GraphEdge[] {
  const pairs = new Set(allowed.list().map(({ from, to }) => `${from}\0${to}`));
  const informative = denied.list().filter(({ from, to }) => {
    const namespace = namespaceOf(byId.get(from));
    const neighbours = namespace !== undefined && namespace === namespaceOf(byId.get(to));
    return neighbours || pairs.has(`${from}\0${to}`);
  });
  return informative.length > FEW_DENIED ? [] : informative;
}

/** What opened, closed, is unclear and changed; with `context`, also what stayed allowed between the same endpoints. */
export function diffGraph(report: DiffReport, context: boolean): Graph {
  const touched = touchedBy(report.diff);
  const workloads = report.endpoints.filter(
    (endpoint) => namespaceOf(endpoint) !== undefined && touched.has(endpoint.id),
  ).length;
  // Skip the graph by workload, which would take longer than everything else.
  if (workloads > MOST_WORKLOADS) return diffByNamespace(report);
  const graph = diffByWorkload(report, touched);
  if (!isReadable(graph)) return diffByNamespace(report);
  return context ? withContext(graph, report, touched) : graph;
}

function touchedBy({ opened, closed, unclear, changed }: DiffReport["diff"]): Set<string> {
  const touched = new Set<string>();
  for (const { from, to } of [...opened, ...closed, ...unclear, ...changed]) {
    touched.add(to);
    for (const id of from) touched.add(id);
  }
  return touched;
}

function diffByNamespace(report: DiffReport): Graph {
  const drawn = new NamespaceGraph(report.endpoints);
  for (const kind of CHANGE_KINDS) {
    for (const change of report.diff[kind]) drawn.add(kind, change.from, change.to, sideOf(change)?.wire?.mtls);
  }
  return drawn.graph(titleOfDiff(report.diff), noticesInShort(report));
}

function diffByWorkload(report: DiffReport, touched: ReadonlySet<string>): Graph {
  const { diff } = report;
  const edges = new EdgeSet();
  for (const kind of CHANGE_KINDS) {
    for (const edge of edgesOf(diff[kind])) edges.add(kind, sideOf(edge), edge);
  }
  const list = fold(edges.list(), report.endpoints).edges;
  const added = new Set(diff.endpoints.added.map(({ id }) => id));
  const removed = new Set(diff.endpoints.removed.map(({ id }) => id));
  const nodes = report.endpoints
    .filter(({ id }) => touched.has(id))
    .map((endpoint): GraphNode => {
      const change = added.has(endpoint.id) ? "added" : removed.has(endpoint.id) ? "removed" : undefined;
      return { ...nodeOf(endpoint, undefined), ...(change && { change }) };
    });
  return {
    title: titleOfDiff(diff),
    nodes,
    groups: groupsOf(nodes),
    edges: list,
    notes: [...(nodes.length === 0 ? ["no edge changes"] : []), ...noticesInShort(report)],
  };
}

function withContext(graph: Graph, { diff, after }: DiffReport, touched: ReadonlySet<string>): Graph {
  const changes = [...edgesOf(CHANGE_KINDS.flatMap((kind) => diff[kind]))];
  const drawn = new Set(changes.map(({ from, to }) => `${from}\0${to}`));
  const context = new EdgeSet();
  for (const verdict of after) {
    if (!verdict.allowed || undecided(verdict) || fromOwnNode(verdict)) continue;
    if (touched.has(verdict.from) && touched.has(verdict.to)) context.add("context", verdict);
  }
  const around = context.list().filter(({ from, to }) => !drawn.has(`${from}\0${to}`));
  const whole = { ...graph, edges: [...graph.edges, ...around] };
  return isReadable(whole) ? whole : graph;
}

const titleOfDiff = ({ opened, closed, unclear, changed }: DiffReport["diff"]) =>
  [
    `${countEdges(opened)} opened, ${countEdges(closed)} closed`,
    ...(unclear.length === 0 ? [] : [`${countEdges(unclear)} unclear`]),
    `${countEdges(changed)} changed`,
  ].join(", ");

const sideOf = ({ before, after }: Pick<Change, "before" | "after">): Verdict | undefined =>
  after?.allowed === true ? after : (before ?? after);

/** Collects verdicts into edges, one for each pair, kind and transport. */
class EdgeSet {
  private readonly edges = new Map<string, GraphEdge>();

  add(
    kind: EdgeKind,
    verdict: Verdict | undefined,
    flow: Pick<Verdict, "from" | "to" | "proto" | "port" | "standsFor"> | undefined = verdict,
  ): void {
    if (flow === undefined) return;
    const { from, to, proto, port, standsFor } = flow;
    const mtls = kind === "denied" ? undefined : verdict?.wire?.mtls;
    const opened = kind !== "denied" && verdict !== undefined && !unguarded(verdict) && opensAllPorts(verdict);
    const partly = verdict?.allowed === true && verdict.linkerd?.routes !== undefined;
    const key = [from, to, kind, mtls, opened, partly].join("\0");
    const edge = this.edges.get(key) ?? {
      from,
      to,
      kind,
      ports: [],
      ...(mtls && { mtls }),
      ...(opened && { opensAllPorts: true }),
      ...(partly && { partly }),
    };
    edge.ports.push({ proto, port, ...(standsFor !== undefined && { standsFor }) });
    this.edges.set(key, edge);
  }

  list(): GraphEdge[] {
    for (const { ports } of this.edges.values()) {
      ports.sort((a, b) => compareText(a.proto, b.proto) || a.port - b.port);
    }
    return [...this.edges.values()].sort(
      (a, b) => compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.kind, b.kind),
    );
  }
}

/** Whether no policy selects either end. */
const undecided = (verdict: Verdict): boolean => unguarded(verdict) && unbound(verdict);

function nodeOf(endpoint: EndpointFacts, ingress: GraphNode["ingress"]): GraphNode {
  const group = namespaceOf(endpoint);
  const prefix = `${group}/`;
  return {
    id: endpoint.id,
    label: group !== undefined && endpoint.id.startsWith(prefix) ? endpoint.id.slice(prefix.length) : endpoint.id,
    meshed: endpoint.mesh?.injected === true,
    ...(group !== undefined && { group }),
    ...(ingress !== undefined && endpointKind(endpoint) === "pod" && { ingress }),
  };
}

function groupsOf(nodes: readonly GraphNode[]): string[] {
  return [...new Set(nodes.flatMap(({ group }) => group ?? []))].sort(compareText);
}
