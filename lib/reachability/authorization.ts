import { NOBODY } from "../cilium/policy/decision";
import { getOrMake, present } from "../common/maps";
import { type Prefix, parseAddress } from "../kubernetes/cidr";
import { parseDefaultPolicy } from "../linkerd/api/default-policy";
import { accountIdentity } from "../linkerd/api/identity";
import { parseNetwork } from "../linkerd/api/network";
import { ANYWHERE, type Client } from "../linkerd/policy/client";
import type { Decision } from "../linkerd/policy/decide";
import { InboundPolicy } from "../linkerd/policy/inbound";
import type { Request } from "../linkerd/policy/request";
import type { PolicyRoute, ServerPolicy } from "../linkerd/policy/server-policy";
import { CHART_SETTINGS, type PolicySettings } from "../linkerd/policy/settings";
import { CONTROL_PLANE_LABEL, podWorkload } from "../linkerd/policy/workload";
import { meshPorts } from "../linkerd/wire/ports";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT, judgedByProxy, unionOfPorts, type Wire } from "../linkerd/wire/wire";
import type { AuthorizationFacts, ContainerFacts, EndpointFacts, Scenario } from "../scenario/scenario";
import { decideAll, type LinkerdDecision } from "./authorization-decision";

/** Linkerd's authorization of a scenario: what the proxy of each destination says, beside what Cilium lets through to it. */
export class AuthorizationModel {
  private readonly policy: InboundPolicy;
  private readonly settings: PolicySettings;
  private readonly clients = new Map<string, { number: number; facts: EndpointFacts }>();
  private readonly clientOf: Int32Array;
  private readonly clientById = new Map<string, number>();
  private readonly gates = new Map<string, Gate | undefined>();
  private readonly numbered: LinkerdDecision[] = [];
  private readonly numberOf = new Map<string, number>();

  /** `undefined` where the scenario says nothing of it: then every proxy takes what reaches it. */
  static of({ mesh, endpoints }: Scenario): AuthorizationModel | undefined {
    return mesh?.authorization === undefined ? undefined : new AuthorizationModel(mesh.authorization, endpoints);
  }

  private constructor(facts: AuthorizationFacts, endpoints: readonly EndpointFacts[]) {
    this.settings = settingsOf(facts);
    this.policy = new InboundPolicy(facts.objects, this.settings);
    this.clientOf = Int32Array.from(endpoints, (endpoint) => {
      const { number } = getOrMake(this.clients, clientKey(endpoint), () => ({
        number: this.clients.size,
        facts: endpoint,
      }));
      this.clientById.set(endpoint.id, number);
      return number;
    });
  }

  /**
   * The endpoints with the ports that an opaque Server adds to theirs: the destination controller tells clients to go to 4143 for a port that any
   * such Server selects, also one that does not own it.
   */
  withOpaqueServers(endpoints: readonly EndpointFacts[]): EndpointFacts[] {
    return endpoints.map((endpoint) => {
      const { mesh } = endpoint;
      if (mesh?.injected !== true) return endpoint;
      const workload = workloadOf(endpoint);
      const opaque = this.policy
        .serversOf(workload)
        .filter(({ protocol }) => protocol === "opaque")
        .flatMap(({ port }) => (typeof port === "number" ? [port] : [...(workload.namedPorts.get(port) ?? [])]));
      if (opaque.length === 0) return endpoint;
      return {
        ...endpoint,
        mesh: { ...mesh, opaquePorts: unionOfPorts(mesh.opaquePorts ?? DEFAULT_OPAQUE_PORTS, opaque) },
      };
    });
  }

  /** What decides at a port; undefined where no proxy does, or it takes whatever comes. */
  gate(to: EndpointFacts, proto: string, port: number): Gate | undefined {
    if (proto.toUpperCase() !== "TCP" || !judgedByProxy(to.mesh, port)) return undefined;
    return getOrMake(this.gates, `${port} ${to.id}`, () => {
      const policies = this.policy.policiesOfPort(workloadOf(to), port);
      const [only] = policies;
      if (policies.length === 1 && only?.owner.kind === "default" && only.owner.name === "all-unauthenticated") return;
      return new Gate(policies, this);
    });
  }

