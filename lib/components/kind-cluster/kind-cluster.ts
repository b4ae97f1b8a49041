import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import * as kind from "@pulumi/kind";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ApiServerAddress } from "../cilium/cilium";
import { refuse } from "../shared/refuse";
import type { KindClusterArgs } from "./args";
import { clusterDigest, internalApiServer, kindConfig } from "./cluster-config";
import { type ClusterName, clusterNameOf, excludesItself, suffixBytes } from "./cluster-name";
import { clusterPlan, nodeImageOf } from "./cluster-plan";
import { kindClusterProblems } from "./problems";

/**
 * A Kubernetes cluster in Docker containers, created by kind without a CNI: its nodes stay NotReady until Cilium is installed, and nothing here waits
 * for them.
 *
 * Every change of an argument replaces the cluster. The new one is created before the old one is deleted, unless the two cannot coexist: with
 * `clusterName`, `apiServerPort` or `portMappings`, the old one goes first. To remove a stack quickly, set `deletedWith: cluster.cluster` on the
 * resources inside it.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the arguments.
 * @example
 * import { KindCluster } from "meshfence/kind";
 *
 * const cluster = new KindCluster("sandbox", { workers: 2 });
 * export const { context } = cluster;
 */
export class KindCluster extends pulumi.ComponentResource {
  /** A provider for resources inside the cluster: pass it as `provider`. */
  public readonly provider: k8s.Provider;
  /** The cluster itself, for `deletedWith`. */
  public readonly cluster: kind.Cluster;
  /** Name of the cluster. */
  public readonly clusterName: pulumi.Output<string>;
  /** Name of its context in the kubeconfig file. */
  public readonly context: pulumi.Output<string>;
  /** Credentials of a cluster administrator, as YAML. A secret. */
  public readonly kubeconfig: pulumi.Output<string>;
  /** Where this machine reaches the API server. */
  public readonly endpoint: pulumi.Output<string>;
  /** Where nodes and pods reach the API server without a Service: what Cilium needs in place of kube-proxy. */
  public readonly internalApiServer: pulumi.Output<ApiServerAddress>;
  /** The number of nodes, control planes and workers. */
  public readonly nodes: pulumi.Output<number>;

  constructor(name: string, args: KindClusterArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:KindCluster", name, args, opts);
    refuse(this, kindClusterProblems(name, args));
    const nodeImage = nodeImageOf(args);
    const plan = clusterPlan(args);
    const digest = clusterDigest(nodeImage, plan);
    const named = clusterNameOf(name, args);
    this.clusterName = this.nameOf(name, named, digest);

    this.cluster = new kind.Cluster(
      `${name}-cluster`,
      {
        name: this.clusterName,
        nodeImage,
        kindConfig: kindConfig(plan),
        // Without a path, the provider writes the credentials into the working directory whenever it reads the cluster. The path
        // names the user's home folder; marked as secret, it stays out of previews that others read.
        kubeconfigPath: pulumi.secret(args.kubeconfigPath ?? defaultKubeconfigPath()),
        // No node becomes ready before Cilium runs: kind would wait for five minutes, warn and continue.
        waitForReady: false,
      },
      {
        parent: this,
        additionalSecretOutputs: ["kubeconfig", "clientCertificate", "clientKey"],
        // By default, the new cluster is created before the old one is deleted.
        deleteBeforeReplace: excludesItself(named, plan),
        // The path differs between users, and is no reason to replace a cluster.
        ignoreChanges: ["kubeconfigPath"],
      },
    );
    this.kubeconfig = pulumi.secret(this.cluster.kubeconfig);
    this.provider = new k8s.Provider(
      `${name}-provider`,
      {
        kubeconfig: this.kubeconfig,
        // This changes exactly when the cluster does, and is known before the cluster exists. Without it, an unknown kubeconfig
        // would make a preview replace everything in the cluster.
        clusterIdentifier: `kind-${"given" in named ? named.given : `${named.prefix}-*`}-${digest}`,
        // A renewed certificate changes its Secret in place; by default Pulumi would delete it first.
        enableSecretMutable: true,
      },
      { parent: this },
    );

    this.context = pulumi.interpolate`kind-${this.clusterName}`;
    this.endpoint = this.cluster.endpoint;
    this.internalApiServer = this.clusterName.apply((clusterName) => internalApiServer(clusterName, plan));
    this.nodes = pulumi.output(plan.controlPlanes + plan.workers);
    this.registerOutputs({
      clusterName: this.clusterName,
      context: this.context,
      kubeconfig: this.kubeconfig,
      endpoint: this.endpoint,
      internalApiServer: this.internalApiServer,
      nodes: this.nodes,
    });
  }

  /** A generated name is kept until the cluster is replaced, and then changes. */
  private nameOf(name: string, named: ClusterName, digest: string): pulumi.Output<string> {
    if ("given" in named) return pulumi.output(named.given);
    const made = new random.RandomId(
      `${name}-name`,
      { prefix: `${named.prefix}-`, byteLength: suffixBytes, keepers: { cluster: digest } },
      { parent: this },
    );
    return made.hex;
  }
}

function defaultKubeconfigPath(): string {
  const [first] = (process.env.KUBECONFIG ?? "").split(delimiter).filter(Boolean);
  return first ?? join(homedir(), ".kube", "config");
}
