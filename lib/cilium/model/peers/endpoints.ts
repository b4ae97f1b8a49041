import type { EndpointSelector, NamespaceSelector } from "../../api/endpoint-selector";
import { checkNamespaceSelector, checkSelector } from "../check/selectors";
import type { Problems } from "../problems";
import { renderSelector } from "../render-selector";
import type { PeerKind } from "./kind";

/** Pods, by their labels. */
export interface EndpointsPeer {
  /** Tells the kinds of peers apart. */
  kind: "endpoints";
  /** Which pods. */
  endpoints: EndpointSelector;
  /** The pods' namespaces. Default: the policy's own; in a clusterwide policy any. */
  namespace?: NamespaceSelector;
}

export const endpointsKind: PeerKind<EndpointsPeer> = {
  member: "endpoints",
  check: checkEndpoints,
  lists: ({ endpoints, namespace }, own) => {
    // The namespace is explicit, because `{}` means the policy's own namespace to Cilium, and everyone to readers.
    const implied = endpoints.all && own !== undefined ? { name: own } : undefined;
    return { endpoints: [renderSelector(endpoints, namespace ?? implied)] };
  },
};

function checkEndpoints(peer: EndpointsPeer, own: string | undefined, problems: Problems): void {
  checkSelector(peer.endpoints, problems.at("endpoints"), {
    refusal: {
      message: "the labels of a peer's pods do not say their namespace",
      fix:
        'give the namespace with the peer: Peer.namespace("name", labels), Peer.namespaces(namespaceLabels, labels) or ' +
        "Peer.allNamespaces(labels)",
    },
  });
  if (peer.namespace) checkNamespaceSelector(peer.namespace, problems.at("namespace"));
  else if (own === undefined && peer.endpoints.all)
    problems.add(
      "missing",
      "a clusterwide policy has no namespace of its own",
      "use Peer.allNamespaces() or Peer.namespace(name)",
    );
}
