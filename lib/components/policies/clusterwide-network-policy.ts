import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type ClusterwideNetworkPolicySpec,
  type ClusterwideSubject,
  clusterwideNetworkPolicy,
  type PolicyManifest,
  type PolicySpec,
} from "../../cilium/model";
import { buildOrFail } from "../shared/build-or-fail";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { createPolicy } from "./cilium-policy";
import { warnOfTraps } from "./lint-warnings";

/** The content of a CiliumClusterwideNetworkPolicy. All values are plain, as in `NetworkPolicyArgs`. */
export type ClusterwideNetworkPolicyArgs = ClusterwideSubject &
  Omit<PolicySpec, "name"> & {
    /**
     * Name of the object in the cluster.
     * @default the component's name
     */
    name?: string;
  };

/**
 * A CiliumClusterwideNetworkPolicy: which pods of any namespace, or which nodes, may talk to whom. Ready when Cilium has accepted
 * it; everything else as in `NetworkPolicy`.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the policy, its path and the fix.
 * @example
 * new ClusterwideNetworkPolicy("from-the-cluster", {
 *   endpointSelector: Endpoints.all(),
 *   ingress: [{ from: [Peer.entity(Entity.Cluster)] }],
 * }, { provider });
 */
export class ClusterwideNetworkPolicy extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly policyName: pulumi.Output<string>;
  /** The object itself. */
  public readonly policy: k8s.apiextensions.CustomResource;
  /** The manifest as plain data, without the annotation that Pulumi waits for. Reachability is computed from it. */
  public readonly manifests: PolicyManifest[];

  constructor(name: string, args: ClusterwideNetworkPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:ClusterwideNetworkPolicy", name, args, opts);
    requireKubernetesProvider(this);
    const spec: ClusterwideNetworkPolicySpec = { ...args, name: args.name ?? name };
    const manifest = buildOrFail(this, () => clusterwideNetworkPolicy(spec));
    this.manifests = [manifest];
    warnOfTraps(this, opts?.parent, this.manifests);
    this.policy = createPolicy(`${name}-policy`, manifest, this);
    this.policyName = pulumi.output(spec.name);
    this.registerOutputs({ policyName: this.policyName });
  }
}
