import { portWords } from "../../reachability/words";
import type { PageTraffic, SeenEdge, SeenMark } from "../data";
import type { SeenPorts } from "./drawing";

/** An edge of recorded traffic between two endpoints of the page. */
export interface PlacedEdge {
  /** Indices of the endpoints. */
  from: number;
  to: number;
  port: string;
  mark: SeenMark;
}

/** The edges of recorded traffic between endpoints of the page, and the number of edges with another end. */
export function placedEdges(
  seen: PageTraffic,
  placeOf: ReadonlyMap<string, number>,
): { edges: readonly PlacedEdge[]; unplaced: number } {
  const edges: PlacedEdge[] = [];
  let unplaced = 0;
  for (const { mark, edges: own } of seen.groups) {
    if (mark === undefined) continue;
    for (const edge of own) {
      const [from, to] = [placeNamed(edge.from, placeOf), placeNamed(edge.to, placeOf)];
      if (from === undefined || to === undefined) unplaced++;
      else edges.push({ from, to, mark, port: seenPortWords(edge) });
    }
  }
  return { edges, unplaced };
}

/** The index of a recorded end. Addresses are recorded with their DNS name: `api.example.com (192.0.2.7)`. */
function placeNamed(recorded: string, placeOf: ReadonlyMap<string, number>): number | undefined {
  const [, name = "", address = ""] = /^(.*) \(([^()]*)\)$/.exec(recorded) ?? [];
  return placeOf.get(recorded) ?? placeOf.get(name) ?? placeOf.get(address);
}

/** The port of an edge of traffic, as text. */
export const seenPortWords = ({ proto, port }: Pick<SeenEdge, "proto" | "port">): string =>
  port === undefined ? "any port on 4143" : portWords({ proto, port });

/** Adds a port to a mark. */
export function withPort(seen: SeenPorts | undefined, mark: SeenMark, port: string): SeenPorts {
  const known = seen?.[mark] ?? [];
  return known.includes(port) ? { ...seen } : { ...seen, [mark]: [...known, port] };
}

/** Joins the ports of two arrows that become one. */
export function joinedSeen(a: SeenPorts | undefined, b: SeenPorts | undefined): SeenPorts | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  let joined = a;
  for (const mark of ["used", "unused", "wanted", "undecided"] as const)
    for (const port of b[mark] ?? []) joined = withPort(joined, mark, port);
  return joined;
}

/** The single mark of an arrow. A partly used arrow counts as used; its text lists the rest. */
export const markOf = (seen: SeenPorts | undefined): SeenMark | undefined =>
  (["wanted", "undecided", "used", "unused"] as const).find((mark) => (seen?.[mark] ?? []).length > 0);

/** The names of the marks. */
export const markWords: Readonly<Record<SeenMark, string>> = {
  used: "allowed and used",
  unused: "allowed and never used",
  wanted: "denied and wanted",
  undecided: "used, verdict unknown",
};
