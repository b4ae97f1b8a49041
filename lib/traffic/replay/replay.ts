import { DEFAULT_TRANSPORT_MODE } from "../../linkerd/wire/wire";
import { compile } from "../../reachability/compile";
import { type Reachability, stateOf, type Verdict } from "../../reachability/verdict";
import { reasonsOf } from "../../reachability/words";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import type { TransportMode } from "../../scenario/transport-mode";
import type { Party } from "../party";
import type { Traffic, TrafficEdge } from "../traffic";
import { blindSpots } from "./blind-spots";
import { type Places, placed } from "./place";
import type { Judge, Replay, ReplayedEdge } from "./report";
import { unusedEdges } from "./unused";
import { portOnWire, seenMode } from "./wire";

/** Asks of every edge that was seen what the policies would have made of it. Pure. */
export function replay(traffic: Traffic, judge: Judge): Replay {
  const replaying = new Replaying(traffic, judge);
  const judged = traffic.edges.map((edge) => ({ edge, ...replaying.judge(edge) }));
  const listed = (state: string) =>
    judged
      .filter((one) => one.state === state)
      .map((one) => replayed(one))
      .sort(byTraffic);
  const workloads = judge.workloads ?? [];
  return {
    ...(traffic.first !== undefined && { first: traffic.first }),
    ...(traffic.last !== undefined && { last: traffic.last }),
    flows: traffic.flows,
    edges: traffic.edges.length,
    denied: listed("denied"),
    unknown: listed("unknown"),
    unused: unusedEdges(traffic, judge, replaying.places, replaying.mode),
    blind: blindSpots(traffic, workloads, replaying.places),
    lost: traffic.lost,
    passedOver: [...traffic.passedOver].map(([why, count]) => ({ why, count })),
    addedByTraffic: replaying.places.added,
  };
}

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
  private readonly seen: TransportMode | undefined;
  private readonly onWire: Reachability;

  constructor(traffic: Pick<Traffic, "edges">, judge: Judge) {
    this.places = placed(judge.scenario, traffic.edges);
    this.seen = seenMode(traffic.edges, this.places);
    this.mode = judge.transportMode ?? this.seen ?? judge.scenario.mesh?.transportMode ?? DEFAULT_TRANSPORT_MODE;
    this.onWire = compile(judge.policies, withoutMesh(this.places.scenario));
  }

  judge(edge: TrafficEdge): Judged {
    const missing = [edge.from, edge.to].filter((party) => this.places.endpointsOf(party).length === 0);
    if (missing.length > 0) return { state: "unknown", layer: "cilium", by: missing.map((party) => this.why(party)) };
    const verdicts = this.places
      .endpointsOf(edge.from)
      .flatMap((from) => this.places.endpointsOf(edge.to).map((to) => this.verdict(edge, from, to)));
    const best = verdicts.find((verdict) => verdict?.allowed) ?? verdicts[0];
    if (best === undefined)
      return { state: "unknown", layer: "cilium", by: ["which port is meant, since only a proxy saw it"] };
    return { state: stateOf(best), layer: "cilium", by: reasonsOf(best) };
  }

  private verdict(edge: TrafficEdge, from: EndpointFacts, to: EndpointFacts): Verdict | undefined {
    const port = portOnWire(edge, from, to, this.mode, this.seen);
    const proto = edge.protocol === "ICMPv4" ? "ICMP" : edge.protocol;
    return port === undefined ? undefined : this.onWire.verdict({ from: from.id, to: to.id, proto, port });
  }

  private why(party: Party): string {
    return `${party.id}: ${this.places.whyNone(party)}`;
  }
}

/** Packets are judged as they were seen, so nothing has to be derived from who has a sidecar. */
function withoutMesh({ mesh: _, flows: __, ...scenario }: Scenario): Scenario {
  return { ...scenario, endpoints: scenario.endpoints.map(({ mesh: ___, ...endpoint }) => endpoint) };
}

function replayed({ edge, layer, by }: Judged & { edge: TrafficEdge }): ReplayedEdge {
  const { from, to, protocol, port, wire, flows, passed, audited, requests, first, last } = edge;
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
    was: passed > 0 ? (audited > 0 ? "audited" : "passed") : audited > 0 ? "audited" : "denied",
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
