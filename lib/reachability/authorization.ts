import { NOBODY } from "../cilium/policy/decision";
import { getOrMake, present } from "../common/maps";
import { comesFrom } from "../linkerd/policy/authorization";
import type { Client } from "../linkerd/policy/client";
import type { Decision } from "../linkerd/policy/decide";
import { EgressPolicy } from "../linkerd/policy/egress";
import { InboundPolicy } from "../linkerd/policy/inbound";
import type { Request } from "../linkerd/policy/request";
import type { PolicyRoute, ServerPolicy } from "../linkerd/policy/server-policy";
import type { PolicyWorkload } from "../linkerd/policy/workload";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT, judgedByProxy, unionOfPorts, type Wire } from "../linkerd/wire/wire";
import type { AuthorizationFacts, EndpointFacts, Flow, LinkedFacts, Scenario } from "../scenario/scenario";
import { Alike } from "./alike";
import { type AuthorizationClient, AuthorizationClients } from "./authorization-clients";
import { decideAll } from "./authorization-decision";
import { BothGates } from "./both-gates";
import { EgressGate, placeOutside } from "./egress-gate";
import type { LinkerdDecision } from "./linkerd-decision";
import { policySettingsOf, policyWorkloadOf } from "./policy-inputs";
import { GateBetween, type OverWire, type PortGate, unknownBy } from "./port-gate";
import { type SkippedSubnets, skippedBy } from "./skipped-subnets";

export { policySettingsOf, policyWorkloadOf };

/** Linkerd's authorization of a scenario: what the proxy of each destination says, beside what Cilium lets through to it. */
export class AuthorizationModel {
  private readonly policy: InboundPolicy;
  /** With what is not all known as wide as it may be. */
  private readonly widest: InboundPolicy | undefined;
  private readonly egress: EgressPolicy;
  private readonly gates = new Map<string, PortGate | undefined>();
  private readonly workloads = new Map<EndpointFacts, PolicyWorkload>();
  private readonly numbered: LinkerdDecision[] = [];
  private readonly numberOf = new Map<string, number>();
  /** All who may ask. */
  readonly clients: AuthorizationClients;

  /** `undefined` where the scenario says nothing of it: then every proxy takes what reaches it. */
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
   * The endpoints with the ports that an opaque Server adds to theirs: the destination controller tells clients to go to 4143 for a port that any
   * such Server selects, also one that does not own it.
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

