import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type HttpRouteSpec, type LinkerdManifest, linkerdHttpRoute } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/**
 * HTTP requests to a Server that have their own authorizations. As soon as a route is attached, a request that no route matches gets 404, and so do
 * probes. All values are plain, as in `NetworkPolicyArgs`.
 */
export interface LinkerdHttpRouteArgs extends Omit<HttpRouteSpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * An HTTPRoute of policy.linkerd.io on a Server: requests that have their own authorizations, beside those of the Server. As soon as a route is
 * attached, a request that no route matches gets 404, and so do the kubelet's probes.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` if the same stack installs it. `Fence` creates all of them from a list of edges.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix, and what the CRD or Linkerd's webhook would refuse.
 * @example
 * new LinkerdHttpRoute(
 *   "read",
 *   { namespace: "shop", server: "web-http", requests: [{ methods: ["GET"], pathPrefix: "/api" }] },
 *   { provider },
 * );
 */
export class LinkerdHttpRoute extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The HTTPRoute itself. */
  public readonly route: k8s.apiextensions.CustomResource;
  /** The manifest as plain data. Reachability is computed from it. */
  public readonly manifests: LinkerdManifest[];

  constructor(name: string, args: LinkerdHttpRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:LinkerdHttpRoute", name, args, opts);
    const { manifest, object } = createOnly(this, `${name}-route`, () =>
      linkerdHttpRoute({ ...args, name: args.name ?? name }),
    );
    this.manifests = [manifest];
    this.route = object;
    this.objectName = pulumi.output(manifest.metadata.name);
    this.namespace = pulumi.output(manifest.metadata.namespace);
    this.registerOutputs({ objectName: this.objectName, namespace: this.namespace });
  }
}
