import * as pulumi from "@pulumi/pulumi";
import { imageLoader } from "./image-loader";

/** Arguments of {@link LoadedImage}. */
export interface LoadedImageArgs {
  /** The kind cluster. */
  clusterName: pulumi.Input<string>;
  /** An image of the local Docker engine, with its tag: `ghcr.io/stefanprodan/podinfo:6.14.1`. */
  image: pulumi.Input<string>;
}

/**
 * An image of the local Docker engine in all nodes of a kind cluster, for machines without a registry. It is loaded once, and again when the tag
 * points to another image or `pulumi refresh` finds a node without it. An image that is removed from the program stays in the nodes.
 *
 * The program must run on Node.js. It fails before anything is changed if Docker has no such image.
 *
 * @example
 * import { KindCluster, LoadedImage } from "meshfence/kind";
 *
 * const cluster = new KindCluster("sandbox");
 * new LoadedImage("podinfo", { clusterName: cluster.clusterName, image: "ghcr.io/stefanprodan/podinfo:6.14.1" }, { dependsOn: cluster.cluster });
 */
export class LoadedImage extends pulumi.dynamic.Resource {
  /** The kind cluster. */
  declare public readonly clusterName: pulumi.Output<string>;
  /** The image, as given. */
  declare public readonly image: pulumi.Output<string>;
  /** The image that Docker's tag points to. */
  declare public readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: LoadedImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(imageLoader, name, { ...args, imageId: undefined }, opts, "meshfence", "LoadedImage");
  }
}
