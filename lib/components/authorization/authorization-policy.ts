import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type AuthorizationPolicySpec, authorizationPolicy, type LinkerdManifest } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/** Who may come in at a target. There is no policy that denies: what none admits is shut. All of it is plain, as in `NetworkPolicyArgs`. */
export interface AuthorizationPolicyArgs extends Omit<AuthorizationPolicySpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * An AuthorizationPolicy: who may come in at a Server, at a route, or at all Servers of a namespace. List the authentications that it names in `dependsOn`:
 * Linkerd ignores a policy that names one which is not there.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` where the same stack installs it. `Fence` makes all of them from a list of
 * edges.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix, and what the CRD or Linkerd's webhook would refuse.
 * @example
 * const clients = new MeshTlsAuthentication(
 *   "clients",
 *   { namespace: "shop", identities: [Identity.account("web", "shop")] },
 *   { provider },
 * );
 * new AuthorizationPolicy(
 *   "clients",
 *   { namespace: "shop", target: Target.server("web-http"), required: { meshTls: "clients" } },
 *   { provider, dependsOn: clients },
 * );
 */
export class AuthorizationPolicy extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The AuthorizationPolicy itself. */
  public readonly policy: k8s.apiextensions.CustomResource;
  /** The one manifest as plain data: what reachability is computed from. */
  public readonly manifests: LinkerdManifest[];

  constructor(name: string, args: AuthorizationPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:AuthorizationPolicy", name, args, opts);
    const { manifest, object } = createOnly(this, `${name}-authorization`, () =>
      authorizationPolicy({ ...args, name: args.name ?? name }),
    );
    this.manifests = [manifest];
    this.policy = object;
    this.objectName = pulumi.output(manifest.metadata.name);
    this.namespace = pulumi.output(manifest.metadata.namespace);
    this.registerOutputs({ objectName: this.objectName, namespace: this.namespace });
  }
}
