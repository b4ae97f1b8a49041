import { INBOUND_PORT, META_PORTS, wireOf } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import { TransportMode } from "../../scenario/transport-mode";
import type { TrafficEdge } from "../traffic";
import type { PartyEndpoints } from "./party-endpoints";

/** The transport mode that traffic shows between meshed pods: on 4143, or on the application's ports. Undefined where none was seen. */
export function observedTransportMode(
  edges: readonly TrafficEdge[],
  places: PartyEndpoints,
): TransportMode | undefined {
  let hidden = 0;
  let open = 0;
  for (const { from, to, protocol, wire, passed } of edges) {
    if (protocol !== "TCP" || wire === undefined || passed === 0 || META_PORTS.includes(wire)) continue;
    const [client] = places.endpointsOf(from);
    const [server] = places.endpointsOf(to);
    if (client?.mesh?.injected !== true || server?.mesh?.injected !== true) continue;
    if (server.mesh.directPorts?.includes(wire)) continue;
    if (wire === INBOUND_PORT) hidden++;
    else open++;
  }
  if (hidden + open === 0) return undefined;
  // Opaque ports use 4143 in either mode, and a few other ports may date from before the pods were meshed.
  return open > hidden / 4 ? TransportMode.Transparent : TransportMode.TransportHeader;
}

/**
 * The port on the wire, which Cilium sees: as recorded, unless only a proxy reported the edge, or the transport mode changes.
 *
 * @param mode The mode of the state that is judged.
 * @param seen The mode that the traffic shows.
 * @returns undefined if it is unknown
 */
export function portOnWire(
  { protocol, port, wire }: TrafficEdge,
  from: EndpointFacts,
  to: EndpointFacts,
  mode: TransportMode,
  seen: TransportMode | undefined,
): number | undefined {
  const moves = seen !== undefined && seen !== mode && from.mesh?.injected === true && to.mesh?.injected === true;
  if (wire !== undefined && (!moves || port === undefined)) return wire;
  if (port === undefined) return undefined;
  const request = { proto: protocol, port, ...(from.mesh && { from: from.mesh }), ...(to.mesh && { to: to.mesh }) };
  return wireOf(request, mode).port;
}
