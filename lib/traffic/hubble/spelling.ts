// Protocol buffers' JSON may be written in other ways than Hubble writes it: names in camelCase, as grpcurl does, enums by their number, and
// numbers as text. Whoever reads it has to take them all.

export const verdicts = [
  "VERDICT_UNKNOWN",
  "FORWARDED",
  "DROPPED",
  "ERROR",
  "AUDIT",
  "REDIRECTED",
  "TRACED",
  "TRANSLATED",
];
export const flowTypes = ["UNKNOWN_TYPE", "L3_L4", "L7", "SOCK"];
export const requestTypes = ["UNKNOWN_L7_TYPE", "REQUEST", "RESPONSE", "SAMPLE"];
export const lossSources = [
  "UNKNOWN_LOST_EVENT_SOURCE",
  "PERF_EVENT_RING_BUFFER",
  "OBSERVER_EVENTS_QUEUE",
  "HUBBLE_RING_BUFFER",
];
export const nodeStates = ["UNKNOWN_NODE_STATE", "NODE_CONNECTED", "NODE_UNAVAILABLE", "NODE_GONE", "NODE_ERROR"];
/** Where a trace was taken. */
export const tracePoints: Names = {
  1: "TO_PROXY",
  2: "TO_HOST",
  3: "TO_STACK",
  4: "TO_OVERLAY",
  5: "FROM_ENDPOINT",
  6: "FROM_PROXY",
  7: "FROM_HOST",
  8: "FROM_STACK",
  9: "FROM_OVERLAY",
  10: "FROM_NETWORK",
  11: "TO_NETWORK",
  101: "TO_ENDPOINT",
};
/** Of the reasons of traces that which tells of another connection. */
export const traceReasons: Names = { 4: "RELATED" };
/** Of the reasons of drops those that are a policy's, and what is dropped in every cluster. */
export const dropReasons: Names = {
  133: "POLICY_DENIED",
  139: "UNSUPPORTED_L3_PROTOCOL",
  151: "STALE_OR_UNROUTABLE_IP",
  181: "POLICY_DENY",
  189: "AUTH_REQUIRED",
};
/** Of the agent's events those that are read. */
export const agentEvents: Names = { 3: "POLICY_UPDATED", 9: "IPCACHE_UPSERTED", 10: "IPCACHE_DELETED" };

type Names = Readonly<Record<number, string>> | readonly string[];

/** A value of an enum by its name, as which it may stand there already; empty where it is absent. */
export function nameOf(names: Names, value: string | number | undefined | null, unknown = ""): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string" && !/^\d+$/.test(value)) return value;
  return names[Number(value)] ?? `${unknown}${value}`;
}

const CAMEL = /[a-z0-9](?=[A-Z])/g;
/** What each event has in camelCase, if it has its names so. */
const SIGNS = /"(nodeName|eventType|agentEvent|lostEvents|nodeStatus|trafficDirection)"\s*:/;

/** Whether an event has its names in camelCase. */
export const isCamel = (text: string): boolean => SIGNS.test(text);

/** The same value with its names as in the message: `dropReasonDesc` is `drop_reason_desc`. */
export function withOwnNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withOwnNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      // `IPv4` and `ICMPv6` are names of their own.
      /^[a-z]/.test(key) && key !== "ipVersion" ? key.replace(CAMEL, "$&_").toLowerCase() : key,
      withOwnNames(member),
    ]),
  );
}
