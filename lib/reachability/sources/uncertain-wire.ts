import { joinDecisions } from "../../cilium/policy/join-decisions";
import { judgedByProxy, type Request, sentByProxy, type Wire, wireOf } from "../../linkerd/wire/wire";
import type { EndpointMesh } from "../../scenario/scenario";
import type { TransportMode } from "../../scenario/transport-mode";
import type { LinkerdDecision } from "../linkerd/linkerd-decision";
import type { FlowDecision } from "./flow-decision";

/** One way in which a request may travel. */
export interface PossibleWire {
  wire: Wire;
  /** Whether a proxy decides about it: the server's or, for a target outside the mesh, the client's. */
  isJudged: boolean;
}

/** The missing fact that would tell how a request travels. Undefined: it is known. */
export function missingForWire({ from, to }: Pick<Request, "from" | "to">): string | undefined {
  return (to?.unknown ?? from?.unknown)?.missing;
}

/** Every way in which a request may travel if, for one of its ends, the proxy or the ports that bypass it are unknown. */
export function possibleWires({ proto, port, from, to }: Request, mode: TransportMode | undefined): PossibleWire[] {
  const all = alternatives(from, port).flatMap((source) =>
    alternatives(to, port).map(
      (target): PossibleWire => ({
        wire: wireOf({ proto, port, from: source, to: target }, mode),
        isJudged: to === undefined ? sentByProxy(source, port) : judgedByProxy(target, port),
      }),
    ),
  );
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function alternatives(mesh: EndpointMesh | undefined, port: number): (EndpointMesh | undefined)[] {
  if (mesh?.unknown === undefined) return [mesh];
  const { unknown, ...known } = mesh;
  return [
    ...(unknown.injection ? [undefined] : []),
    known,
    ...(unknown.ports
      ? [
          { ...known, opaquePorts: [port] },
          { ...known, skipInboundPorts: [port], skipOutboundPorts: [port] },
        ]
      : []),
  ];
}

/**
 * Joins alternative decisions into the decision that holds whichever of them applies: unknown where they differ, and without mTLS if one goes without.
 *
 * @param missing The missing fact that would tell which applies.
 */
export function joinFlowDecisions(alternatives: readonly FlowDecision[], missing: string): FlowDecision {
  const accepted = alternatives.filter((decision) => !isRefused(decision));
  const wires = (accepted.length > 0 ? accepted : alternatives).map(({ wire }) => wire);
  return {
    egress: joinDecisions(
      alternatives.map(({ egress }) => egress),
      missing,
    ),
    ingress: joinDecisions(
      alternatives.map(({ ingress }) => ingress),
      missing,
    ),
    wire: wires.find((wire) => wire?.mtls !== true) ?? wires[0],
    linkerd: joinLinkerdDecisions(alternatives, missing),
  };
}

const isRefused = ({ wire }: FlowDecision) => wire?.refused !== undefined;

function joinLinkerdDecisions(alternatives: readonly FlowDecision[], missing: string): LinkerdDecision | undefined {
  if (alternatives.every(isRefused)) return undefined;
  const decisions = alternatives.map(({ linkerd }) => linkerd);
  const answers = new Set(alternatives.map((one) => (isRefused(one) ? "refused" : answerKey(one.linkerd))));
  const reasons = decisions.flatMap((one) => (one?.verdict === "unknown" ? (one.reason ?? []) : []));
  const areUnknown = decisions.every((one) => one?.verdict === "unknown");
  if (answers.size === 1 && new Set(reasons).size < 2) return decisions.find((one) => one !== undefined);
  const reason = [...new Set([...(areUnknown ? [] : [missing]), ...reasons])].join(", and ");
  return { verdict: "unknown", owner: "Linkerd's authorization", reason };
}

/** Equal for equal verdicts about the same requests. */
const answerKey = ({ verdict, routes }: Pick<LinkerdDecision, "verdict" | "routes"> = { verdict: "allowed" }) =>
  JSON.stringify([verdict, routes]);