  /** The routes that are attached at a port; none, too, where it is not known which Server owns it. */
  routesAt(to: EndpointFacts, port: number): readonly PolicyRoute[] {
    const [policy, ...others] = this.policy.policiesOfPort(workloadOf(to), port);
    if (policy === undefined || others.length > 0) return [];
    return policy.routes.filter(({ ref }) => ref.kind !== "default");
  }

  /** What becomes of one request; several answers where it depends on what is not known. */
  request(from: EndpointFacts, to: EndpointFacts, port: number, wire: Wire, request: Request): Decision[] {
    return this.policy.decide(workloadOf(to), port, this.client(from, wire), request);
  }

  /** By place in the scenario, the number of the client that it is to Linkerd. */
  clientNumbers(): Int32Array {
    return this.clientOf;
  }

  clientNumber(id: string): number | undefined {
    return this.clientById.get(id);
  }

  /** All clients that differ for Linkerd, by number. */
  allClients(): EndpointFacts[] {
    return [...this.clients.values()].map(({ facts }) => facts);
  }

  /** Equal decisions have one number, above {@link NOBODY}. */
  number(decision: LinkerdDecision): number {
    return getOrMake(this.numberOf, JSON.stringify(decision), () => this.numbered.push(decision) + NOBODY);
  }

  /** The decision with a number; undefined for {@link NOBODY}. */
  decision(number: number): LinkerdDecision | undefined {
    return number === NOBODY ? undefined : present(this.numbered[number - NOBODY - 1], `Linkerd's decision ${number}`);
  }

  /** The highest number. */
  get lastNumber(): number {
    return this.numbered.length + NOBODY;
  }

  client(endpoint: EndpointFacts, wire: Pick<Wire, "port" | "mtls">): Client {
    const blocks = placesOf(endpoint);
    if (!wire.mtls) return { blocks, tls: "none", via: "direct" };
    const { serviceAccount, namespace } = endpoint;
    const via = wire.port === INBOUND_PORT ? "4143" : "direct";
    if (serviceAccount === undefined || namespace === undefined) return { blocks, tls: "mesh", via };
    return { blocks, tls: "mesh", identity: accountIdentity(serviceAccount, namespace, this.settings), via };
  }
}

/** One port of one endpoint, as its proxy guards it. */
export class Gate {
  private readonly byWire = new Map<string, Int32Array>();
  private readonly one = new Map<string, number>();

  constructor(
    private readonly policies: readonly ServerPolicy[],
    private readonly model: AuthorizationModel,
  ) {}

  /** By number of the client, the number of the decision. */
  numbers(wire: Pick<Wire, "port" | "mtls">): Int32Array {
    return getOrMake(this.byWire, wayOf(wire), () => {
      const clients = this.model.allClients();
      const named = this.namedIdentities();
      // Who is named nowhere is as good as anybody else who is named nowhere.
      const unnamed = new Map<string, number>();
      return Int32Array.from(clients, (endpoint, number) => {
        const { identity } = this.model.client(endpoint, wire);
        const isAlike = endpoint.ip === undefined && named !== undefined && !(identity && named.has(identity));
        if (!isAlike) return this.numberFor(number, endpoint, wire);
        const kind = `${isOfNode(endpoint)} ${identity === undefined}`;
        return getOrMake(unnamed, kind, () => this.numberFor(number, endpoint, wire));
      });
    });
  }

  numberFor(client: number, endpoint: EndpointFacts, wire: Pick<Wire, "port" | "mtls">): number {
    return getOrMake(this.one, `${client} ${wayOf(wire)}`, () =>
      this.model.number(decideAll(this.policies, this.model.client(endpoint, wire), isOfNode(endpoint))),
    );
  }

