import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type LinkerdManifest, type MeshTlsAuthenticationSpec, meshTlsAuthentication } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/** Meshed clients, by identity: any of those listed. All values are plain, as in `NetworkPolicyArgs`. */
export interface MeshTlsAuthenticationArgs extends Omit<MeshTlsAuthenticationSpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * A MeshTLSAuthentication: meshed clients, by the service accounts that they run under.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` if the same stack installs it. `Fence` creates all of them from a list of edges.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix, and what the CRD or Linkerd's webhook would refuse.
 * @example
 * new MeshTlsAuthentication("clients", { namespace: "shop", identities: [Identity.account("web", "shop")] }, { provider });
 */
export class MeshTlsAuthentication extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The MeshTLSAuthentication itself. */
  public readonly authentication: k8s.apiextensions.CustomResource;
  /** The manifest as plain data. Reachability is computed from it. */
  public readonly manifests: LinkerdManifest[];

  constructor(name: string, args: MeshTlsAuthenticationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:MeshTlsAuthentication", name, args, opts);
    const { manifest, object } = createOnly(this, `${name}-authentication`, () =>
      meshTlsAuthentication({ ...args, name: args.name ?? name }),
    );
    this.manifests = [manifest];
    this.authentication = object;
    this.objectName = pulumi.output(manifest.metadata.name);
    this.namespace = pulumi.output(manifest.metadata.namespace);
    this.registerOutputs({ objectName: this.objectName, namespace: this.namespace });
  }
}
