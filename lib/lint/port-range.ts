import type { PortProtocol } from "../cilium/api/policy";
import { isPortName, parsePortNumber } from "../kubernetes/ports";

/** The port numbers that a rule's port means. Undefined for a name, whose number differs from pod to pod. */
export function portRange({ port = "", endPort = 0 }: PortProtocol): { first: number; last: number } | undefined {
  const first = isPortName(port) ? undefined : parsePortNumber(port);
  if (first === undefined) return undefined;
  return first === 0 ? { first, last: 65535 } : { first, last: Math.max(first, endPort) };
}
