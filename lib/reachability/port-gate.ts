import type { Wire } from "../linkerd/wire/wire";

/** What Linkerd decides about a port of an endpoint, for each client. */
export interface PortGate {
  /** By number of the client, the number of the decision. */
  numbers(wire: OverWire): Int32Array;
}

/** What of the wire the server's proxy tells apart. */
export type OverWire = Pick<Wire, "port" | "mtls" | "opensAllPorts">;
