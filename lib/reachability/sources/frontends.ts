import { isNode, isOfOwnCluster } from "../../cilium/policy/identity";
import { holdsFor, missingOf } from "../../cilium/policy/node-selector";
import type { EndpointFacts, Flow, FrontendFacts, Scenario } from "../../scenario/scenario";

/**
 * Whether Cilium translates the address of a Service to a pod's before it applies the client's policy; or the missing fact that would tell.
 */
export type Translation = boolean | { missing: string };

/** The addresses and ports of Services that Cilium, in place of kube-proxy, translates to pods before it applies the client's policy. */
export class Frontends {
  private readonly byAddress = new Map<string, FrontendFacts>();
  private readonly translations = new Map<string, Translation>();

  constructor(scenario: Pick<Scenario, "frontends" | "endpoints" | "cluster" | "nodeSettings">) {
    const { frontends = [], endpoints } = scenario;
    for (const front of frontends)
      for (const id of front.at) this.byAddress.set(keyOf({ to: id, proto: front.proto, port: front.port }), front);
    if (frontends.length === 0) return;
    for (const endpoint of endpoints) {
      if (endpoint.forwardedTo !== undefined) continue;
      // Addresses are translated on the client's node, so only for clients in the cluster.
      const isInside = isNode(endpoint) || (endpoint.namespace !== undefined && isOfOwnCluster(endpoint, scenario));
      if (isInside) this.translations.set(endpoint.id, translationOn(endpoint, scenario));
    }
  }

  /** The Service at an address and port; undefined if there is none. */
  at(address: Pick<Flow, "to" | "proto" | "port">): FrontendFacts | undefined {
    return this.byAddress.size === 0 ? undefined : this.byAddress.get(keyOf(address));
  }

  /** The Service at the address and port of a flow, if Cilium translates it for the client, or may do so. */
  of(flow: Pick<Flow, "from" | "to" | "proto" | "port">): FrontendFacts | undefined {
    return this.translationFor(flow.from) === false ? undefined : this.at(flow);
  }

  /** Whether Cilium translates addresses for a client: whether it replaces kube-proxy on the client's node. */
  translationFor(client: string): Translation {
    return this.translations.get(client) ?? false;
  }
}

/** The agent on a node may have other settings than the cluster. */
function translationOn(
  endpoint: EndpointFacts,
  { cluster, nodeSettings = [] }: Pick<Scenario, "cluster" | "nodeSettings">,
): Translation {
  let possible = [cluster?.kubeProxyReplacement === true];
  const settings = nodeSettings.filter((own) => own.cluster.kubeProxyReplacement !== undefined);
  const apply = settings.map((own) => holdsFor(own, endpoint));
  for (const [index, own] of settings.entries()) {
    const set = own.cluster.kubeProxyReplacement === true;
    if (apply[index] !== false) possible = apply[index] === true ? [set] : [...possible, set];
  }
  const [first = false, ...others] = possible;
  if (others.every((one) => one === first)) return first;
  return { missing: missingOf(settings.filter((_, index) => apply[index] === undefined)) };
}

const keyOf = ({ to, proto, port }: Pick<Flow, "to" | "proto" | "port">) => `${proto.toUpperCase()} ${port} ${to}`;
