import { NO_DECISION } from "../../cilium/policy/decision";
import { getOrMake, present } from "../../common/maps";
import { comesFrom } from "../../linkerd/policy/authorization";
import type { Client } from "../../linkerd/policy/client";
import type { Decision } from "../../linkerd/policy/decide";
import { EgressPolicy } from "../../linkerd/policy/egress";
import { InboundPolicy } from "../../linkerd/policy/inbound";
import type { Request } from "../../linkerd/policy/request";
import type { PolicyRoute, ServerPolicy } from "../../linkerd/policy/server-policy";
import type { PolicyWorkload } from "../../linkerd/policy/workload";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT, judgedByProxy, unionOfPorts, type Wire } from "../../linkerd/wire/wire";
import type { AuthorizationFacts, EndpointFacts, Flow, LinkedFacts, Scenario } from "../../scenario/scenario";
import { type AuthorizationClient, AuthorizationClients } from "./authorization-clients";
import { decideAll } from "./authorization-decision";
import { BothGates } from "./both-gates";
import { ClientKeys } from "./client-keys";
import { EgressGate, outsideDestination } from "./egress-gate";
import type { LinkerdDecision } from "./linkerd-decision";
import { policySettingsOf, policyWorkloadOf } from "./policy-inputs";
import { GateBetween, type OverWire, type PortGate, unknownBy } from "./port-gate";
import { type SkippedSubnets, skippedBy } from "./skipped-subnets";

export { policySettingsOf, policyWorkloadOf };

/** Linkerd's authorization in a scenario: the decisions of each destination's proxy, apart from Cilium's. */
export class AuthorizationModel {
  private readonly policy: InboundPolicy;
  /** The same with objects that are not fully known as wide as they may be; undefined if all are known. */
  private readonly widest: InboundPolicy | undefined;
  private readonly egress: EgressPolicy;
  private readonly gates = new Map<string, PortGate | undefined>();
  private readonly workloads = new Map<EndpointFacts, PolicyWorkload>();
  private readonly numbered: LinkerdDecision[] = [];
  private readonly numberOf = new Map<string, number>();
  /** All clients. */
  readonly clients: AuthorizationClients;

  /** `undefined` if the scenario has no authorization: every proxy then accepts everything. */
  static of(scenario: Scenario): AuthorizationModel | undefined {
    const { authorization } = scenario.mesh ?? {};
    return authorization === undefined ? undefined : new AuthorizationModel(authorization, scenario);
  }

  private constructor(
    private readonly facts: AuthorizationFacts,
    scenario: Scenario,
  ) {
    const settings = policySettingsOf(facts);
    this.policy = new InboundPolicy(facts.objects, settings);
    const { widest = [] } = facts;
    const named = new Set(widest.map(({ object }) => objectKey(object)));
    const others = facts.objects.filter((object) => !named.has(objectKey(object)));
    this.widest =
      widest.length === 0 ? undefined : new InboundPolicy([...others, ...widest.map(({ object }) => object)], settings);
    this.egress = new EgressPolicy(this.policy.objects, settings);
    this.clients = new AuthorizationClients(scenario, settings, this.egress.networks.length > 0);
  }

  /**
   * The endpoints with the opaque ports that Servers add. The destination controller sends clients to 4143 for a port that any opaque Server selects, even
   * if another Server owns the port.
   */
  withOpaqueServers(endpoints: readonly EndpointFacts[]): EndpointFacts[] {
    return endpoints.map((endpoint) => {
      if (endpoint.mesh === undefined || !endpoint.mesh.injected) return endpoint;
      const { mesh } = endpoint;
      const workload = this.workloadOf(endpoint);
      const opaque = this.policy
        .serversOf(workload)
        .filter(({ protocol }) => protocol === "opaque")
        .flatMap(({ port }) => (typeof port === "number" ? [port] : [...(workload.namedPorts.get(port) ?? [])]));
      if (opaque.length === 0) return endpoint;
      const opaquePorts = unionOfPorts(mesh.opaquePorts ?? DEFAULT_OPAQUE_PORTS, opaque);
      return { ...endpoint, mesh: { ...mesh, opaquePorts } };
    });
  }

  /** The gate at a port; undefined if no proxy decides there or the proxy accepts everything. Outside the cluster, the clients' own proxies decide. */
  gate(to: EndpointFacts, proto: string, port: number): PortGate | undefined {
    if (proto.toUpperCase() !== "TCP") return undefined;
    if (this.egress.networks.length === 0 && !judgedByProxy(to.mesh, port)) return undefined;
    return getOrMake(this.gates, `${port} ${to.id}`, () => {
      if (to.linked !== undefined) return this.gateElsewhere(to.linked);
      const [leaving, entering] = [this.gateOut(to, port), this.gateIn(to, port)];
      if (leaving === undefined || entering === undefined) return leaving ?? entering;
      return new BothGates(leaving, entering, {
        at: (number) => this.decision(number),
        of: (decision) => this.number(decision),
      });
    });
  }

