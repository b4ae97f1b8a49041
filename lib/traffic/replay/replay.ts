import { DEFAULT_TRANSPORT_MODE, INBOUND_PORT } from "../../linkerd/wire/wire";
import { compile } from "../../reachability/compile";
import { type Reachability, stateOf, type Verdict } from "../../reachability/verdict";
import { fromOwnNode, reasonsOf, someOf, unbound, unguarded } from "../../reachability/words";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { TransportMode } from "../../scenario/transport-mode";
import { outcomeOf } from "../outcome";
import type { Party } from "../party";
import type { PolicyState } from "../policy-state";
import { resolveParties } from "../resolve-parties";
import type { Traffic, TrafficEdge } from "../traffic";
import { ProxyAuthorization, type ProxyVerdict } from "./authorization";
import { blindSpots } from "./blind-spots";
import { type PartyEndpoints, partyEndpoints } from "./party-endpoints";
import type { Replay, ReplayedEdge } from "./report";
import { unusedEdges } from "./unused";
import { observedTransportMode, portOnWire } from "./wire";

/** Replays traffic under the policies of a state: what they would have done to each edge. Pure. */
export function replay(recorded: Traffic, state: PolicyState): Replay {
  const traffic = withResolvedParties(recorded, state);
  const replaying = new EdgeJudge(traffic, state);
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
      replaying.parties,
      replaying.mode,
      (asked, from, to) =>
        replaying.authorization.judge({ ...asked, from: unknownClient }, from, to)?.state === "denied",
    ),
    blind: blindSpots(traffic, workloads, replaying.parties),
    lost: traffic.lost,
    passedOver: traffic.passedOver,
    addedByTraffic: replaying.parties.addedByTraffic,
  };
}

/** Traffic with its parties resolved by the manifests of a state. */
export function withResolvedParties(traffic: Traffic, { scenario, podNetworks = [] }: PolicyState): Traffic {
  return resolveParties(traffic, { endpoints: scenario.endpoints, podNetworks });
}

/** A client whose address is unknown. */
const unknownClient: Party = { id: "", kind: "workload" };

/** What the policies of a state do to an edge. */
export interface EdgeVerdict {
  state: "allowed" | "denied" | "unknown";
  layer: "cilium" | "linkerd";
  by: string[];
}

/** Decides edges of traffic under the policies of a state. */
export class EdgeJudge {
  readonly parties: PartyEndpoints;
  readonly mode: TransportMode;
  readonly observedMode: TransportMode | undefined;
  /** Whether traffic or manifests tell the transport mode. Otherwise Linkerd's default is assumed. */
  readonly isModeKnown: boolean;
  private readonly cilium: Reachability;
  readonly authorization: ProxyAuthorization;

  constructor(
    private readonly traffic: Pick<Traffic, "edges">,
    private readonly state: PolicyState,
  ) {
    this.parties = partyEndpoints(state.scenario, traffic.edges);
    this.observedMode = observedTransportMode(traffic.edges, this.parties);
    this.isModeKnown = (state.transportMode ?? this.observedMode) !== undefined;
    this.mode =
      state.transportMode ?? this.observedMode ?? state.scenario.mesh?.transportMode ?? DEFAULT_TRANSPORT_MODE;
    this.authorization = new ProxyAuthorization(state.authorization ?? { objects: [] });
    this.cilium = compile(state.policies, withoutMesh(this.parties.scenario));
  }

  judge(edge: TrafficEdge): EdgeVerdict {
    const missing = [edge.from, edge.to].filter((party) => this.parties.endpointsOf(party).length === 0);
    if (missing.length > 0) return { state: "unknown", layer: "cilium", by: missing.map((party) => this.why(party)) };
    const clients = this.parties.endpointsOf(edge.from);
    const answers = clients.flatMap((from) =>
      this.parties.endpointsOf(edge.to).map((to) => this.between(edge, from, to)),
    );
    const undecided: EdgeVerdict = { state: "unknown", layer: "cilium", by: ["nobody is asked"] };
    const [first = undecided] = answers;
    const isOneOf = edge.from.kind === "account" && answers.some(({ state }) => state !== first.state);
    if (isOneOf) {
      const names = someOf(
        clients.map(({ id }) => id),
        4,
      );
      return { state: "unknown", layer: "cilium", by: [`which of ${names} it was: all run under ${edge.from.id}`] };
    }
    const found = (state: EdgeVerdict["state"]) => answers.find((one) => one.state === state);
    return found("allowed") ?? found("unknown") ?? first;
  }

  /** The same traffic under other policies. */
  withPolicies(policies: PolicyState["policies"]): EdgeJudge {
    return new EdgeJudge(this.traffic, { ...this.state, policies });
  }

