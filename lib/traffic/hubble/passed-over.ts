/** Why a flow is passed over that stands in two of the files. */
export const REPEATED = "flows that had been read already";
export const NAMELESS_END = "an end that Hubble could not name";
export const TOO_MANY_PORTS = "more ports of one pair than are told apart";
export const SILENT_NODE = "nodes of which nothing was heard";
export const OTHER_CONNECTIONS = "errors about other connections, and neighbours looked for";
export const PROBES = "probes of meshfence verify";
export const NOT_BY_POLICY = "dropped, not by a policy";

/** Behind these there may be an edge that is not among those that were seen. */
export const mayHide = (why: string): boolean =>
  why === NAMELESS_END || why === TOO_MANY_PORTS || why.startsWith(SILENT_NODE);

/** Behind these there is none, whoever recorded it. */
export const isNoEdge = (why: string): boolean =>
  [REPEATED, OTHER_CONNECTIONS, PROBES].includes(why) || why.startsWith(NOT_BY_POLICY);
