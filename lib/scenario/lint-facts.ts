import type { LedTo } from "./endpoint";

/** What lint knows of a cluster beside the scenario. It decides nothing about flows. */
export interface LintFacts {
  /** The Services that the API server itself calls. Default: none. */
  webhooks?: readonly WebhookFacts[];
  /** Namespaces that may have pods which are not among the scenario's endpoints. Default: none. */
  unseenPods?: "anywhere" | readonly string[];
  /** Blocks and addresses that pods are known to have. Default: none is known. */
  podNetworks?: readonly string[];
  /** The workloads that manifests describe. Default: none is known. */
  workloads?: readonly WorkloadFacts[];
  /** Where clients outside come by a Service through a node that puts its address in place of theirs. Default: nowhere. */
  replacedAddresses?: readonly ReplacedAddress[];
}

/** A port of a pod that does not see the address of clients outside, if they come through another node than the pod's own. */
export interface ReplacedAddress extends LedTo {
  /** What the pod's policy sees in their place: the node or, of unknown address, somebody outside. Absent: one of the two, it is not known which. */
  as?: "remote-node" | "world";
  /** Nor does it through its own node, since kube-proxy replaces the address there, too: as which the policy sees the world. Default: it does. */
  atOwnNode?: true;
}

/** A workload, as its manifest names it. */
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
  /** The name of the webhook, else of the object. */
  name: string;
  /** The Service's name. */
  service: string;
  /** The Service's namespace. */
  namespace: string;
  /** The Service's port. */
  port: number;
  /** Of an admission webhook: what becomes of a request when it does not answer. */
  failurePolicy?: "Fail" | "Ignore";
  /** Of an admission webhook: the resources that it reviews. */
  resources?: string[];
}
