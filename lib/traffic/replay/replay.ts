import { DEFAULT_TRANSPORT_MODE } from "../../linkerd/wire/wire";
import { compile } from "../../reachability/compile";
import { type Reachability, stateOf, type Verdict } from "../../reachability/verdict";
import { fromOwnNode, reasonsOf, someOf, unbound, unguarded } from "../../reachability/words";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { TransportMode } from "../../scenario/transport-mode";
import { outcomeOf } from "../outcome";
import type { Party } from "../party";
import { settled } from "../settle";
import type { Traffic, TrafficEdge } from "../traffic";
import { Authorization } from "./authorization";
import { blindSpots } from "./blind-spots";
import { type Places, placed } from "./place";
import type { PolicyState, Replay, ReplayedEdge } from "./report";
import { unusedEdges } from "./unused";
import { portOnWire, seenMode } from "./wire";

/** Asks of every edge that was seen what the policies would have made of it. Pure. */
export function replay(recorded: Traffic, state: PolicyState): Replay {
  const traffic = settledIn(recorded, state);
  const replaying = new Replaying(traffic, state);
  const judged = traffic.edges.map((edge) => ({ edge, ...replaying.judge(edge) }));
  const listed = (state: string) =>
    judged
      .filter((one) => one.state === state)
      .map((one) => replayed(one))
      .sort(byTraffic);
  const workloads = state.workloads ?? [];
  return {
    ...(traffic.first !== undefined && { first: traffic.first }),
    ...(traffic.last !== undefined && { last: traffic.last }),
    flows: traffic.flows,
    edges: traffic.edges.length,
    denied: listed("denied"),
    unknown: listed("unknown"),
    allowed: listed("allowed"),
    unused: unusedEdges(
      traffic,
      state,
      replaying.places,
      replaying.mode,
      (asked, from, to) => replaying.authorization.judge({ ...asked, from: nobody }, from, to)?.state === "denied",
    ),
    blind: blindSpots(traffic, workloads, replaying.places),
    lost: traffic.lost,
    passedOver: [...traffic.passedOver].map(([why, count]) => ({ why, count })),
    addedByTraffic: replaying.places.added,
  };
}

/** Traffic with what the manifests of a state tell of its parties. */
export function settledIn(traffic: Traffic, { scenario, podNetworks = [] }: PolicyState): Traffic {
  return settled(traffic, { endpoints: scenario.endpoints, podNetworks });
}

/** Whose addresses are not known. */
const nobody: Party = { id: "", kind: "workload" };

/** What became of one edge. */
export interface Judged {
  state: "allowed" | "denied" | "unknown";
  layer: "cilium" | "linkerd";
  by: string[];
}

/** A state, made ready to be asked about edges of traffic. */
export class Replaying {
  readonly places: Places;
  readonly mode: TransportMode;
  readonly seen: TransportMode | undefined;
  /** Whether traffic or manifests say how meshed pods talk; it is else assumed to be as Linkerd does by default. */
  readonly isModeKnown: boolean;
  private readonly onWire: Reachability;
  readonly authorization: Authorization;

  constructor(
    private readonly traffic: Pick<Traffic, "edges">,
    private readonly state: PolicyState,
  ) {
    this.places = placed(state.scenario, traffic.edges);
    this.seen = seenMode(traffic.edges, this.places);
    this.isModeKnown = (state.transportMode ?? this.seen) !== undefined;
    this.mode = state.transportMode ?? this.seen ?? state.scenario.mesh?.transportMode ?? DEFAULT_TRANSPORT_MODE;
    this.authorization = new Authorization(state.authorization ?? { objects: [] });
    this.onWire = compile(state.policies, withoutMesh(this.places.scenario));
  }

  judge(edge: TrafficEdge): Judged {
    const missing = [edge.from, edge.to].filter((party) => this.places.endpointsOf(party).length === 0);
    if (missing.length > 0) return { state: "unknown", layer: "cilium", by: missing.map((party) => this.why(party)) };
    const clients = this.places.endpointsOf(edge.from);
    const answers = clients.flatMap((from) =>
      this.places.endpointsOf(edge.to).map((to) => this.between(edge, from, to)),
    );
    const nobody: Judged = { state: "unknown", layer: "cilium", by: ["nobody is asked"] };
    const [first = nobody] = answers;
    const isOneOf = edge.from.kind === "account" && answers.some(({ state }) => state !== first.state);
    if (isOneOf) {
      const names = someOf(
        clients.map(({ id }) => id),
        4,
      );
      return { state: "unknown", layer: "cilium", by: [`which of ${names} it was: all run under ${edge.from.id}`] };
    }
    const found = (state: Judged["state"]) => answers.find((one) => one.state === state);
    return found("allowed") ?? found("unknown") ?? first;
  }

