import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type LinkerdManifest, linkerdServer, type ServerSpec } from "../../linkerd/model";
import { createOnly } from "./linkerd-object";

/** One port of some pods, which then only admits clients that authorizations name. All values are plain, as in `NetworkPolicyArgs`. */
export interface LinkerdServerArgs extends Omit<ServerSpec, "name"> {
  /**
   * Name of the object in the cluster.
   * @default the component's name
   */
  name?: string;
}

/**
 * A Server: one port of some pods. Once it exists, the port only admits clients that an AuthorizationPolicy names, the kubelet's HTTP probes while no
 * route is attached, and the pod itself.
 *
 * Linkerd's kinds come with its charts: pass `dependsOn: linkerd` if the same stack installs it. `Fence` creates all of them from a list of edges.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix, and what the CRD or Linkerd's webhook would refuse.
 * @example
 * new LinkerdServer("web-http", { namespace: "shop", pods: { matchLabels: { app: "web" } }, port: 8080 }, { provider });
 */
export class LinkerdServer extends pulumi.ComponentResource {
  /** Name of the object in the cluster. */
  public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The Server itself. */
  public readonly server: k8s.apiextensions.CustomResource;
  /** The manifest as plain data. Reachability is computed from it. */
  public readonly manifests: LinkerdManifest[];

  constructor(name: string, args: LinkerdServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:LinkerdServer", name, args, opts);
    const { manifest, object } = createOnly(this, `${name}-server`, () =>
      linkerdServer({ ...args, name: args.name ?? name }),
    );
    this.manifests = [manifest];
    this.server = object;
    this.objectName = pulumi.output(manifest.metadata.name);
    this.namespace = pulumi.output(manifest.metadata.namespace);
    this.registerOutputs({ objectName: this.objectName, namespace: this.namespace });
  }
}
