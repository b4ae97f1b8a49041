import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type GrpcRouteSpec, type LinkerdManifest, linkerdGrpcRoute } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/** gRPC calls to a Server that are authorized on their own. The Server's protocol has to be `gRPC`: on any other they have no effect. All of it is plain, as in `NetworkPolicyArgs`. */
export interface LinkerdGrpcRouteArgs extends Omit<GrpcRouteSpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * A GRPCRoute of gateway.networking.k8s.io on a Server whose protocol is `gRPC`: calls that have authorizations of their own. Linkerd knows the kind only
 * where its type was there when the policy controller started, as `Linkerd` sees to.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` where the same stack installs it. `Fence` makes all of them from a list of
 * edges.
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
  /** The one manifest as plain data: what reachability is computed from. */
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
