import * as pulumi from "@pulumi/pulumi";
import { type ClusterwideNetworkPolicySpec, clusterwideNetworkPolicy, type PolicyManifest } from "../../cilium/model";
import { applyPolicy, declared } from "./cilium-policy";

/** What a CiliumClusterwideNetworkPolicy says. All of it is plain, as in `NetworkPolicyArgs`. */
export interface ClusterwideNetworkPolicyArgs extends ClusterwideNetworkPolicySpec {}

/**
 * A CiliumClusterwideNetworkPolicy: which pods of any namespace, or which nodes, may talk to whom. Ready when Cilium has accepted
 * it; everything else as in `NetworkPolicy`.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the policy, its path and the fix.
 */
export class ClusterwideNetworkPolicy extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly policyName: pulumi.Output<string>;

  constructor(name: string, args: ClusterwideNetworkPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:ClusterwideNetworkPolicy", name, args, opts);
    applyPolicy(this, name, opts?.parent, () => clusterwideNetworkPolicy(args));
    this.policyName = pulumi.output(args.name);
    this.registerOutputs({ policyName: this.policyName });
  }

  /** The one manifest as plain data, without the annotation that Pulumi waits by: what reachability is computed from. */
  get manifests(): PolicyManifest[] {
    return declared(this);
  }
}
