import { getOrMake } from "../../common/maps";
import { accountIdentity } from "../../linkerd/api/identity";
import type { Server } from "../../linkerd/api/server";
import { judged } from "../../linkerd/policy/decide";
import {
  ANYWHERE,
  type Client,
  InboundPolicy,
  type PolicySettings,
  type PolicyWorkload,
  placeOf,
  type Request,
  type ServerPolicy,
} from "../../linkerd/policy/index";
import { ownerWords } from "../../linkerd/policy/words";
import { INBOUND_PORT, judgedByProxy } from "../../linkerd/wire/wire";
import { policySettingsOf, policyWorkloadOf } from "../../reachability/linkerd/authorization";
import { someOf } from "../../reachability/words";
import type { AuthorizationFacts, EndpointFacts } from "../../scenario/scenario";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";

/** What the server's proxy knows of an edge. */
type EdgeAtProxy = Pick<TrafficEdge, "protocol" | "port" | "wire" | "account"> & { from: Party };

/** The decision of the server's proxy about an edge that Cilium lets through. */
export interface ProxyVerdict {
  state: "allowed" | "denied" | "unknown";
  by: string[];
}

/** Decides edges of traffic as the server's proxy would, by Linkerd's authorization. */
export class ProxyAuthorization {
  private readonly policy: InboundPolicy;
  private readonly settings: PolicySettings;
  private readonly workloads = new Map<EndpointFacts, PolicyWorkload>();

  constructor(facts: AuthorizationFacts) {
    this.settings = policySettingsOf(facts);
    this.policy = new InboundPolicy(facts.objects, this.settings);
  }

  /** The Server that owns a port of an endpoint; undefined if there is none, or if it is not certain which one. */
  serverOfPort(endpoint: EndpointFacts, port: number): string | undefined {
    const [first, ...others] = this.policy.serversOfPort(this.workloadOf(endpoint), port);
    return others.length === 0 ? first?.name : undefined;
  }

  /** The Servers that select an endpoint. */
  serversOf(endpoint: EndpointFacts): readonly Server[] {
    return this.policy.serversOf(this.workloadOf(endpoint));
  }

  /** Whether the ports of an endpoint that no Server selects let everybody in and are only audited. */
  isAuditedByDefault(endpoint: EndpointFacts): boolean {
    return (this.workloadOf(endpoint).defaultPolicy ?? this.settings.defaultPolicy) === "audit";
  }

  /** Undefined where no proxy decides: the server has none, the port bypasses it, or the kubelet probes it. */
  judge(edge: EdgeAtProxy, from: EndpointFacts, to: EndpointFacts): ProxyVerdict | undefined {
    const { port, protocol } = edge;
    // Linkerd authorizes the kubelet's probes by itself.
    if (protocol !== "TCP" || to.mesh?.injected !== true || from.reserved?.includes("host") === true) return undefined;
    if (port !== undefined && !judgedByProxy(to.mesh, port)) return undefined;
    const workload = this.workloadOf(to);
    const client = clientOf(edge, from, this.settings);
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
      .map((policy) => this.underPolicy(policy, workload, port, client));
    const states = new Set(answers.map(({ state }) => state));
    const by = [...new Set(answers.flatMap((answer) => answer.by))];
    const [only] = states;
    return { state: states.size === 1 && only !== undefined ? only : "unknown", by };
  }

  private underPolicy(policy: ServerPolicy, workload: PolicyWorkload, port: number, client: Client): ProxyVerdict {
    const owner = ownerWords(policy.owner);
    // Routes also match the path and the method, which traffic does not record.
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

  private workloadOf(endpoint: EndpointFacts): PolicyWorkload {
    return getOrMake(this.workloads, endpoint, () => policyWorkloadOf(endpoint));
  }
}

function requestTo({ protocol }: ServerPolicy): Request {
  if (protocol === "opaque" || protocol === "tls") return { protocol: "tcp" };
  const kind = protocol === "grpc" ? "grpc" : protocol === "http2" ? "http2" : "http1";
  return { protocol: kind, method: "GET", path: "/" };
}

function clientOf({ wire, account, from: party }: EdgeAtProxy, from: EndpointFacts, settings: PolicySettings): Client {
  const blocks = placesOf(party);
  if (from.mesh?.injected !== true) return { blocks, tls: "none", via: "direct" };
  const [namespace = from.namespace ?? "", name = from.serviceAccount ?? "default"] = account?.split("/") ?? [];
  const identity = accountIdentity(name, namespace, settings);
  return { blocks, tls: "mesh", identity, via: wire === INBOUND_PORT ? "4143" : "direct" };
}

function placesOf({ ip, lastIp = ip }: Party): Client["blocks"] {
  try {
    return lastIp === undefined ? ANYWHERE : placeOf(lastIp);
  } catch {
    return ANYWHERE;
  }
}
