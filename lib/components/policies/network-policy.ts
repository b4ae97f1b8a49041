import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type NetworkPolicySpec, networkPolicy, type PolicyManifest } from "../../cilium/model";
import { buildOrFail } from "../shared/build-or-fail";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { createPolicy } from "./cilium-policy";
import { warnOfTraps } from "./lint-warnings";

/**
 * The content of a CiliumNetworkPolicy. All values are plain, not `Input`, because a preview has to know who may talk to whom before there is a
 * cluster.
 */
export interface NetworkPolicyArgs extends Omit<NetworkPolicySpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * A CiliumNetworkPolicy: which pods of one namespace may talk to whom. Ready when Cilium has accepted it, so that what depends
 * on it starts behind it.
 *
 * Cilium's CRDs come from its operator and not from its chart: pass `dependsOn: cilium` if the same stack installs Cilium.
 *
 * An update counts as done when the new policy is written: Cilium's condition does not say which generation it is about.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the policy, its path and the fix. L7 rules are among
 *   them: between meshed pods Cilium sees only mTLS.
 * @example
 * new NetworkPolicy("podinfo", {
 *   namespace: "shop",
 *   endpointSelector: Endpoints.labels({ app: "podinfo" }),
 *   ingress: [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(9898)] }],
 * }, { provider });
 */
export class NetworkPolicy extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly policyName: pulumi.Output<string>;
  /** Namespace of the pods that the policy applies to. */
  public readonly namespace: pulumi.Output<string>;
  /** The object itself. */
  public readonly policy: k8s.apiextensions.CustomResource;
  /** The manifest as plain data, without the annotation that Pulumi waits for. Reachability is computed from it. */
  public readonly manifests: PolicyManifest[];

  constructor(name: string, args: NetworkPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:NetworkPolicy", name, args, opts);
    requireKubernetesProvider(this);
    const spec: NetworkPolicySpec = { ...args, name: args.name ?? name };
    const manifest = buildOrFail(this, () => networkPolicy(spec));
    this.manifests = [manifest];
    warnOfTraps(this, opts?.parent, this.manifests);
    this.policy = createPolicy(`${name}-policy`, manifest, this);
    this.policyName = pulumi.output(spec.name);
    this.namespace = pulumi.output(args.namespace);
    this.registerOutputs({ policyName: this.policyName, namespace: this.namespace });
  }
}