  /** The identities that the port's authorizations name; undefined where they also name patterns. */
  private namedIdentities(): ReadonlySet<string> | undefined {
    const named = new Set<string>();
    for (const { authorizations, routes } of this.policies) {
      for (const { authentication } of [...authorizations, ...routes.flatMap((route) => route.authorizations)]) {
        if (authentication.kind !== "identity") continue;
        if (authentication.suffixes.some((suffix) => suffix !== "")) return undefined;
        for (const identity of authentication.identities) named.add(identity);
      }
    }
    return named;
  }
}

const wayOf = ({ port, mtls }: Pick<Wire, "port" | "mtls">) =>
  `${mtls ? "mTLS" : "plain"} ${port === INBOUND_PORT ? "4143" : "direct"}`;

/** Where probes come from. */
const isOfNode = ({ reserved = [] }: EndpointFacts): boolean =>
  reserved.includes("host") || reserved.includes("remote-node");

function clientKey(endpoint: EndpointFacts): string {
  const { namespace, serviceAccount, ip, mesh } = endpoint;
  if (mesh?.injected === true && serviceAccount !== undefined) return `account ${namespace}/${serviceAccount}`;
  return `other ${ip ?? ""} ${isOfNode(endpoint)}`;
}

/** Pods have whatever address they get; so have the nodes. */
function placesOf({ ip }: EndpointFacts): readonly Prefix[] {
  const address = ip === undefined ? undefined : parseAddress(ip);
  return address === undefined ? ANYWHERE : [address];
}

function workloadOf({ namespace = "", labels = {}, inbound, ports = [] }: EndpointFacts) {
  const declared = ports.map(({ name, port, protocol }) => ({
    containerPort: port,
    ...(name !== undefined && { name }),
    ...(protocol !== undefined && { protocol }),
  }));
  return podWorkload({
    namespace,
    labels: new Map([[CONTROL_PLANE_LABEL, "linkerd"], ...Object.entries(labels)]),
    annotations: new Map(Object.entries(inbound?.annotations ?? {})),
    containers: withProxy(inbound?.containers ?? [{ ports: declared }]),
  });
}

/**
 * What injection adds, which manifests do not have yet: the proxy's ports by name, and the kubelet's probes of it, so that a Server on 4191 does not
 * seem to shut them out. Source: linkerd2 edge-26.8.3 `charts/partials/templates/_proxy.tpl`.
 */
const proxy: ContainerFacts = {
  ports: [
    { name: "linkerd-proxy", containerPort: INBOUND_PORT },
    { name: "linkerd-admin", containerPort: meshPorts.admin },
  ],
  livenessProbe: { httpGet: { path: "/live", port: meshPorts.admin } },
  readinessProbe: { httpGet: { path: "/ready", port: meshPorts.admin } },
};

function withProxy(containers: readonly ContainerFacts[]): readonly ContainerFacts[] {
  const isThere = containers.some(({ ports }) => ports?.some(({ containerPort }) => containerPort === meshPorts.admin));
  return isThere ? containers : [...containers, proxy];
}

function settingsOf({
  defaultPolicy = "",
  clusterNetworks,
  probeNetworks,
  identityTrustDomain,
  controlPlaneNamespace,
}: AuthorizationFacts): PolicySettings {
  return {
    controlPlaneNamespace: controlPlaneNamespace ?? CHART_SETTINGS.controlPlaneNamespace,
    trustDomain: identityTrustDomain ?? CHART_SETTINGS.trustDomain,
    clusterNetworks: clusterNetworks?.map(parseNetwork) ?? CHART_SETTINGS.clusterNetworks,
    probeNetworks: probeNetworks?.map(parseNetwork) ?? CHART_SETTINGS.probeNetworks,
    defaultPolicy: parseDefaultPolicy(defaultPolicy) ?? CHART_SETTINGS.defaultPolicy,
  };
}
