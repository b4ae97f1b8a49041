import type { Decision } from "../../cilium/policy/decision";
import type { Wire } from "../../linkerd/wire/wire";
import type { LinkerdDecision } from "../linkerd/linkerd-decision";

/** Everything that decides a flow. */
export interface FlowDecision {
  /** Undefined if no policy can apply at this end, because it is not a pod. */
  egress: Decision | undefined;
  ingress: Decision | undefined;
  /** Undefined without a mesh. */
  wire: Wire | undefined;
  /** Undefined if Linkerd's authorization does not decide. */
  linkerd: LinkerdDecision | undefined;
}

/** Whether the flow passes both ends, and the proxy accepts it. */
export function passes({ egress, ingress, wire, linkerd }: FlowDecision): boolean {
  if (linkerd !== undefined && linkerd.verdict !== "allowed") return false;
  return passesAt(egress) && passesAt(ingress) && wire?.refused === undefined;
}

const passesAt = (decision: Decision | undefined) => decision === undefined || decision.verdict === "allowed";

/** 2: the flow passes; 1: it may pass; 0: it does not. */
export function opennessOf(decision: FlowDecision): number {
  if (passes(decision)) return 2;
  const { egress, ingress, wire, linkerd } = decision;
  const isDenied = [egress, ingress, linkerd].some((one) => one?.verdict === "denied") || wire?.refused !== undefined;
  return isDenied ? 0 : 1;
}
