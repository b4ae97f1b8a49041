import type { Decision } from "../cilium/policy/decision";
import { type Request, type Wire, wireOf } from "../linkerd/wire/wire";
import type { EndpointMesh } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import type { Kind } from "./kind";
import type { LinkerdDecision } from "./linkerd-decision";

/** One way in which a request may travel. */
export interface Way {
  wire: Wire;
  /** Whether the server's proxy is there to decide. */
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
        isJudged: target?.injected === true,
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

/** What is decided whichever way a request travels. */
export function whicheverWay(kinds: readonly Kind[], missing: string): Kind {
  return {
    egress: together(
      kinds.map(({ egress }) => egress),
      missing,
    ),
    ingress: together(
      kinds.map(({ ingress }) => ingress),
      missing,
    ),
    wire: kinds.find(({ wire }) => wire?.refused === undefined)?.wire ?? kinds[0]?.wire,
    linkerd: byLinkerd(
      kinds.map(({ linkerd }) => linkerd),
      missing,
    ),
  };
}

function together(decisions: readonly (Decision | undefined)[], missing: string): Decision | undefined {
  const [first] = decisions;
  const isSame = decisions.every((one) => one?.verdict === first?.verdict);
  return isSame ? first : { verdict: "unknown", origins: [], l7: false, missing };
}

function byLinkerd(decisions: readonly (LinkerdDecision | undefined)[], missing: string): LinkerdDecision | undefined {
  const verdicts = new Set(decisions.map((one) => one?.verdict ?? "allowed"));
  if (verdicts.size === 1) return decisions.find((one) => one !== undefined);
  return { verdict: "unknown", owner: "Linkerd's authorization", reason: missing };
}
