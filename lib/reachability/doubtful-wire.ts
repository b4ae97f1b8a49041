import { joinDecisions } from "../cilium/policy/join-decisions";
import { judgedByProxy, type Request, sentByProxy, type Wire, wireOf } from "../linkerd/wire/wire";
import type { EndpointMesh } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import type { Kind } from "./kind";
import type { LinkerdDecision } from "./linkerd-decision";

/** One way in which a request may travel. */
export interface Way {
  wire: Wire;
  /** Whether a proxy is there to decide: the server's, or of what is outside the mesh the client's. */
  isJudged: boolean;
}

/** For want of what it is not known how a request travels. Undefined: it is known. */
export function missingMesh({ from, to }: Pick<Request, "from" | "to">): string | undefined {
  return (to?.unknown ?? from?.unknown)?.missing;
}

/** Every way in which a request may travel, where it is not known of an end whether it has a proxy, or which ports go past it. */
export function waysOf({ proto, port, from, to }: Request, mode: TransportMode | undefined): Way[] {
  const ways = alternatives(from, port).flatMap((source) =>
    alternatives(to, port).map(
      (target): Way => ({
        wire: wireOf({ proto, port, from: source, to: target }, mode),
        isJudged: to === undefined ? sentByProxy(source, port) : judgedByProxy(target, port),
      }),
    ),
  );
  return [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
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
 * What is decided where it is not known in which of several ways: what holds in all of them. Where one of them goes without mTLS, so does the wire.
 *
 * @param missing What would have to be known to say in which.
 */
export function whicheverWay(kinds: readonly Kind[], missing: string): Kind {
  const taken = kinds.filter((kind) => !isRefused(kind));
  const wires = (taken.length > 0 ? taken : kinds).map(({ wire }) => wire);
  return {
    egress: joinDecisions(
      kinds.map(({ egress }) => egress),
      missing,
    ),
    ingress: joinDecisions(
      kinds.map(({ ingress }) => ingress),
      missing,
    ),
    wire: wires.find((wire) => wire?.mtls !== true) ?? wires[0],
    linkerd: byLinkerd(kinds, missing),
  };
}

const isRefused = ({ wire }: Kind) => wire?.refused !== undefined;

function byLinkerd(kinds: readonly Kind[], missing: string): LinkerdDecision | undefined {
  if (kinds.every(isRefused)) return undefined;
  const decisions = kinds.map(({ linkerd }) => linkerd);
  const said = new Set(kinds.map((kind) => (isRefused(kind) ? "refused" : saidBy(kind.linkerd))));
  const reasons = decisions.flatMap((one) => (one?.verdict === "unknown" ? (one.reason ?? []) : []));
  const isAlike = decisions.every((one) => one?.verdict === "unknown");
  if (said.size === 1 && new Set(reasons).size < 2) return decisions.find((one) => one !== undefined);
  const reason = [...new Set([...(isAlike ? [] : [missing]), ...reasons])].join(", and ");
  return { verdict: "unknown", owner: "Linkerd's authorization", reason };
}

/** A verdict, and on which requests it is where it is not on all. */
const saidBy = ({ verdict, routes }: Pick<LinkerdDecision, "verdict" | "routes"> = { verdict: "allowed" }) =>
  JSON.stringify([verdict, routes]);