  private gateOut(to: EndpointFacts, port: number): PortGate | undefined {
    const place = this.egress.networks.length === 0 ? undefined : outsideDestination(to);
    if (place === undefined) return undefined;
    const destination = { ...place, port };
    return new EgressGate(this.egress, destination, this.clients, (decision) => this.number(decision));
  }

  /** The policies behind another cluster's gateway are unknown. */
  private gateElsewhere({ cluster, service }: LinkedFacts): PortGate | undefined {
    if (service === undefined) return undefined;
    const owner = `cluster ${cluster}`;
    const reason = `whom cluster ${cluster} admits behind its gateway: its policies are not known here`;
    const number = this.number({ verdict: "unknown", owner, reason });
    const numbers = new Int32Array(this.clients.all.length).fill(number);
    return { numbers: () => numbers };
  }

  private gateIn(to: EndpointFacts, port: number): PortGate | undefined {
    if (!judgedByProxy(to.mesh, port)) return undefined;
    const { undecidedIn = {} } = this.facts;
    const missing = to.inbound?.unknown ?? undecidedIn[to.namespace ?? ""] ?? undecidedIn["*"];
    if (missing !== undefined) return this.unknownGate(missing);
    const least = this.gateOf(this.policy, to, port);
    if (this.widest === undefined || least === undefined) return least;
    const most = this.gateOf(this.widest, to, port);
    const values = (this.facts.widest ?? []).map((one) => one.missing);
    return new GateBetween(least, most, (a, b) => this.between(a, b, [...new Set(values)].join(", ")));
  }

  private gateOf(policy: InboundPolicy, to: EndpointFacts, port: number): PortGate | undefined {
    const policies = policy.policiesOfPort(this.workloadOf(to), port);
    const [only] = policies;
    if (policies.length === 1 && only?.owner.kind === "default" && only.owner.name === "all-unauthenticated") return;
    const isOpaque = (to.mesh?.opaquePorts ?? DEFAULT_OPAQUE_PORTS).includes(port);
    return new Gate({ port, policies, isOpaque, skipped: skippedBy(to) }, this.clients, (decision) =>
      this.number(decision),
    );
  }

  private unknownGate(missing: string): PortGate {
    const number = this.number(unknownBy(missing));
    return { numbers: () => new Int32Array(this.clients.kindOf.length).fill(number) };
  }

  /** The decision's number, given the numbers with the least and the most that unknown objects may admit. */
  private between(least: number, most: number, missing: string): number {
    if (least === most) return least;
    const [few, many] = [this.decision(least), this.decision(most)];
    const [leastVerdict, mostVerdict] = [few, many].map((one) => one?.verdict ?? "allowed");
    const isSame = leastVerdict === mostVerdict && JSON.stringify(few?.routes) === JSON.stringify(many?.routes);
    return isSame ? least : this.number(unknownBy(missing));
  }

  /** The ports for which clients' proxies have egress routes, if the endpoint is outside the cluster and they decide about it; else undefined. */
  portsOutside(to: EndpointFacts): readonly number[] | undefined {
    return this.egress.networks.length === 0 || outsideDestination(to) === undefined ? undefined : this.egress.ports;
  }

  /** The routes attached to a port; none if it is unknown which Server owns the port. */
  routesAt(to: EndpointFacts, port: number): readonly PolicyRoute[] {
    const [policy, ...others] = this.policy.policiesOfPort(this.workloadOf(to), port);
    if (policy === undefined || others.length > 0) return [];
    return policy.routes.filter(({ ref }) => ref.kind !== "default");
  }

  /** The decision about one request; several if it depends on something unknown. */
  request(from: EndpointFacts, to: EndpointFacts, port: number, wire: Wire, request: Request): Decision[] {
    const client = this.clients.all[this.clients.numberOf(from.id) ?? -1];
    return client === undefined ? [] : this.policy.decide(this.workloadOf(to), port, clientOver(client, wire), request);
  }

  /** The decision about a flow; undefined if no proxy decides. */
  decide(to: EndpointFacts, { proto, port, from }: Flow, wire: Wire): LinkerdDecision | undefined {
    const client = this.clients.numberOf(from);
    const gate = client === undefined ? undefined : this.gate(to, proto, port);
    if (gate === undefined || client === undefined) return undefined;
    return this.decision(present(gate.numbers(wire)[client], `what Linkerd says of client ${client}`));
  }

  /** The decision that has a number; undefined for {@link NO_DECISION}. */
  decision(number: number): LinkerdDecision | undefined {
    return number === NO_DECISION
      ? undefined
      : present(this.numbered[number - NO_DECISION - 1], `Linkerd's decision ${number}`);
  }

