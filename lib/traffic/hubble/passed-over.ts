/** Why a line is not an edge, and what that means: it cannot be one, it may hide one, or it only shortens the recording or is reported by itself. */
const reasons = {
  repeated: { edge: "none", words: () => "flows that had been read already" },
  "other connections": { edge: "none", words: () => "errors about other connections, and neighbours looked for" },
  "own probes": { edge: "none", words: () => "probes of meshfence verify" },
  "not by policy": { edge: "none", words: (why: string) => `dropped, not by a policy: ${why}` },
  "nameless end": { edge: "hidden", words: () => "an end that Hubble could not name" },
  "too many ports": { edge: "hidden", words: () => "more ports of one pair than are told apart" },
  "silent node": { edge: "hidden", words: (nodes: string) => `nodes of which nothing was heard (${nodes})` },
  "nameless series": {
    edge: "hidden",
    words: () => "series of Prometheus without the name of a metric, which functions such as increase() drop",
  },
  "not whole": {
    edge: "hidden",
    words: (why: string) => `an answer of Prometheus that may not be whole: ${why}`,
  },
  "other event": { edge: "shown", words: () => "events of another kind" },
  "no ports": { edge: "shown", words: () => "flows without addresses and ports" },
  "cut line": { edge: "shown", words: (where: string) => `the last of ${where}, which is not whole` },
  unreadable: { edge: "shown", words: (file: string) => `lines of ${file} that cannot be read` },
} as const satisfies Record<string, { edge: "none" | "hidden" | "shown"; words: (detail: string) => string }>;

/** Why a line is not an edge. */
export type PassedOverReason = keyof typeof reasons;

/** Lines that are not edges. */
export interface PassedOver {
  /** Why they are not edges. */
  reason: PassedOverReason;
  /** Details of the reason: files, nodes, or the source's own words. */
  detail?: string;
  /** How many lines. */
  count: number;
}

/** Whether they may hide an edge. */
export const mayHide = ({ reason }: PassedOver): boolean => reasons[reason].edge === "hidden";

/** Whether they cannot be edges. */
export const isNoEdge = ({ reason }: PassedOver): boolean => reasons[reason].edge === "none";

/** The reason in words: `dropped, not by a policy: Stale or unroutable IP`. */
export const passedOverWords = ({ reason, detail = "" }: Pick<PassedOver, "reason" | "detail">): string =>
  reasons[reason].words(detail);
