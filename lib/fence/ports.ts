import { type Port, Protocol } from "../cilium/model/port";
import { type Problem, problem } from "../common/problem";
import { DEFAULT_OPAQUE_PORTS, DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import type { Edge } from "./intent";
import type { Workload } from "./workload";

/** The most ports in a range, because each needs a Linkerd Server of its own. */
const maxRange = 32;

/** The individual ports of an edge that go through the proxy: TCP, and not skipped. */
export function serverPorts({ ports }: Edge, { skipInboundPorts }: Workload): (number | string)[] {
  return ports
    .filter(({ protocol }) => protocol === Protocol.Tcp || protocol === Protocol.Any)
    .flatMap(({ number, endPort, name }): (number | string)[] => {
      if (name !== undefined) return [name];
      if (number === undefined) return [];
      return Array.from({ length: Math.min((endPort ?? number) - number, maxRange) + 1 }, (_, index) => number + index);
    })
    .filter((port) => typeof port === "string" || !(skipInboundPorts ?? DEFAULT_SKIPPED_PORTS).includes(port));
}

/** Whether a port is opaque to the server's proxy. */
export function isOpaque(port: number | string, { opaquePorts }: Workload): boolean {
  return typeof port === "number" && (opaquePorts ?? DEFAULT_OPAQUE_PORTS).includes(port);
}

/** The problems of ports for which no Server can be created. */
export function portProblems({ ports }: Edge, at: readonly (string | number)[]): Problem[] {
  return ports.flatMap(({ number, endPort, all, protocol }: Port, index): Problem[] => {
    if (protocol !== Protocol.Tcp && protocol !== Protocol.Any) return [];
    const path = [...at, "ports", index];
    const fix = 'name the ports, or leave the edge to Cilium: enforce: "cilium"';
    if (all === true) return [problem("invalid-port", path, "a Linkerd Server covers one port, not all", fix)];
    if (number !== undefined && endPort !== undefined && endPort - number >= maxRange)
      return [
        problem(
          "invalid-port",
          path,
          `each port needs a Linkerd Server, and this range has ${endPort - number + 1}`,
          fix,
        ),
      ];
    return [];
  });
}
