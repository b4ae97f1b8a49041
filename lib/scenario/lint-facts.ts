import type { ForwardedPort } from "./endpoint";

/** Facts about a cluster that only lint uses. They decide no flow. */
export interface LintFacts {
  /** The Services that the API server itself calls. Default: none. */
  webhooks?: readonly WebhookFacts[];
  /** Namespaces that may have pods which the scenario's endpoints lack. Default: none. */
  unseenPods?: "anywhere" | readonly string[];
  /** Address blocks and addresses that pods are known to have. Default: none is known. */
  podNetworks?: readonly string[];
  /** The workloads that manifests describe. Default: none is known. */
  workloads?: readonly WorkloadFacts[];
  /** The ports that outside clients reach by a Service through a node which replaces their address with its own. Default: none. */
  replacedAddresses?: readonly ReplacedAddress[];
}

/** A pod's port that does not see the address of outside clients that come through another node. */
export interface ReplacedAddress extends ForwardedPort {
  /** The identity that the pod's policy sees instead: the node, or the world at an unknown address. Absent: one of the two, unknown which. */
  as?: "remote-node" | "world";
  /** Whether the pod does not see the address through its own node either, because kube-proxy replaces it there too; the policy then sees the world. */
  atOwnNode?: true;
}

/** A workload as its manifest names it. */
export interface WorkloadFacts {
  /** The `id` of its endpoint in the scenario. */
  id: string;
  /** `Deployment` and so on. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its namespace. */
  namespace: string;
}

/** A Service that the API server calls. */
export interface WebhookFacts {
  /** The kind of the object that names the Service. */
  kind: "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" | "APIService" | "CustomResourceDefinition";
  /** The name of the webhook or, without one, of the object. */
  name: string;
  /** The Service's name. */
  service: string;
  /** The Service's namespace. */
  namespace: string;
  /** The Service's port. */
  port: number;
  /** For an admission webhook: what happens to a request when the webhook does not answer. */
  failurePolicy?: "Fail" | "Ignore";
  /** For an admission webhook: the resources that it reviews. */
  resources?: string[];
}
