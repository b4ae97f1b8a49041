import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import * as kind from "@pulumi/kind";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactSources } from "../../artifacts/artifact-sources";
import type { ApiServerAddress } from "../cilium/cilium";
import { refuse } from "../shared/refuse";
import {
  clusterIdentifier,
  internalApiServer,
  type KubeProxyMode,
  kindConfig,
  type NodeMount,
  type PortMapping,
  type RegistryMirror,
} from "./cluster-config";
import { clusterPlan, nodeImageOf } from "./cluster-plan";
import { kindClusterProblems } from "./problems";

/** How the cluster is made. What contradicts itself is refused before anything is created. */
export interface KindClusterArgs {
  /**
   * Name of the cluster, which its nodes' names begin with: lower-case letters, digits, "." and "-", up to 50. A cluster of this name
   * must not exist yet.
   * @default the component's name
   */
  clusterName?: string;

  /**
   * The node image, which decides the Kubernetes version by its tag.
   * @default kindest/node at a version that both Cilium and Linkerd support, pinned by digest
   */
  nodeImage?: string;

  /**
   * Take a node image whose Kubernetes is outside the range that both Cilium and Linkerd support, or whose tag does not say.
   * @default false
   */
  allowUnsupportedVersions?: boolean;

  /**
   * How many control-plane nodes. kind puts a load balancer before more than one.
   * @default 1
   */
  controlPlanes?: number;

  /**
   * How many worker nodes. Without any, the control plane runs the workloads.
   * @default 0
   */
  workers?: number;

  /**
   * How kube-proxy works. With `none`, give Cilium `replaceKubeProxy` and this cluster's `internalApiServer`.
   * @default iptables
   */
  kubeProxy?: KubeProxyMode;

  /**
   * Addresses of the pods, in CIDR notation.
   * @default 10.244.0.0/16
   */
  podSubnet?: string;

  /**
   * Addresses of the Services, in CIDR notation.
   * @default 10.96.0.0/16
   */
  serviceSubnet?: string;

  /**
   * Address of this machine that the API server listens on. Anything else than the default lets other machines try.
   * @default 127.0.0.1
   */
  apiServerAddress?: string;

  /**
   * Port of this machine that the API server listens on.
   * @default a free one, chosen anew for each cluster
   */
  apiServerPort?: number;

  /** Ports of the first control-plane node that are published on this machine. */
  portMappings?: PortMapping[];

  /** Registries whose images the nodes pull from elsewhere. */
  registryMirrors?: RegistryMirror[];

  /** Files and folders of this machine that every node sees. */
  mounts?: NodeMount[];

  /** Patches of kubeadm's configuration, as YAML that begins with the `kind` it patches. They apply to every node. */
  kubeadmConfigPatches?: string[];

  /** Patches of containerd's configuration, as TOML. They apply to every node. */
  containerdConfigPatches?: string[];

  /** Feature gates of all Kubernetes components. */
  featureGates?: { [gate: string]: boolean };

  /** Groups and versions of the API to switch on or off, e.g. `{ "api/alpha": "true" }`. */
  runtimeConfig?: { [api: string]: string };

  /**
   * The kubeconfig file that gets the context `kind-<cluster>`, which becomes the current one, as with kind's own command. The
   * context goes with the cluster. Changing this later has no effect on a cluster that exists.
   * @default the first file in $KUBECONFIG, or ~/.kube/config
   */
  kubeconfigPath?: string;

  /** Where the node image comes from. */
  artifacts?: ArtifactSources;
}

/**
 * A Kubernetes cluster in Docker containers, made by kind, without a network of its own: its nodes stay NotReady until Cilium is there,
 * and nothing here waits for them.
 *
 * Every change of an argument replaces the cluster. To remove a stack quickly, give what is inside of it `deletedWith: cluster.cluster`.
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
