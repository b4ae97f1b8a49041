import { NO_DECISION } from "../../cilium/policy/decision";
import { getOrMake, present } from "../../common/maps";
import type { LinkerdDecision } from "./linkerd-decision";
import type { OverWire, PortGate } from "./port-gate";

/** Looks up decisions by number, and numbers by decision. */
interface DecisionNumbers {
  at(number: number): LinkerdDecision | undefined;
  of(decision: LinkerdDecision): number;
}

/** A port of a meshed machine outside the cluster: the client's proxy must let a connection out, and the server's proxy must let it in. */
export class BothGates implements PortGate {
  private readonly joined = new Map<string, number>();

  constructor(
    private readonly leaving: PortGate,
    private readonly entering: PortGate,
    private readonly decisions: DecisionNumbers,
  ) {}

  numbers(wire: OverWire): Int32Array {
    const entering = this.entering.numbers(wire);
    return this.leaving
      .numbers(wire)
      .map((number, client) => this.join(number, present(entering[client], `what is let in of client ${client}`)));
  }

  private join(leaves: number, enters: number): number {
    if (leaves === NO_DECISION) return enters;
    if (enters === NO_DECISION) return leaves;
    return getOrMake(this.joined, `${leaves} ${enters}`, () => {
      const [out, into] = [leaves, enters].map((number) => present(this.decisions.at(number), `decision ${number}`));
      if (out === undefined || out.verdict !== "allowed") return leaves;
      if (into === undefined || into.verdict !== "allowed" || out.routes === undefined) return enters;
      if (into.routes === undefined) return leaves;
      return this.decisions.of({
        verdict: "unknown",
        owner: `${out.owner} and ${into.owner}`,
        reason: `which requests the routes of both ${out.owner} and ${into.owner} let pass`,
        objects: [...(out.objects ?? []), ...(into.objects ?? [])],
      });
    });
  }
}
