// The JSON of protocol buffers has other spellings than Hubble's: names in camelCase, as grpcurl prints them, enums as numbers, and numbers as
// strings. All of them must be accepted.

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
/** The reason of traces that marks another connection. */
export const traceReasons: Names = { 4: "RELATED" };
/** The reasons of drops that a policy causes, and those that are common in every cluster. */
export const dropReasons: Names = {
  133: "POLICY_DENIED",
  139: "UNSUPPORTED_L3_PROTOCOL",
  151: "STALE_OR_UNROUTABLE_IP",
  181: "POLICY_DENY",
  189: "AUTH_REQUIRED",
};
/** The agent's events that are read. */
export const agentEvents: Names = { 3: "POLICY_UPDATED", 9: "IPCACHE_UPSERTED", 10: "IPCACHE_DELETED" };

type Names = Readonly<Record<number, string>> | readonly string[];

/** The name of an enum's value, which may be a name already. Empty if it is absent. */
export function nameOf(names: Names, value: string | number | undefined | null, unknown = ""): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string" && !/^\d+$/.test(value)) return value;
  return names[Number(value)] ?? `${unknown}${value}`;
}

const CAMEL = /[a-z0-9](?=[A-Z])/g;
/** Names that occur in every event, in camelCase. */
const SIGNS = /"(nodeName|eventType|agentEvent|lostEvents|nodeStatus|trafficDirection)"\s*:/;

/** Whether an event's names are in camelCase. */
export const isCamel = (text: string): boolean => SIGNS.test(text);

/** A value with Hubble's own names: `dropReasonDesc` becomes `drop_reason_desc`. */
export function withOwnNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withOwnNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      // `IPv4` and `ICMPv6` are Hubble's own names.
      /^[a-z]/.test(key) && key !== "ipVersion" ? key.replace(CAMEL, "$&_").toLowerCase() : key,
      withOwnNames(member),
    ]),
  );
}
