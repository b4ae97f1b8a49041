import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../../cilium/model";
import { type FenceArgs, fenceManifests, fenceSpecs, policyId } from "../../fence/fence";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { declare, declared } from "./cilium-policy";
import { warnOfTraps } from "./lint-warnings";
import { NetworkPolicy } from "./network-policy";

/**
 * The policies behind "these workloads may call those, and nothing else": for each caller one of egress, for each callee one of
 * ingress, with what the mesh itself needs (DNS, identity, destination and policy of the control plane; tap and metrics of viz)
 * and with the port that Linkerd really puts on the wire.
 *
 * Ready when Cilium has accepted every policy: let the workloads depend on it, and they never run unfenced.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix.
 * @example
 * const client = { name: "client", namespace: "shop", endpoints: Endpoints.labels({ app: "client" }) };
 * const server = { name: "server", namespace: "shop", endpoints: Endpoints.labels({ app: "server" }) };
 * new Fence("shop", { edges: [{ from: client, to: server, ports: [Port.tcp(9898)] }] }, { provider, dependsOn: cilium });
 */
export class Fence extends pulumi.ComponentResource {
  /** Names of the policies, each as `namespace/name`. */
  public readonly policyNames: pulumi.Output<string[]>;

  constructor(name: string, args: FenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:Fence", name, args, opts);
    requireKubernetesProvider(this);
    const manifests = declare(this, () => fenceManifests(args));
    warnOfTraps(this, opts?.parent, manifests);
    for (const spec of fenceSpecs(args)) {
      new NetworkPolicy(`${name}-${policyId(spec)}`, spec, { parent: this });
    }
    this.policyNames = pulumi.output(manifests.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    this.registerOutputs({ policyNames: this.policyNames });
  }

  /** The manifests as plain data: what reachability is computed from. */
  get manifests(): PolicyManifest[] {
    return declared(this);
  }
}