  /** Whether a policy selects the endpoint in a direction, so that everything that no policy allows is denied. */
  isEnforced(id: string, direction: "ingress" | "egress"): boolean {
    const other = this.parties.scenario.endpoints.find(
      (endpoint) => endpoint.id !== id && endpoint.reserved?.includes("host") !== true,
    );
    if (other === undefined) return false;
    const flow = direction === "ingress" ? { from: other.id, to: id } : { from: id, to: other.id };
    const verdict = this.cilium.verdict({ ...flow, proto: "TCP", port: 1 });
    return direction === "ingress" ? !unguarded(verdict) && !fromOwnNode(verdict) : !unbound(verdict);
  }

  /** Whether the policies at one end deny an edge, or leave it undecided. */
  deniedAt(edge: TrafficEdge, direction: "ingress" | "egress"): boolean {
    const verdicts = this.parties
      .endpointsOf(edge.from)
      .flatMap((from) => this.parties.endpointsOf(edge.to).map((to) => this.verdict(edge, from, to)));
    return verdicts.every(
      (verdict) => verdict === undefined || verdict[direction] === "denied" || verdict[direction] === "unknown",
    );
  }

  /** The verdict between two endpoints. What Cilium lets through, the server's proxy decides. */
  private between(edge: TrafficEdge, from: EndpointFacts, to: EndpointFacts): EdgeVerdict {
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
            "whether Linkerd's 4143 is on the wire: only proxies saw it; set --transport-mode, or pass Hubble's flows",
          ],
        };
    }
    const proxy = state === "allowed" ? this.atProxy(edge, from, to) : undefined;
    if (proxy !== undefined && proxy.state !== "allowed") return { ...proxy, layer: "linkerd" };
    return { state, layer: "cilium", by: reasonsOf(verdict) };
  }

  /**
   * What the server's proxy does with an edge that Cilium lets through, on the port that it has on the wire under this state: a client is identified
   * on 4143 only. Undefined where no proxy decides.
   */
  atProxy(edge: TrafficEdge, from: EndpointFacts, to: EndpointFacts): ProxyVerdict | undefined {
    const { wire: _, ...asked } = edge;
    const wire = portOnWire(edge, from, to, this.mode, this.observedMode);
    return this.authorization.judge({ ...asked, ...(wire !== undefined && { wire }) }, from, to);
  }

  /** Whether an edge comes on 4143 under this state, where Cilium cannot tell the ports of its server apart. */
  isHidden(edge: TrafficEdge): boolean {
    if (edge.protocol !== "TCP") return false;
    return this.parties
      .endpointsOf(edge.from)
      .some((from) =>
        this.parties
          .endpointsOf(edge.to)
          .some((to) => portOnWire(edge, from, to, this.mode, this.observedMode) === INBOUND_PORT),
      );
  }

  private verdict(
    edge: TrafficEdge,
    from: EndpointFacts,
    to: EndpointFacts,
    mode: TransportMode = this.mode,
  ): Verdict | undefined {
    const port = portOnWire(edge, from, to, mode, this.observedMode);
    const proto = edge.protocol === "ICMPv4" ? "ICMP" : edge.protocol;
    return port === undefined ? undefined : this.cilium.verdict({ from: from.id, to: to.id, proto, port });
  }

  private why(party: Party): string {
    const { why, isAboutIt } = this.parties.whyNone(party);
    return isAboutIt ? `${party.id}: ${why}` : why;
  }
}

const otherThan = (mode: TransportMode): TransportMode =>
  mode === TransportMode.Transparent ? TransportMode.TransportHeader : TransportMode.Transparent;

/** Without the mesh: packets are judged on the port on which they were seen, so it need not be derived from the sidecars. */
function withoutMesh({ mesh: _, flows: __, ...scenario }: Scenario): Scenario {
  return { ...scenario, endpoints: scenario.endpoints.map(({ mesh: ___, ...endpoint }) => endpoint) };
}

function replayed({ edge, layer, by }: EdgeVerdict & { edge: TrafficEdge }): ReplayedEdge {
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

/** The id of a party, or its alias; for an address, its first DNS name with the address. */
export function nameOf({ id, names, alias }: Party): string {
  const [first] = names ?? [];
  if (alias !== undefined) return alias;
  return first === undefined ? id : `${first} (${id})`;
}

const byTraffic = (a: ReplayedEdge, b: ReplayedEdge) =>
  Math.max(b.flows, b.requests ?? 0) - Math.max(a.flows, a.requests ?? 0) || (a.from < b.from ? -1 : 1);
