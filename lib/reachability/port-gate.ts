import { NOBODY } from "../cilium/policy/decision";
import { getOrMake } from "../common/maps";
import type { Wire } from "../linkerd/wire/wire";
import type { LinkerdDecision } from "./linkerd-decision";

/** What Linkerd decides about a port of an endpoint, for each client. */
export interface PortGate {
  /** By number of the client, the number of the decision. */
  numbers(wire: OverWire): Int32Array;
}

/** What of the wire the server's proxy tells apart. */
export type OverWire = Pick<Wire, "port" | "mtls" | "opensAllPorts">;

/** A port of which not all is known that decides about it. */
export class GateBetween implements PortGate {
  private readonly byWire = new Map<string, Int32Array>();

  constructor(
    private readonly least: PortGate,
    private readonly most: PortGate | undefined,
    private readonly between: (least: number, most: number) => number,
  ) {}

  numbers(wire: OverWire): Int32Array {
    return getOrMake(this.byWire, `${wire.mtls} ${wire.port} ${wire.opensAllPorts}`, () => {
      const most = this.most?.numbers(wire);
      return this.least.numbers(wire).map((few, client) => this.between(few, most?.[client] ?? NOBODY));
    });
  }
}

/** A decision for want of what nothing is decided. */
export const unknownBy = (missing: string): LinkerdDecision => ({
  verdict: "unknown",
  owner: "Linkerd's authorization",
  reason: missing,
});
