import { present } from "../../common/maps";
import { type Change, edgesOf } from "../../reachability/diff";
import { portWords } from "../../reachability/words";
import type { PageTraffic } from "../data";
import type { Box, ChangeOfEdge, Graph } from "./drawing";
import { type Drawn, layout } from "./layout";
import { joinedSeen, markOf, placedEdges, withPort } from "./overlay";
import type { Scan } from "./scan";
import { Code, groupOf, type Kind, kindAt, OUTSIDE, type PortAnswer, type Side } from "./side";

/** What to draw. */
export interface GraphRequest {
  /** Namespaces whose workloads are drawn one by one. */
  unfolded: readonly string[];
  /** Draw only the arrows of this node. Default: all. */
  focus?: string | undefined;
  /** Draw only edges without mTLS. Default false. */
  plain?: boolean | undefined;
  /** Mark arrows by recorded traffic, and add arrows for denied or undecided traffic. Default false. */
  traffic?: boolean | undefined;
}

/**
 * Who reaches whom as boxes and arrows. A target that everybody reaches because no policy guards it is marked as open and gets no arrows for that, so that
 * the arrows show what policies allow.
 */
export function graphOf(
  side: Side,
  scan: Scan,
  changes: Readonly<Record<ChangeOfEdge, readonly Change[]>> | undefined,
  request: GraphRequest,
  traffic?: PageTraffic,
): Graph {
  const unfolded = new Set(request.unfolded);
  const nodeOf = (place: number): string => {
    const endpoint = side.endpoints[place];
    if (endpoint === undefined) return "";
    const group = groupOf(endpoint);
    return group === OUTSIDE || unfolded.has(group) ? endpoint.id : `ns:${group}`;
  };
  const nodes = boxesOf(side, nodeOf);
  const edges = new Map<string, Drawn>();
  const add = (from: string, to: string, port: string, what: Partial<Drawn>, count = 1) => {
    if (from === to || (request.plain === true && what.plain !== true && what.change === undefined)) return;
    if (request.focus !== undefined && from !== request.focus && to !== request.focus) return;
    const isBeside = markOf(what.seen) === "wanted" || markOf(what.seen) === "undecided";
    const key = `${from}\0${to}\0${what.change ?? (isBeside ? markOf(what.seen) : "")}`;
    const known = edges.get(key) ?? {
      from,
      to,
      count: 0,
      ports: new Set<string>(),
      plain: false,
      unknown: false,
      ...what,
    };
    known.count += count;
    known.ports.add(port);
    known.plain ||= what.plain === true;
    const seen = joinedSeen(known.seen, what.seen);
    if (seen !== undefined) known.seen = seen;
    edges.set(key, known);
  };
  const nodeAt = Array.from(side.endpoints, (_, place) => nodeOf(place));
  const boxOf = (place: number) => present(nodeAt[place], `the box of endpoint ${place}`);
  const tell = (source: number, place: number, kind: Kind, port: Pick<PortAnswer, "proto" | "port" | "standsFor">) => {
    if ((kind.code !== Code.Allowed && kind.code !== Code.Unknown) || kind.own) return;
    const box = nodes.get(boxOf(place));
    if (kind.open && box !== undefined) box.isOpen = true;
    if (kind.open) return;
    const what = { plain: kind.plain, unknown: kind.code === Code.Unknown };
    add(boxOf(source), boxOf(place), portWords(port), what);
  };
  // Folded namespaces are drawn from the scan; only flows of workloads that are drawn one by one are decided again.
  const isSingle = (place: number) => !boxOf(place).startsWith("ns:");
  for (const place of side.endpoints.keys()) {
    if (!isSingle(place)) continue;
    for (const port of side.ports(place)) {
      for (let source = 0; source < port.kindOf.length; source++) {
        tell(source, place, kindAt(port, source), port);
      }
    }
    for (const { place: target, asked, kind } of side.fromSource(place)) {
      if (!isSingle(target)) tell(place, target, kind, asked);
    }
  }
  const isFolded = (number: number) => scan.groups[number] !== OUTSIDE && !unfolded.has(scan.groups[number] ?? "");
  for (const { from, to, count, ports, plain, unknown } of scan.edges.values()) {
    if (!isFolded(from) || !isFolded(to)) continue;
    for (const port of ports)
      add(`ns:${scan.groups[from]}`, `ns:${scan.groups[to]}`, port, { plain, unknown }, count / ports.size);
  }
  for (const group of scan.open) {
    const box = nodes.get(`ns:${scan.groups[group]}`);
    if (box !== undefined) box.isOpen = true;
  }
  for (const change of ["opened", "closed", "unclear"] as const) {
    for (const edge of edgesOf(changes?.[change] ?? [])) {
      const [source, target] = [side.placeOf.get(edge.from), side.placeOf.get(edge.to)];
      if (source !== undefined && target !== undefined) add(boxOf(source), boxOf(target), portWords(edge), { change });
    }
  }
  const { edges: recorded, unplaced } =
    traffic === undefined || request.traffic !== true ? { edges: [], unplaced: 0 } : placedEdges(traffic, side.placeOf);
  for (const { from, to, port, mark } of recorded)
    add(boxOf(from), boxOf(to), port, { seen: withPort(undefined, mark, port) }, mark === "unused" ? 0 : 1);
  // An edge that is entirely new has an arrow as a change, and needs no second one.
  for (const [key, { from, to, count, change, seen }] of edges) {
    const opened = edges.get(`${from}\0${to}\0opened`);
    if (key !== `${from}\0${to}\0` || change !== undefined || opened === undefined || opened.count < count) continue;
    const joined = joinedSeen(opened.seen, seen);
    if (joined !== undefined) opened.seen = joined;
    edges.delete(key);
  }
  // Two nodes that call each other share a line with a head at each end.
  for (const [key, edge] of edges) {
    const back = `${edge.to}\0${edge.from}\0`;
    const other = edge.change === undefined ? edges.get(back) : undefined;
    if (other === undefined || other === edge || !edges.has(key)) continue;
    edge.both = true;
    edge.count += other.count;
    edge.plain ||= other.plain;
    const seen = joinedSeen(edge.seen, other.seen);
    if (seen !== undefined) edge.seen = seen;
    for (const port of other.ports) edge.ports.add(port);
    edges.delete(back);
  }
  return { ...layout(nodes, [...edges.values()], unfolded, request.focus), unplaced };
}

function boxesOf(side: Side, nodeOf: (place: number) => string): Map<string, Box> {
  const nodes = new Map<string, Box>();
  for (const [place, endpoint] of side.endpoints.entries()) {
    const id = nodeOf(place);
    const known = nodes.get(id);
    if (known !== undefined) {
      known.size++;
      known.meshed ||= endpoint.mesh?.injected === true;
      continue;
    }
    const group = groupOf(endpoint);
    const kind = group === OUTSIDE ? "outside" : id.startsWith("ns:") ? "namespace" : "pod";
    const label =
      kind === "namespace" ? group : kind === "pod" ? endpoint.id.slice(endpoint.id.indexOf("/") + 1) : endpoint.id;
    nodes.set(id, {
      id,
      label,
      group,
      kind,
      size: 1,
      isOpen: false,
      meshed: endpoint.mesh?.injected === true,
      width: 0,
      height: 0,
    });
  }
  for (const node of nodes.values()) {
    node.width = Math.min(220, Math.max(84, node.label.length * 7.4 + (node.kind === "namespace" ? 64 : 46)));
    node.height = node.kind === "namespace" ? 46 : 34;
  }
  return nodes;
}
