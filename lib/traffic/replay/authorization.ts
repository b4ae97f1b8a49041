import { webhookRefusal } from "../../linkerd/api/admission";
import { accountIdentity } from "../../linkerd/api/identity";
import type { RawObject } from "../../linkerd/api/object";
import { judged } from "../../linkerd/policy/decide";
import {
  ANYWHERE,
  CHART_SETTINGS,
  type Client,
  InboundPolicy,
  type PolicyWorkload,
  type PortOwner,
  placeOf,
  type Request,
  type ServerPolicy,
} from "../../linkerd/policy/index";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT } from "../../linkerd/wire/wire";
import { someOf } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";

/** What of an edge the proxy sees. */
type Asked = Pick<TrafficEdge, "protocol" | "port" | "wire" | "account"> & { from: Party };

/** What the server's proxy says to an edge that Cilium lets through. */
export interface ProxyVerdict {
  state: "allowed" | "denied" | "unknown";
  by: string[];
}

/** Linkerd's half of the verdict about edges of traffic. */
export class Authorization {
  private readonly policy: InboundPolicy;
  /** What the admission webhook refuses, and so never takes effect. */
  readonly refused: readonly { object: string; reason: string }[];

  /** @param described How manifests describe the pods of an endpoint, by its id: annotations and probes decide, too. */
  constructor(
    objects: readonly RawObject[],
    private readonly described: ReadonlyMap<string, PolicyWorkload> = new Map(),
  ) {
    const checked = objects.map((object) => ({ object, reason: webhookRefusal(object) }));
    this.refused = checked.flatMap(({ object, reason }) =>
      reason === undefined ? [] : [{ object: nameOf(object), reason }],
    );
    this.policy = new InboundPolicy(
      checked.filter(({ reason }) => reason === undefined).map(({ object }) => object),
      CHART_SETTINGS,
    );
  }

  /** The Server that owns a port of an endpoint, if one does for certain. */
  serverOfPort(endpoint: EndpointFacts, port: number): string | undefined {
    const workload = this.described.get(endpoint.id) ?? workloadOf(endpoint);
    const [first, ...others] = this.policy.serversOfPort(workload, port);
    return others.length === 0 ? first?.name : undefined;
  }

  /** The Servers that select an endpoint. */
  serversOf(endpoint: EndpointFacts) {
    return this.policy.serversOf(this.described.get(endpoint.id) ?? workloadOf(endpoint));
  }

  /** Nothing where no proxy judges: the server has none, it is passed by, or the kubelet probes it. */
  judge(edge: Asked, from: EndpointFacts, to: EndpointFacts): ProxyVerdict | undefined {
    const { port, protocol } = edge;
    // The probes of the kubelet have authorizations of their own.
    if (protocol !== "TCP" || to.mesh?.injected !== true || from.reserved?.includes("host") === true) return undefined;
    if (port !== undefined && to.mesh.skipInboundPorts?.includes(port) === true) return undefined;
    const workload = this.described.get(to.id) ?? workloadOf(to);
    const client = clientOf(edge, from);
    if (port !== undefined) return this.onPort(workload, port, client);
    const servers = this.policy.serversOf(workload);
    if (servers.length === 0) return this.onPort(workload, INBOUND_PORT, client);
    const names = servers.map(({ namespace, name }) => `${namespace}/${name}`);
    return {
      state: "unknown",
      by: [`which port is meant: ${someOf(names, 3)} tell ports apart, and only ${INBOUND_PORT} was seen`],
    };
  }

  private onPort(workload: PolicyWorkload, port: number, client: Client): ProxyVerdict {
    const answers = this.policy
      .policiesOfPort(workload, port)
      .map((policy) => this.under(policy, workload, port, client));
    const states = new Set(answers.map(({ state }) => state));
    const by = [...new Set(answers.flatMap((answer) => answer.by))];
    const [only] = states;
    return { state: states.size === 1 && only !== undefined ? only : "unknown", by };
  }

  private under(policy: ServerPolicy, workload: PolicyWorkload, port: number, client: Client): ProxyVerdict {
    const owner = ownerWords(policy.owner);
    // What of an HTTP request decides besides who sends it, traffic does not tell.
    const routes = policy.routes.filter(({ ref }) => ref.kind !== "default");
    const admitted = (list: readonly { authorizations: ServerPolicy["authorizations"] }[]) =>
      list.flatMap(({ authorizations }) => judged(authorizations, client).map((refs) => refs !== undefined));
    if (routes.length > 0) {
      const each = new Set(admitted(policy.routes));
      const [only] = each;
      if (each.size === 1 && only === false) return { state: "denied", by: [`no authorization (${owner})`] };
      return {
        state: "unknown",
        by: [
          `what is requested: ${someOf(
            routes.map(({ ref }) => ref.name),
            3,
          )} (${owner})`,
        ],
      };
    }
    const decisions = this.policy.decide(workload, port, client, requestTo(policy));
    const verdicts = new Set(decisions.map(({ verdict }) => verdict));
    const refs = decisions.flatMap(({ authorizations }) => authorizations.map(({ name }) => name));
    if (verdicts.size !== 1)
      return { state: "unknown", by: [`the client's address, or the order of objects (${owner})`] };
    if (verdicts.has("allowed")) return { state: "allowed", by: [`${someOf([...new Set(refs)], 3)} (${owner})`] };
    return { state: "denied", by: [`no authorization (${owner})`] };
  }
}

function requestTo({ protocol }: ServerPolicy): Request {
  if (protocol === "opaque" || protocol === "tls") return { protocol: "tcp" };
  const kind = protocol === "grpc" ? "grpc" : protocol === "http2" ? "http2" : "http1";
  return { protocol: kind, method: "GET", path: "/" };
}

const ownerWords = (owner: PortOwner): string =>
  owner.kind === "server" ? `Server ${owner.name}` : `default policy ${owner.name}`;

function clientOf({ wire, account, from: party }: Asked, from: EndpointFacts): Client {
  const blocks = placesOf(party);
  if (from.mesh?.injected !== true) return { blocks, tls: "none", via: "direct" };
  const [namespace = from.namespace ?? "", name = from.serviceAccount ?? "default"] = account?.split("/") ?? [];
  const identity = accountIdentity(name, namespace, CHART_SETTINGS);
  return { blocks, tls: "mesh", identity, via: wire === INBOUND_PORT ? "4143" : "direct" };
}

function placesOf({ ip, lastIp = ip }: Party): Client["blocks"] {
  try {
    return lastIp === undefined ? ANYWHERE : placeOf(lastIp);
  } catch {
    return ANYWHERE;
  }
}

/** What traffic tells of a server that no manifest describes. */
function workloadOf({ namespace = "", labels = {}, ports = [], mesh }: EndpointFacts): PolicyWorkload {
  const namedPorts = new Map<string, Set<number>>();
  for (const { name, port, protocol = "TCP" } of ports) {
    if (name !== undefined && protocol === "TCP") namedPorts.set(name, (namedPorts.get(name) ?? new Set()).add(port));
  }
  const opaque = mesh?.opaquePorts ?? DEFAULT_OPAQUE_PORTS;
  return {
    kind: "pod",
    namespace,
    labels: new Map(Object.entries(labels)),
    meshed: true,
    namedPorts,
    probes: new Map(),
    isOpaque: (port) => opaque.includes(port),
    requiresIdentity: () => false,
  };
}

function nameOf({ kind, metadata }: RawObject): string {
  const { namespace = "default", name = "" } = (metadata ?? {}) as { namespace?: string; name?: string };
  return `${String(kind)} ${namespace}/${name}`;
}
