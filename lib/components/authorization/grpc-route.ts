import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type GrpcRouteSpec, type LinkerdManifest, linkerdGrpcRoute } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/**
 * gRPC calls to a Server that have their own authorizations. The Server's protocol has to be `gRPC`: on any other the route has no effect. All values
 * are plain, as in `NetworkPolicyArgs`.
 */
export interface LinkerdGrpcRouteArgs extends Omit<GrpcRouteSpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * A GRPCRoute of gateway.networking.k8s.io on a Server whose protocol is `gRPC`: calls that have their own authorizations. Linkerd only knows the
 * kind if its CRD existed when the policy controller started, which `Linkerd` ensures.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` if the same stack installs it. `Fence` creates all of them from a list of edges.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix, and what the CRD or Linkerd's webhook would refuse.
 * @example
 * new LinkerdGrpcRoute(
 *   "health",
 *   { namespace: "shop", server: "web-grpc", calls: [{ service: "grpc.health.v1.Health" }] },
 *   { provider },
 * );
 */
export class LinkerdGrpcRoute extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The GRPCRoute itself. */
  public readonly route: k8s.apiextensions.CustomResource;
  /** The manifest as plain data. Reachability is computed from it. */
  public readonly manifests: LinkerdManifest[];

  constructor(name: string, args: LinkerdGrpcRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:LinkerdGrpcRoute", name, args, opts);
    const { manifest, object } = createOnly(this, `${name}-route`, () =>
      linkerdGrpcRoute({ ...args, name: args.name ?? name }),
    );
    this.manifests = [manifest];
    this.route = object;
    this.objectName = pulumi.output(manifest.metadata.name);
    this.namespace = pulumi.output(manifest.metadata.namespace);
    this.registerOutputs({ objectName: this.objectName, namespace: this.namespace });
  }
}
