import type { State } from "../../reachability/verdict";
import { plural, portsWords, type ShownPort } from "../../reachability/words";
import type { ChangeKind } from "../diff/diff-rows";

export type EdgeKind = State | ChangeKind | "context";

export interface GraphNode {
  id: string;
  label: string;
  /** The namespace whose frame it is in, if any. */
  group?: string;
  /** Stands for a whole namespace. */
  isNamespace?: true;
  meshed: boolean;
  /** Whether policies guard it: `open` if none selects it, `wide` if those that do admit everyone, otherwise `fenced`. */
  ingress?: "open" | "fenced" | "wide";
  /** Set if it exists on only one side of a difference. */
  change?: "added" | "removed";
}

export interface GraphEdge {
  from: string;
  to: string;
  kind: EdgeKind;
  ports: ShownPort[];
  mtls?: boolean;
  /** The port on the wire is 4143, so every port of the destination is open to this source. */
  opensAllPorts?: boolean;
  /** Linkerd lets some requests through and not others. */
  partly?: boolean;
  /** Stands for edges to every workload of a namespace, each on the ports that it declares. */
  declaredPorts?: boolean;
  /** How many edges it represents, on any ports. Absent: one. */
  count?: number;
}

/** A graph of verdicts, with similar edges folded. */
export interface Graph {
  title: string;
  nodes: GraphNode[];
  /** Namespaces. An edge may start or end at one, which then represents all of its workloads. */
  groups: string[];
  edges: GraphEdge[];
  notes: string[];
}

/** An edge's end when it is a namespace; no endpoint's id looks like this. */
export const groupId = (namespace: string): string => `namespace ${namespace}`;

/** With more workloads, a graph does not fit a screen and takes minutes to lay out. */
export const MOST_WORKLOADS = 150;
/** With more edges, nobody can follow the lines. */
export const MOST_EDGES = 200;

/** The ports of an edge, and how it is carried, in a few words. */
export function edgeLabel({ kind, ports, mtls, opensAllPorts, partly, declaredPorts, count }: GraphEdge): string[] {
  const shown =
    count !== undefined
      ? plural(count, "edge")
      : declaredPorts === true
        ? "declared ports"
        : portsWords(ports.slice(0, 4)) + (ports.length > 4 ? ` +${ports.length - 4}` : "");
  const word: Partial<Record<EdgeKind, string>> = {
    opened: "+ opened",
    closed: "− closed",
    unclear: "? unclear",
    changed: "~ changed",
    denied: "✗ denied",
    unknown: "? unknown",
  };
  const travel = opensAllPorts === true ? "mTLS, all ports" : mtls === true ? "mTLS" : undefined;
  return [word[kind], shown, travel, partly === true ? "some requests" : undefined].filter(
    (line): line is string => line !== undefined,
  );
}
