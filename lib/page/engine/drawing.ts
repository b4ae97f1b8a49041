import type { SeenMark } from "../data";

/** A box: a workload, or a folded namespace. */
export interface GraphNode {
  id: string;
  label: string;
  /** The namespace that it is in, or stands for. */
  group: string;
  kind: "namespace" | "pod" | "outside";
  /** How many endpoints it stands for. */
  size: number;
  /** Whether no policy guards some of its endpoints, so that every packet that leaves its source reaches them. */
  isOpen: boolean;
  meshed: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The kinds of changes that are drawn as edges. */
export type ChangeOfEdge = "opened" | "closed" | "unclear";

/** Ports by mark of recorded traffic. */
export type SeenPorts = Readonly<Partial<Record<SeenMark, readonly string[]>>>;

/** A box without a position. */
export type Box = Omit<GraphNode, "x" | "y">;

export interface GraphEdge {
  from: string;
  to: string;
  /** How many flows it stands for. */
  count: number;
  /** The first few ports, as text. */
  ports: readonly string[];
  change?: ChangeOfEdge | undefined;
  plain: boolean;
  unknown: boolean;
  /** The ports in recorded traffic, by mark. Absent: none, or no traffic was recorded. */
  seen?: SeenPorts;
  /** Whether it goes both ways. Default false. */
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
  /** The number of edges that are not drawn because there are too many. */
  left: number;
  /** The number of edges of recorded traffic with an end that has no box. */
  unplaced: number;
}