  /** What decides at a port; undefined where no proxy does, or it takes whatever comes. Outside the cluster, clients' own proxies decide. */
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
    const place = this.egress.networks.length === 0 ? undefined : placeOutside(to);
    if (place === undefined) return undefined;
    const destination = { ...place, port };
    return new EgressGate(this.egress, destination, this.clients, (decision) => this.number(decision));
  }

  /** Of what is behind the gateway of another cluster nobody here knows whom it lets in. */
  private gateElsewhere({ cluster, service }: LinkedFacts): PortGate | undefined {
    if (service === undefined) return undefined;
    const owner = `cluster ${cluster}`;
    const reason = `whom cluster ${cluster} lets in to what is behind its gateway: its policies are not seen`;
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

  /** What is decided between the least and the most that objects may say, by its number. */
  private between(least: number, most: number, missing: string): number {
    if (least === most) return least;
    const [few, many] = [this.decision(least), this.decision(most)];
    const [had, has] = [few, many].map((one) => one?.verdict ?? "allowed");
    const isSame = had === has && JSON.stringify(few?.routes) === JSON.stringify(many?.routes);
    return isSame ? least : this.number(unknownBy(missing));
  }

  /** The ports that clients' proxies have routes for, of somewhere outside the cluster that they decide about; undefined of anybody else. */
  portsOutside(to: EndpointFacts): readonly number[] | undefined {
    return this.egress.networks.length === 0 || placeOutside(to) === undefined ? undefined : this.egress.ports;
  }

  /** The routes that are attached at a port; none, too, where it is not known which Server owns it. */
  routesAt(to: EndpointFacts, port: number): readonly PolicyRoute[] {
    const [policy, ...others] = this.policy.policiesOfPort(this.workloadOf(to), port);
    if (policy === undefined || others.length > 0) return [];
    return policy.routes.filter(({ ref }) => ref.kind !== "default");
  }

  /** What becomes of one request; several answers where it depends on what is not known. */
  request(from: EndpointFacts, to: EndpointFacts, port: number, wire: Wire, request: Request): Decision[] {
    const client = this.clients.all[this.clients.numberOf(from.id) ?? -1];
    return client === undefined ? [] : this.policy.decide(this.workloadOf(to), port, clientOver(client, wire), request);
  }

  /** What is decided about a client; undefined where nobody decides. */
  decide(to: EndpointFacts, { proto, port, from }: Flow, wire: Wire): LinkerdDecision | undefined {
    const client = this.clients.numberOf(from);
    const gate = client === undefined ? undefined : this.gate(to, proto, port);
    if (gate === undefined || client === undefined) return undefined;
    return this.decision(present(gate.numbers(wire)[client], `what Linkerd says of client ${client}`));
  }

  /** The decision with a number; undefined for {@link NOBODY}. */
  decision(number: number): LinkerdDecision | undefined {
    return number === NOBODY ? undefined : present(this.numbered[number - NOBODY - 1], `Linkerd's decision ${number}`);
  }

  /** The highest number. */
  get lastNumber(): number {
    return this.numbered.length + NOBODY;
  }

  /** Equal decisions have one number, above {@link NOBODY}. */
  private number(decision: LinkerdDecision): number {
    return getOrMake(this.numberOf, JSON.stringify(decision), () => this.numbered.push(decision) + NOBODY);
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

/** Whether somebody in particular is admitted who is not everybody with an identity. */
function namesIdentities({ authorizations, routes }: ServerPolicy): boolean {
  return [authorizations, ...routes.map((route) => route.authorizations)].flat().some(({ authentication }) => {
    if (authentication.kind !== "identity") return false;
    return authentication.identities.size > 0 || authentication.suffixes.some((suffix) => suffix !== "");
  });
}

/** A scenario with the ports that opaque Servers add to those of its endpoints. */
export function withOpaqueServers(scenario: Scenario): Scenario {
  const authorization = AuthorizationModel.of(scenario);
  if (authorization === undefined) return scenario;
  return { ...scenario, endpoints: authorization.withOpaqueServers(scenario.endpoints) };
}

/** One port of one endpoint, as its proxy guards it. */
export class Gate implements PortGate {
  private readonly byWire = new Map<string, Int32Array>();
  private readonly alike: Alike;
  /** By what tells clients apart, the number of the decision. */
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
    this.alike = new Alike(guarded.policies);
  }

  /** By number of the client, the number of the decision. Who is named nowhere is as good as anybody else who is named nowhere. */
  numbers(wire: OverWire): Int32Array {
    const via = viaOf(wire);
    return getOrMake(this.byWire, `${wire.mtls} ${via}`, () => {
      const { policies, port, isOpaque, skipped } = this.guarded;
      const asBytes = via === "4143" && isOpaque;
      const decide = (asking: AuthorizationClient) => {
        const isPassed = wire.mtls ? "no" : comesFrom(skipped.networks, asking.blocks);
        if (isPassed === "yes") return NOBODY;
        const [client, probes] = [clientOver(asking, wire), asking.isNode];
        return getOrMake(this.known, `${via} ${wire.mtls} ${isPassed} ${probes} ${this.alike.keyOf(client)}`, () => {
          const decision = decideAll(policies, { port, client, asBytes, probes });
          return this.number(isPassed === "no" ? decision : skipped.maybe(decision));
        });
      };
      const { all, rows, kinds } = this.clients;
      // Who has no identity does not come by mTLS.
      const ofKind = kinds.map((kind) => {
        if (wire.mtls && !kind.isMeshed) return UNKNOWN;
        return decide(kind.isMeshed ? { identity: UNNAMED, ...kind } : kind);
      });
      const numbers = new Int32Array(all.length);
      // Row by row: it happens for every port, and client by client it would take most of the time.
      for (const { kind, from, until } of rows) numbers.fill(ofKind[kind] ?? UNKNOWN, from, until);
      if (!wire.mtls) return numbers;
      for (const place of this.clients.named(policies)) numbers[place] = decide(present(all[place], `client ${place}`));
      // Whom an account that is not known could be, is somebody in particular.
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

/** Stands for no decision, so that whoever looks it up is told of the gap. */
const UNKNOWN = 0;

/** An identity that no name and no pattern but `*` means. */
const UNNAMED = "\0";
