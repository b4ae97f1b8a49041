import type { EndpointMesh } from "../../scenario/scenario";
import { TransportMode } from "../../scenario/transport-mode";
import {
  DEFAULT_OPAQUE_PORTS,
  DEFAULT_SKIPPED_PORTS,
  DEFAULT_TRANSPORT_MODE,
  INBOUND_PORT,
  META_PORTS,
  type Request,
  wireOf,
} from "./wire";

/** Why a request travels as {@link wireOf} returns, as the second half of a sentence. */
export function wireReason({ proto, port, from, to }: Request, mode: TransportMode = DEFAULT_TRANSPORT_MODE): string {
  if (proto.toUpperCase() !== "TCP") return `Linkerd carries TCP only, and this is ${proto}`;
  if (to?.injected !== true) return "the destination has no proxy";
  const wire = wireOf({ proto, port, from: from as EndpointMesh, to }, mode);
  if (wire.refused !== undefined) return wire.refused;
  if (from?.injected !== true) return "the source has no proxy";
  if ((from.skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS).includes(port))
    return `port ${port} bypasses the client's proxy (config.linkerd.io/skip-outbound-ports)`;
  if ((to.skipInboundPorts ?? DEFAULT_SKIPPED_PORTS).includes(port))
    return `port ${port} bypasses the server's proxy (config.linkerd.io/skip-inbound-ports)`;
  if (to.meshedPorts !== undefined && !to.meshedPorts.includes(port))
    return `no ExternalWorkload and no Service names port ${port}, so the client's proxy does not know that it is meshed`;
  if (META_PORTS.includes(port)) return `${port} is the proxy's own port, which other proxies dial directly`;
  if (to.directPorts?.includes(port) && port === (to.inboundPort ?? INBOUND_PORT))
    return `${port} is where a gateway accepts traffic for what is behind it`;
  if (to.directPorts?.includes(port)) return `${port} is a port of the control plane, which proxies dial directly`;
  const isOpaque = (to.opaquePorts ?? DEFAULT_OPAQUE_PORTS).includes(port);
  const { inboundPort = INBOUND_PORT } = to;
  if (wire.port === inboundPort && mode === TransportMode.TransportHeader)
    return `in the transport mode ${mode} proxies dial the server's proxy on ${inboundPort}, and the port travels inside mTLS`;
  if (wire.port === inboundPort && isOpaque)
    return `${port} is opaque, and proxies dial the server's proxy on ${inboundPort} for opaque ports in every transport mode`;
  return `in the transport mode ${mode} packets keep the application's port`;
}
