import { ProblemError } from "../../common/problem";
import type { PolicyManifest } from "../api/policy";
import { checkClusterwideSpec, checkNamespacedSpec } from "./check";
import { Problems } from "./problems";
import { renderRule } from "./render";
import type { ClusterwideNetworkPolicySpec, NetworkPolicySpec, PolicySpec } from "./spec";

/**
 * The CiliumNetworkPolicy that `spec` describes.
 *
 * @throws {ProblemError} with every problem of the specification, each with its path and the fix.
 * @example
 * networkPolicy({
 *   name: "podinfo",
 *   namespace: "demo",
 *   endpointSelector: Endpoints.labels({ app: "podinfo" }),
 *   ingress: [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(9898)] }],
 * });
 */
export function networkPolicy(spec: NetworkPolicySpec): PolicyManifest {
  const problems = new Problems();
  checkNamespacedSpec(spec, problems);
  const kind = "CiliumNetworkPolicy";
  if (problems.all.length > 0) throw new ProblemError(`${kind} ${spec?.namespace}/${spec?.name}`, problems.all);
  const { endpointSelector, namespace } = spec;
  return {
    apiVersion: "cilium.io/v2",
    kind,
    metadata: metadata(spec, namespace),
    spec: renderRule(spec, { endpointSelector }, namespace),
  };
}

/**
 * The CiliumClusterwideNetworkPolicy that `spec` describes.
 *
 * @throws {ProblemError} with every problem of the specification, each with its path and the fix.
 *
 * @example
 * clusterwideNetworkPolicy({
 *   name: "from-the-cluster",
 *   endpointSelector: Endpoints.all(),
 *   ingress: [{ from: [Peer.entity(Entity.Cluster)] }],
 * });
 */
export function clusterwideNetworkPolicy(spec: ClusterwideNetworkPolicySpec): PolicyManifest {
  const problems = new Problems();
  checkClusterwideSpec(spec, problems);
  const kind = "CiliumClusterwideNetworkPolicy";
  if (problems.all.length > 0) throw new ProblemError(`${kind} ${spec?.name}`, problems.all);
  const { endpointSelector, nodeSelector } = spec;
  return {
    apiVersion: "cilium.io/v2",
    kind,
    metadata: metadata(spec),
    spec: renderRule(spec, { endpointSelector, nodeSelector }),
  };
}

function metadata({ name, labels, annotations }: PolicySpec, namespace?: string): PolicyManifest["metadata"] {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
}
