import type { ArtifactSources } from "../../artifacts/artifact-sources";
import type { KubeProxyMode, NodeMount, PortMapping, RegistryMirror } from "./cluster-config";

/** How the cluster is created. Contradictory arguments are refused before anything is created. */
export interface KindClusterArgs {
  /**
   * Name of the cluster, and the beginning of its nodes' names: up to 50 lower-case letters, digits, "." and "-". It is used as given, and no cluster
   * of this name may exist yet: a replacement deletes the old cluster first.
   * @default clusterNamePrefix and a random suffix, so that no two stacks on one machine collide and a replacement exists before the old cluster
   *   goes. The suffix stays as long as the cluster does.
   */
  clusterName?: string;

  /**
   * What the name begins with if `clusterName` is left out: `sandbox` makes `sandbox-5e8f01c4`. Up to 41 characters.
   * @default the component's name
   */
  clusterNamePrefix?: string;

  /**
   * The node image, whose tag determines the Kubernetes version.
   * @default kindest/node at a version that both Cilium and Linkerd support, pinned by digest
   */
  nodeImage?: string;

  /**
   * Accept a node image whose Kubernetes is outside the range that both Cilium and Linkerd support, or whose tag does not tell its version.
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
   * Address of this machine that the API server listens on. Any other value lets other machines connect to it.
   * @default 127.0.0.1
   */
  apiServerAddress?: string;

  /**
   * Port of this machine that the API server listens on.
   * @default a free one, chosen for each cluster
   */
  apiServerPort?: number;

  /** Ports of the first control-plane node that are published on this machine. */
  portMappings?: PortMapping[];

  /** Registries whose images the nodes pull from elsewhere. */
  registryMirrors?: RegistryMirror[];

  /** Files and folders of this machine that are mounted into every node. */
  mounts?: NodeMount[];

  /** Patches of kubeadm's configuration, as YAML that begins with the `kind` it patches. They apply to every node. */
  kubeadmConfigPatches?: string[];

  /** Patches of containerd's configuration, as TOML. They apply to every node. */
  containerdConfigPatches?: string[];

  /** Feature gates of all Kubernetes components. */
  featureGates?: { [gate: string]: boolean };

  /** API groups and versions to turn on or off, e.g. `{ "api/alpha": "true" }`. */
  runtimeConfig?: { [api: string]: string };

  /**
   * The kubeconfig file that gets the context `kind-<cluster>`, which becomes the current one, as with kind's own command. The context goes with the
   * cluster. Changing this later has no effect on an existing cluster.
   * @default the first file in $KUBECONFIG, or ~/.kube/config
   */
  kubeconfigPath?: string;

  /** Where the node image comes from. */
  artifacts?: ArtifactSources;
}
