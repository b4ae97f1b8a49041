import type { Decision } from "../cilium/policy/decision";
import type { Wire } from "../linkerd/wire/wire";
import type { LinkerdDecision } from "./linkerd-decision";

/** How a flow is decided. */
export interface Kind {
  /** Undefined where nobody decides. */
  egress: Decision | undefined;
  ingress: Decision | undefined;
  /** Only where there is a mesh. */
  wire: Wire | undefined;
  /** Only where Linkerd's authorization decides. */
  linkerd: LinkerdDecision | undefined;
}

/** Whether such a flow passes both ends, and the proxy takes it. */
export function passes({ egress, ingress, wire, linkerd }: Kind): boolean {
  if (linkerd !== undefined && linkerd.verdict !== "allowed") return false;
  return passesAt(egress) && passesAt(ingress) && wire?.refused === undefined;
}

const passesAt = (decision: Decision | undefined) => decision === undefined || decision.verdict === "allowed";

/** 2: such a flow passes; 1: it may; 0: it does not. */
export function opennessOf(kind: Kind): number {
  if (passes(kind)) return 2;
  const { egress, ingress, wire, linkerd } = kind;
  const isDenied = [egress, ingress, linkerd].some((one) => one?.verdict === "denied") || wire?.refused !== undefined;
  return isDenied ? 0 : 1;
}
