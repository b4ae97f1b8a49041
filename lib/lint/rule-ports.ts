import type { PortProtocol } from "../cilium/api/policy";
import type { Path } from "../common/problem";
import { isPortName, parseRuleProtocol } from "../kubernetes/ports";
import { meshPortNames } from "../linkerd/wire/ports";
import type { PlacedItem } from "./context";
import { portRange } from "./port-range";

export const meshNames: ReadonlyMap<string, number> = new Map(Object.entries(meshPortNames));

/** Every port of an item, with its path. */
export function* portsOf(item: PlacedItem): Iterable<{ port: PortProtocol; path: Path }> {
  for (const [index, { ports }] of (item.toPorts ?? []).entries())
    for (const [at, port] of (ports ?? []).entries())
      yield { port, path: [...item.path, "toPorts", index, "ports", at] };
}

/** A port given by name, lower-cased as Cilium does. */
export interface NamedPort {
  name: string;
  /** As Cilium spells it, `ANY` where none is given. */
  protocol: string;
  path: Path;
}

export function* namedPorts(item: PlacedItem): Iterable<NamedPort> {
  for (const { port, path } of portsOf(item))
    if (port.port !== undefined && isPortName(port.port))
      yield {
        name: port.port.toLowerCase(),
        protocol: parseRuleProtocol(port.protocol) ?? "ANY",
        path: [...path, "port"],
      };
}

/** Whether an item matches a port of a pod, whatever its peers. */
export function matchesPort(item: PlacedItem, { proto, port }: { proto: string; port: number }): boolean {
  if (item.icmps?.length) return false;
  if (!item.toPorts?.length) return true;
  return [...portsOf(item)].some(({ port: given }) => {
    const { protocol = "ANY" } = given;
    const range = portRange(given);
    const isProtocol = protocol === "ANY" || protocol.toUpperCase() === proto;
    return isProtocol && (range === undefined || (range.first <= port && port <= range.last));
  });
}
