import { isNode, isOfOwnCluster } from "../cilium/policy/identity";
import { holdsFor, missingOf } from "../cilium/policy/node-selector";
import type { EndpointFacts, Flow, FrontendFacts, Scenario } from "../scenario/scenario";

/** Whether what somebody sends to an address of a Service is led to a pod before its policy is asked; else what would have to be known. */
export type Leads = boolean | { missing: string };

/** Addresses and ports of Services that Cilium leads to pods before it asks the client's policy. */
export class Frontends {
  private readonly byPlace = new Map<string, FrontendFacts>();
  private readonly leads = new Map<string, Leads>();

  constructor(scenario: Pick<Scenario, "frontends" | "endpoints" | "cluster" | "nodeSettings">) {
    const { frontends = [], endpoints } = scenario;
    for (const front of frontends)
      for (const id of front.at) this.byPlace.set(keyOf({ to: id, proto: front.proto, port: front.port }), front);
    if (frontends.length === 0) return;
    for (const endpoint of endpoints) {
      if (endpoint.led !== undefined) continue;
      // Only in the cluster are addresses translated where the connection begins.
      const isInside = isNode(endpoint) || (endpoint.namespace !== undefined && isOfOwnCluster(endpoint, scenario));
      if (isInside) this.leads.set(endpoint.id, leadsOn(endpoint, scenario));
    }
  }

  /** What stands at an address and port; undefined where it is what it seems. */
  at(place: Pick<Flow, "to" | "proto" | "port">): FrontendFacts | undefined {
    return this.byPlace.size === 0 ? undefined : this.byPlace.get(keyOf(place));
  }

  /** The same for one who connects, where that one is led there, or may be. */
  of(flow: Pick<Flow, "from" | "to" | "proto" | "port">): FrontendFacts | undefined {
    return this.leadsFrom(flow.from) === false ? undefined : this.at(flow);
  }

  /** Whether Cilium stands in for kube-proxy where somebody is. */
  leadsFrom(id: string): Leads {
    return this.leads.get(id) ?? false;
  }
}

/** A node may have its agent set otherwise than the cluster. */
function leadsOn(
  endpoint: EndpointFacts,
  { cluster, nodeSettings = [] }: Pick<Scenario, "cluster" | "nodeSettings">,
): Leads {
  let ways = [cluster?.kubeProxyReplacement === true];
  const settings = nodeSettings.filter((own) => own.cluster.kubeProxyReplacement !== undefined);
  const answers = settings.map((own) => holdsFor(own, endpoint));
  for (const [index, own] of settings.entries()) {
    const set = own.cluster.kubeProxyReplacement === true;
    if (answers[index] !== false) ways = answers[index] === true ? [set] : [...ways, set];
  }
  const [first = false, ...others] = ways;
  if (others.every((one) => one === first)) return first;
  return { missing: missingOf(settings.filter((_, index) => answers[index] === undefined)) };
}

const keyOf = ({ to, proto, port }: Pick<Flow, "to" | "proto" | "port">) => `${proto.toUpperCase()} ${port} ${to}`;
