/** Reasons for which a line makes no edge. They are printed. */
export const REPEATED = "flows that had been read already";
export const NAMELESS_END = "an end that Hubble could not name";
export const TOO_MANY_PORTS = "more ports of one pair than are told apart";
export const SILENT_NODE = "nodes of which nothing was heard";
export const NAMELESS_SERIES =
  "series of Prometheus without the name of a metric, which functions such as increase() drop";
export const NOT_WHOLE = "an answer of Prometheus that may not be whole";
export const OTHER_CONNECTIONS = "errors about other connections, and neighbours looked for";
export const PROBES = "probes of meshfence verify";
export const NOT_BY_POLICY = "dropped, not by a policy";

/** Whether lines that were passed over for this reason may hide an edge. */
export const mayHide = (why: string): boolean =>
  [NAMELESS_END, TOO_MANY_PORTS, NAMELESS_SERIES].includes(why) ||
  why.startsWith(SILENT_NODE) ||
  why.startsWith(NOT_WHOLE);

/** Whether lines that were passed over for this reason cannot be edges. */
export const isNoEdge = (why: string): boolean =>
  [REPEATED, OTHER_CONNECTIONS, PROBES].includes(why) || why.startsWith(NOT_BY_POLICY);
