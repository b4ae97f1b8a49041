import { createHash } from "node:crypto";

/**
 * How kube-proxy works on the nodes. The Terraform provider silently drops any other mode, `nftables` among them.
 * @enum
 */
export const KubeProxyMode = {
  /** It writes iptables rules. */
  Iptables: "iptables",
  /** It sets up IPVS. */
  Ipvs: "ipvs",
  /** No kube-proxy: Cilium has to replace it. */
  None: "none",
} as const;
export type KubeProxyMode = (typeof KubeProxyMode)[keyof typeof KubeProxyMode];

/**
 * Protocol of a published port.
 * @enum
 */
export const PortProtocol = {
  /** TCP. */
  Tcp: "TCP",
  /** UDP. */
  Udp: "UDP",
  /** SCTP. */
  Sctp: "SCTP",
} as const;
export type PortProtocol = (typeof PortProtocol)[keyof typeof PortProtocol];

/** A port of the first control-plane node, published on this machine. */
export interface PortMapping {
  /** Port on the node, 1 to 65535. A NodePort Service listens on 30000 to 32767. */
  containerPort: number;
  /** Port on this machine, 1 to 65535. */
  hostPort: number;
  /**
   * Address of this machine to listen on.
   * @default 127.0.0.1, which other machines do not reach
   */
  listenAddress?: string;
  /**
   * Protocol of the port.
   * @default TCP
   */
  protocol?: PortProtocol;
}

/** Where the nodes pull a registry's images from. */
export interface RegistryMirror {
  /** The upstream registry, e.g. `docker.io`, with its port if it has one; `_default` for all registries without a mirror of their own. */
  registry: string;
  /**
   * Absolute path of a folder on this machine that holds containerd's `hosts.toml` for this registry, and the certificates that it
   * names. It is mounted read-only into every node.
   */
  hostsFolder: string;
}

/** A file or folder of this machine that is mounted into every node. */
export interface NodeMount {
  /** Absolute path on this machine. */
  hostPath: string;
  /** Absolute path on the nodes. */
  containerPath: string;
  /**
   * Whether the nodes cannot write to it.
   * @default false
   */
  readOnly?: boolean;
}

/** What decides the cluster's configuration. */
export interface ClusterPlan {
  controlPlanes: number;
  workers: number;
  kubeProxy: KubeProxyMode;
  podSubnet: string;
  serviceSubnet: string;
  apiServerAddress?: string | undefined;
  apiServerPort?: number | undefined;
  portMappings: readonly PortMapping[];
  registryMirrors: readonly RegistryMirror[];
  mounts: readonly NodeMount[];
  kubeadmConfigPatches: readonly string[];
  containerdConfigPatches: readonly string[];
  featureGates?: { [gate: string]: boolean } | undefined;
  runtimeConfig?: { [api: string]: string } | undefined;
}

const hostsFolder = "/etc/containerd/certs.d";

/** kind's configuration file, in the spelling of the Terraform provider. */
export function kindConfig(plan: ClusterPlan) {
  const { featureGates } = plan;
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: [
      ...Array.from({ length: plan.controlPlanes }, (_, index) =>
        // Two nodes cannot publish the same port, so the first one does.
        node("control-plane", plan, index === 0 ? plan.portMappings : []),
      ),
      ...Array.from({ length: plan.workers }, () => node("worker", plan, [])),
    ],
    networking: {
      disableDefaultCni: true,
      kubeProxyMode: plan.kubeProxy,
      podSubnet: plan.podSubnet,
      serviceSubnet: plan.serviceSubnet,
      apiServerAddress: plan.apiServerAddress,
      apiServerPort: plan.apiServerPort,
    },
    containerdConfigPatches: containerdPatches(plan),
    featureGates: featureGates && mapValues(featureGates, String),
    runtimeConfig: plan.runtimeConfig,
  };
}

function node(role: string, plan: ClusterPlan, portMappings: readonly PortMapping[]) {
  const mirrors = plan.registryMirrors.map((mirror) => ({
    hostPath: mirror.hostsFolder,
    containerPath: `${hostsFolder}/${mirror.registry}`,
    readOnly: true,
  }));
  return {
    role,
    kubeadmConfigPatches: unlessEmpty(plan.kubeadmConfigPatches),
    extraMounts: unlessEmpty([...mirrors, ...plan.mounts]),
    extraPortMappings: unlessEmpty(
      portMappings.map((mapping) => ({ listenAddress: "127.0.0.1", protocol: PortProtocol.Tcp, ...mapping })),
    ),
  };
}

function containerdPatches(plan: ClusterPlan): string[] | undefined {
  // kind's images look into this folder by themselves since v0.27; other node images may not.
  const readsHosts = `[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${hostsFolder}"\n`;
  return unlessEmpty([...(plan.registryMirrors.length > 0 ? [readsHosts] : []), ...plan.containerdConfigPatches]);
}

/** Where nodes and pods reach the API server without a Service. kind puts a load balancer before several control planes. */
export function internalApiServer(clusterName: string, plan: ClusterPlan): { host: string; port: number } {
  const node = plan.controlPlanes > 1 ? "external-load-balancer" : "control-plane";
  return { host: `${clusterName}-${node}`, port: 6443 };
}

/** A digest of everything whose change replaces the cluster: the Terraform provider can change nothing in place. */
export function clusterDigest(nodeImage: string, plan: ClusterPlan): string {
  const text = JSON.stringify([nodeImage, kindConfig(plan)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/**
 * The text of containerd's `hosts.toml` that makes nodes pull a registry's images from mirrors, in this order, and from the registry
 * itself when none has it.
 *
 * @param server the registry's own address, e.g. `https://registry-1.docker.io`
 *
 * @example
 * hostsToml("https://registry-1.docker.io", ["http://mirror:5000"]);
 */
export function hostsToml(server: string, mirrors: readonly string[]): string {
  const hosts = mirrors.map((mirror) => `[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`);
  return [`server = "${server}"\n`, ...hosts].join("\n");
}

function unlessEmpty<T>(list: readonly T[]): T[] | undefined {
  return list.length > 0 ? [...list] : undefined;
}

function mapValues<T, U>(record: { [key: string]: T }, change: (value: T) => U): { [key: string]: U } {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
