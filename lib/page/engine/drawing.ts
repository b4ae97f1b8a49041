/** A box: a workload, or a namespace with all of its own. */
export interface GraphNode {
  id: string;
  label: string;
  /** The namespace that it is in, or is. */
  group: string;
  kind: "namespace" | "pod" | "outside";
  /** How many endpoints it stands for. */
  size: number;
  /** No policy guards some of it: whoever gets a packet out reaches it. */
  isOpen: boolean;
  meshed: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What becomes of an edge that is drawn as a change. */
export type ChangeOfEdge = "opened" | "closed" | "unclear";

export interface GraphEdge {
  from: string;
  to: string;
  /** How many flows it stands for. */
  count: number;
  /** Ports, in words; the first few. */
  ports: readonly string[];
  change?: ChangeOfEdge | undefined;
  plain: boolean;
  unknown: boolean;
  /** It goes both ways. */
  both?: boolean;
  points: readonly { x: number; y: number }[];
}

export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Boxes around the workloads of an unfolded namespace. */
  frames: readonly { group: string; x: number; y: number; width: number; height: number }[];
  width: number;
  height: number;
  /** Edges that are not drawn since there are too many. */
  left: number;
}
