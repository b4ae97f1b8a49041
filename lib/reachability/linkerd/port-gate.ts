import { NO_DECISION } from "../../cilium/policy/decision";
import { getOrMake } from "../../common/maps";
import type { Wire } from "../../linkerd/wire/wire";
import type { LinkerdDecision } from "./linkerd-decision";

/** Linkerd's decisions about a port of an endpoint, for each client. */
export interface PortGate {
  /** By client, the number of the decision. */
  numbers(wire: OverWire): Int32Array;
}

/** The properties of the wire that the server's proxy distinguishes. */
export type OverWire = Pick<Wire, "port" | "mtls" | "opensAllPorts">;

/** A port whose deciding objects are not fully known: its decisions lie between the least and the most that they may admit. */
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
      return this.least.numbers(wire).map((few, client) => this.between(few, most?.[client] ?? NO_DECISION));
    });
  }
}

/** The unknown decision, for want of a fact. */
export const unknownBy = (missing: string): LinkerdDecision => ({
  verdict: "unknown",
  owner: "Linkerd's authorization",
  reason: missing,
});
