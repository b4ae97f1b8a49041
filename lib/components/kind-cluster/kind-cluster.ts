import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import * as kind from "@pulumi/kind";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ApiServerAddress } from "../cilium/cilium";
import { refuse } from "../shared/refuse";
import type { KindClusterArgs } from "./args";
import { clusterIdentifier, internalApiServer, kindConfig } from "./cluster-config";
import { clusterPlan, nodeImageOf } from "./cluster-plan";
import { kindClusterProblems } from "./problems";

/**
 * A Kubernetes cluster in Docker containers, made by kind, without a network of its own: its nodes stay NotReady until Cilium is there,
 * and nothing here waits for them.
 *
 * Every change of an argument replaces the cluster. To remove a stack quickly, give what is inside of it `deletedWith: cluster.cluster`.
 *
 * @throws pulumi.ResourceError at construction, with everything that is wrong with the arguments.
 * @example
 * import { KindCluster } from "meshfence/kind";
 *
 * const cluster = new KindCluster("sandbox", { workers: 2 });
 * export const { context } = cluster;
 */
export class KindCluster extends pulumi.ComponentResource {
  /** A provider for what is to be in the cluster: pass it as `provider`. */
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
  /** How many nodes there are, of both kinds. */
  public readonly nodes: pulumi.Output<number>;

  constructor(name: string, args: KindClusterArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:KindCluster", name, args, opts);
    const clusterName = args.clusterName ?? name;
    const nodeImage = nodeImageOf(args);
    const plan = clusterPlan(args);
    refuse(this, kindClusterProblems(clusterName, nodeImage, plan, args.allowUnsupportedVersions ?? false));

    this.cluster = new kind.Cluster(
      `${name}-cluster`,
      {
        name: clusterName,
        nodeImage,
        kindConfig: kindConfig(plan),
        // Without a path the provider writes the credentials into the working directory, each time it reads the cluster. The path
        // is no secret, but it names the user's home, and as one it stays out of previews that others read.
        kubeconfigPath: pulumi.secret(args.kubeconfigPath ?? defaultKubeconfigPath()),
        // No node becomes ready before Cilium runs: kind would wait for its full five minutes, warn, and go on.
        waitForReady: false,
      },
      {
        parent: this,
        additionalSecretOutputs: ["kubeconfig", "clientCertificate", "clientKey"],
        // The name is taken until the old cluster is gone.
        deleteBeforeReplace: true,
        // It differs from one user to the next, and is no reason to replace a cluster.
        ignoreChanges: ["kubeconfigPath"],
      },
    );
    this.kubeconfig = pulumi.secret(this.cluster.kubeconfig);
    this.provider = new k8s.Provider(
      `${name}-provider`,
      {
        kubeconfig: this.kubeconfig,
        // Without it, a kubeconfig that is not known yet would make a preview replace everything in the cluster.
        clusterIdentifier: clusterIdentifier(clusterName, nodeImage, plan),
        // A renewed certificate changes its Secret in place; by default Pulumi would delete it first.
        enableSecretMutable: true,
      },
      { parent: this },
    );

    this.clusterName = pulumi.output(clusterName);
    this.context = pulumi.output(`kind-${clusterName}`);
    this.endpoint = this.cluster.endpoint;
    this.internalApiServer = pulumi.output(internalApiServer(clusterName, plan));
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
}

function defaultKubeconfigPath(): string {
  const [first] = (process.env.KUBECONFIG ?? "").split(delimiter).filter(Boolean);
  return first ?? join(homedir(), ".kube", "config");
}