  /** The same traffic under other policies. */
  withPolicies(policies: PolicyState["policies"]): Replaying {
    return new Replaying(this.traffic, { ...this.state, policies });
  }

  /** Whether some policy selects the endpoint in a direction, so that what none allows is denied. */
  isEnforced(id: string, direction: "ingress" | "egress"): boolean {
    const other = this.places.scenario.endpoints.find(
      (endpoint) => endpoint.id !== id && endpoint.reserved?.includes("host") !== true,
    );
    if (other === undefined) return false;
    const flow = direction === "ingress" ? { from: other.id, to: id } : { from: id, to: other.id };
    const verdict = this.onWire.verdict({ ...flow, proto: "TCP", port: 1 });
    return direction === "ingress" ? !unguarded(verdict) && !fromOwnNode(verdict) : !unbound(verdict);
  }

  /** Whether the policies at one end of an edge do not let it pass, or it cannot be decided. */
  deniedAt(edge: TrafficEdge, direction: "ingress" | "egress"): boolean {
    const verdicts = this.places
      .endpointsOf(edge.from)
      .flatMap((from) => this.places.endpointsOf(edge.to).map((to) => this.verdict(edge, from, to)));
    return verdicts.every(
      (verdict) => verdict === undefined || verdict[direction] === "denied" || verdict[direction] === "unknown",
    );
  }

  /** A packet that Cilium lets through is the proxy's to judge. */
  private between(edge: TrafficEdge, from: EndpointFacts, to: EndpointFacts): Judged {
    const verdict = this.verdict(edge, from, to);
    if (verdict === undefined)
      return { state: "unknown", layer: "cilium", by: ["which port is meant, since nothing but a proxy saw it"] };
    const state = stateOf(verdict);
    if (!this.isModeKnown && edge.wire === undefined) {
      const other = this.verdict(edge, from, to, otherThan(this.mode));
      if (other === undefined || stateOf(other) !== state)
        return {
          state: "unknown",
          layer: "cilium",
          by: [
            "whether Linkerd's 4143 is on the wire: only proxies saw it; say --transport-mode, or give Hubble's flows",
          ],
        };
    }
    const proxy = state === "allowed" ? this.authorization.judge(edge, from, to) : undefined;
    if (proxy !== undefined && proxy.state !== "allowed") return { ...proxy, layer: "linkerd" };
    return { state, layer: "cilium", by: reasonsOf(verdict) };
  }

  private verdict(
    edge: TrafficEdge,
    from: EndpointFacts,
    to: EndpointFacts,
    mode: TransportMode = this.mode,
  ): Verdict | undefined {
    const port = portOnWire(edge, from, to, mode, this.seen);
    const proto = edge.protocol === "ICMPv4" ? "ICMP" : edge.protocol;
    return port === undefined ? undefined : this.onWire.verdict({ from: from.id, to: to.id, proto, port });
  }

  private why(party: Party): string {
    const why = this.places.whyNone(party);
    return why.includes(party.id) || party.kind === "gone" || party.kind === "without proxy"
      ? why
      : `${party.id}: ${why}`;
  }
}

const otherThan = (mode: TransportMode): TransportMode =>
  mode === TransportMode.Transparent ? TransportMode.TransportHeader : TransportMode.Transparent;

/** Packets are judged as they were seen, so nothing has to be derived from who has a sidecar. */
function withoutMesh({ mesh: _, flows: __, ...scenario }: Scenario): Scenario {
  return { ...scenario, endpoints: scenario.endpoints.map(({ mesh: ___, ...endpoint }) => endpoint) };
}

function replayed({ edge, layer, by }: Judged & { edge: TrafficEdge }): ReplayedEdge {
  const { from, to, protocol, port, wire, flows, requests, deniedSince, first, last } = edge;
  return {
    from: nameOf(from),
    to: nameOf(to),
    port: port ?? "unknown",
    protocol,
    ...(wire !== undefined && wire !== port && { wire }),
    layer,
    by,
    flows,
    ...(requests !== undefined && { requests }),
    was: outcomeOf(edge),
    ...(deniedSince !== undefined && { deniedSince }),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
  };
}

/** An address by the name that led to it. */
export function nameOf({ id, names }: Party): string {
  const [first] = names ?? [];
  return first === undefined ? id : `${first} (${id})`;
}

const byTraffic = (a: ReplayedEdge, b: ReplayedEdge) =>
  Math.max(b.flows, b.requests ?? 0) - Math.max(a.flows, a.requests ?? 0) || (a.from < b.from ? -1 : 1);
