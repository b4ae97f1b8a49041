import { isNode, isOfOwnCluster } from "../cilium/policy/identity";
import type { EndpointFacts, Flow, FrontendFacts, Scenario } from "../scenario/scenario";

/** Addresses and ports of Services that Cilium leads to pods before it asks the client's policy. */
export class Frontends {
  private readonly byPlace = new Map<string, FrontendFacts>();
  private readonly insiders: ReadonlySet<string>;

  constructor(scenario: Pick<Scenario, "frontends" | "endpoints" | "cluster">) {
    const { frontends = [], endpoints } = scenario;
    for (const front of frontends)
      for (const id of front.at) this.byPlace.set(keyOf({ to: id, proto: front.proto, port: front.port }), front);
    const isInside = (endpoint: EndpointFacts) =>
      isNode(endpoint) || (endpoint.namespace !== undefined && isOfOwnCluster(endpoint, scenario));
    this.insiders = new Set(frontends.length === 0 ? [] : endpoints.filter(isInside).map(({ id }) => id));
  }

  /** What stands at an address and port; undefined where it is what it seems. */
  at(place: Pick<Flow, "to" | "proto" | "port">): FrontendFacts | undefined {
    return this.byPlace.size === 0 ? undefined : this.byPlace.get(keyOf(place));
  }

  /** The same for one who connects. Only in the cluster are addresses translated where the connection begins. */
  of(flow: Pick<Flow, "from" | "to" | "proto" | "port">): FrontendFacts | undefined {
    return this.isInside(flow.from) ? this.at(flow) : undefined;
  }

  isInside(id: string): boolean {
    return this.insiders.has(id);
  }
}

const keyOf = ({ to, proto, port }: Pick<Flow, "to" | "proto" | "port">) => `${proto.toUpperCase()} ${port} ${to}`;
