import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type LinkerdManifest, type NetworkAuthenticationSpec, networkAuthentication } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/** Clients by their address, as the socket of the server's proxy sees it; no header counts. All values are plain, as in `NetworkPolicyArgs`. */
export interface NetworkAuthenticationArgs extends Omit<NetworkAuthenticationSpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * A NetworkAuthentication: clients by their address, meshed or not.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` if the same stack installs it. `Fence` creates all of them from a list of edges.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix, and what the CRD or Linkerd's webhook would refuse.
 * @example
 * new NetworkAuthentication("office", { namespace: "shop", networks: [{ cidr: "192.0.2.0/24" }] }, { provider });
 */
export class NetworkAuthentication extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The NetworkAuthentication itself. */
  public readonly authentication: k8s.apiextensions.CustomResource;
  /** The manifest as plain data. Reachability is computed from it. */
  public readonly manifests: LinkerdManifest[];

  constructor(name: string, args: NetworkAuthenticationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:NetworkAuthentication", name, args, opts);
    const { manifest, object } = createOnly(this, `${name}-authentication`, () =>
      networkAuthentication({ ...args, name: args.name ?? name }),
    );
    this.manifests = [manifest];
    this.authentication = object;
    this.objectName = pulumi.output(manifest.metadata.name);
    this.namespace = pulumi.output(manifest.metadata.namespace);
    this.registerOutputs({ objectName: this.objectName, namespace: this.namespace });
  }
}