  /** The highest number of a decision. */
  get lastNumber(): number {
    return this.numbered.length + NO_DECISION;
  }

  /** The number of a decision, above {@link NO_DECISION}. Equal decisions share one. */
  private number(decision: LinkerdDecision): number {
    return getOrMake(this.numberOf, JSON.stringify(decision), () => this.numbered.push(decision) + NO_DECISION);
  }

  private workloadOf(endpoint: EndpointFacts): PolicyWorkload {
    return getOrMake(this.workloads, endpoint, () => policyWorkloadOf(endpoint));
  }
}

/** Kind, namespace and name. */
function objectKey({ kind, metadata }: Readonly<Record<string, unknown>>): string {
  const { namespace, name } = metadata as { namespace?: string; name?: string };
  return JSON.stringify([kind, namespace, name]);
}

/** Whether a policy admits particular identities, not just every client that has one. */
function namesIdentities({ authorizations, routes }: ServerPolicy): boolean {
  return [authorizations, ...routes.map((route) => route.authorizations)].flat().some(({ authentication }) => {
    if (authentication.kind !== "identity") return false;
    return authentication.identities.size > 0 || authentication.suffixes.some((suffix) => suffix !== "");
  });
}

/** The scenario with the opaque ports that Servers add to its endpoints. */
export function withOpaqueServers(scenario: Scenario): Scenario {
  const authorization = AuthorizationModel.of(scenario);
  if (authorization === undefined) return scenario;
  return { ...scenario, endpoints: authorization.withOpaqueServers(scenario.endpoints) };
}

/** One port of one endpoint, guarded by its proxy. */
export class Gate implements PortGate {
  private readonly byWire = new Map<string, Int32Array>();
  private readonly keys: ClientKeys;
  /** By wire and client key, the number of the decision. */
  private readonly known = new Map<string, number>();

  constructor(
    private readonly guarded: {
      port: number;
      policies: readonly ServerPolicy[];
      isOpaque: boolean;
      skipped: SkippedSubnets;
    },
    private readonly clients: AuthorizationClients,
    private readonly number: (decision: LinkerdDecision) => number,
  ) {
    this.keys = new ClientKeys(guarded.policies);
  }

  /** By client, the number of the decision. Clients of one kind that no policy names share a decision. */
  numbers(wire: OverWire): Int32Array {
    const via = viaOf(wire);
    return getOrMake(this.byWire, `${wire.mtls} ${via}`, () => {
      const { policies, port, isOpaque, skipped } = this.guarded;
      const asBytes = via === "4143" && isOpaque;
      const decide = (asking: AuthorizationClient) => {
        const isPassed = wire.mtls ? "no" : comesFrom(skipped.networks, asking.blocks);
        if (isPassed === "yes") return NO_DECISION;
        const [client, probes] = [clientOver(asking, wire), asking.isNode];
        return getOrMake(this.known, `${via} ${wire.mtls} ${isPassed} ${probes} ${this.keys.keyOf(client)}`, () => {
          const decision = decideAll(policies, { port, client, asBytes, probes });
          return this.number(isPassed === "no" ? decision : skipped.maybe(decision));
        });
      };
      const { all, rows, kinds } = this.clients;
      // A client without an identity cannot come over mTLS.
      const ofKind = kinds.map((kind) => {
        if (wire.mtls && !kind.isMeshed) return UNKNOWN;
        return decide(kind.isMeshed ? { identity: UNNAMED, ...kind } : kind);
      });
      const numbers = new Int32Array(all.length);
      // Run by run: this happens for every port, and client by client it would take most of the time.
      for (const { kind, from, until } of rows) numbers.fill(ofKind[kind] ?? UNKNOWN, from, until);
      if (!wire.mtls) return numbers;
      for (const place of this.clients.named(policies)) numbers[place] = decide(present(all[place], `client ${place}`));
      // An unknown account may be one that the policies name.
      if (policies.some(namesIdentities))
        for (const [place, missing] of this.clients.withUnknownAccount)
          numbers[place] = this.number(unknownBy(missing));
      return numbers;
    });
  }
}

const viaOf = ({ port, opensAllPorts = false }: OverWire) =>
  opensAllPorts || port === INBOUND_PORT ? "4143" : "direct";

/** A client as the server's proxy sees it. */
function clientOver({ blocks, identity }: AuthorizationClient, wire: OverWire): Client {
  if (!wire.mtls) return { blocks, tls: "none", via: "direct" };
  return { blocks, tls: "mesh", ...(identity !== undefined && { identity }), via: viaOf(wire) };
}

/** The number of no decision: looking it up throws, which reveals the gap. */
const UNKNOWN = 0;

/** An identity that only the pattern `*` matches. */
const UNNAMED = "\0";
