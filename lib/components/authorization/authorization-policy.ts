import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type AuthorizationPolicySpec, authorizationPolicy, type LinkerdManifest } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/** Who may connect to a target. No policy denies: what none admits is closed. All values are plain, as in `NetworkPolicyArgs`. */
export interface AuthorizationPolicyArgs extends Omit<AuthorizationPolicySpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * An AuthorizationPolicy: who may connect to a Server, a route, or all Servers of a namespace. List the authentications that it names in `dependsOn`:
 * Linkerd ignores a policy that names a missing one.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` if the same stack installs it. `Fence` creates all of them from a list of edges.
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
  /** The manifest as plain data. Reachability is computed from it. */
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
