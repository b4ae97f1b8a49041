import { splitSource } from "../../cilium/api/labels";
import { peerLists } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { possibleRules, ruleItems } from "../../cilium/api/rule-items";
import type { LabelSelector } from "../../kubernetes/label-selector";

/** The entity of the API server, and the key of its reserved label. */
const API_SERVER = "kube-apiserver";
/** The prefix of the labels that Kubernetes puts on control-plane nodes. */
const NODE_ROLE = "node-role.kubernetes.io/";

/**
 * Whether the ingress of a policy can treat control-plane nodes differently from other nodes: a peer names the API server, by its entity or its
 * reserved label, or selects nodes by role. Rules that are not fully known count, too.
 *
 * @example
 * tellsControlPlaneApart({ ...policy, spec: { endpointSelector: {}, ingress: [{ fromEntities: ["kube-apiserver"] }] } }); // true
 */
export function tellsControlPlaneApart(policy: EvaluatedPolicy): boolean {
  return possibleRules(policy)
    .flatMap(ruleItems)
    .filter(({ direction }) => direction === "ingress")
    .some(({ item, direction }) => {
      const { entities = [], endpoints = [], nodes = [] } = peerLists(item, direction);
      return entities.includes(API_SERVER) || [...endpoints, ...nodes].some(namesControlPlane);
    });
}

function namesControlPlane(selector: LabelSelector | null): boolean {
  const { matchLabels, matchExpressions } = selector ?? {};
  const keys = [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }) => key)];
  return keys.map((key) => splitSource(key).key).some((key) => key === API_SERVER || key.startsWith(NODE_ROLE));
}
