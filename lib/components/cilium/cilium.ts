import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { chartLocation } from "../../artifacts/charts";
import { ciliumProblems } from "../../cilium/install/problems";
import { ciliumValues, operatorsFor } from "../../cilium/install/values";
import { type HelmValues, mergeValues } from "../../common/helm-values";
import { pinned } from "../../common/versions";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { refuse } from "../shared/refuse";

/** How Cilium is installed. Contradictory arguments are refused before anything is created. */
export interface CiliumArgs {
  /**
   * Version of the Helm chart, which is Cilium's own.
   * @default the version that meshfence pins; 1.19 and 1.20 are supported
   */
  version?: string;

  /**
   * Accept versions outside the supported range.
   * @default false
   */
  allowUnsupportedVersions?: boolean;

  /**
   * How many nodes the cluster has, as in `KindCluster.nodes`. With one node there is one operator; with more there are two, which never share a
   * node.
   * @default 1, which works on every cluster
   */
  nodes?: pulumi.Input<number>;

  /**
   * Whether Cilium replaces kube-proxy. The cluster must not run kube-proxy then (a `KindCluster` with `kubeProxy: none`), and `apiServer` is
   * required, because nothing else translates the Service address of the API server.
   * @default false
   */
  replaceKubeProxy?: boolean;

  /**
   * Where Cilium reaches the API server from the nodes. Required with `replaceKubeProxy`, unused otherwise. `KindCluster.internalApiServer` has it.
   */
  apiServer?: pulumi.Input<ApiServerAddress>;

  /**
   * Whether Cilium runs its L7 proxy (Envoy). Policies on DNS names (`toFQDNs`) and DNS rules need it: Cilium learns a name's
   * addresses by reading the answers. Nothing else on a mesh does: it cannot look inside Linkerd's mTLS.
   * @default false
   */
  l7Proxy?: boolean;

  /**
   * Which parts of Hubble run beside the agents, so that flows can be recorded: `meshfence replay`, `learn` and `rollout` read them.
   * @default neither: each agent only keeps its last 4,095 events in memory
   */
  hubble?: HubbleSettings;

  /** Where the chart and the images come from. */
  artifacts?: ArtifactSources;

  /**
   * Values merged last into those of the chart, on top of what this component sets. Values that today's chart ignores are
   * refused by name.
   */
  values?: HelmValues;
}

/** What stores or collects the flows that Hubble sees. */
export interface HubbleSettings {
  /**
   * Hubble Relay: one place that answers for the agents of all nodes.
   * @default false
   */
  relay?: boolean;

  /**
   * Each agent writes flows to files on its node, `/var/run/cilium/hubble/events.log`: 10 MB each, five of them.
   * @default false
   */
  exporter?: boolean;
}

/** An address of the API server that the nodes reach without a Service. */
export interface ApiServerAddress {
  /** Host name or IP address. */
  host: pulumi.Input<string>;
  /**
   * TCP port.
   * @default 6443
   */
  port?: pulumi.Input<number>;
}

const namespace = "kube-system";
const agent = "cilium";

/**
 * Cilium as the cluster's network, beside Linkerd, installed in `kube-system` by its Helm chart.
 *
 * Ready when the agent runs on every node and its policies' CRDs exist: whatever lists this component in `dependsOn`, or uses `ready`, starts only
 * then. Helm's own wait is satisfied too early. The chart allows two agents and every operator to be unavailable, so the release counts as deployed
 * with nothing running, and a policy created next meets an API server that has never heard of it.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the arguments.
 * @example
 * import { Cilium } from "meshfence";
 * import { KindCluster } from "meshfence/kind";
 *
 * const cluster = new KindCluster("sandbox", { workers: 2, kubeProxy: "none" });
 * new Cilium(
 *   "cilium",
 *   { nodes: cluster.nodes, replaceKubeProxy: true, apiServer: cluster.internalApiServer },
 *   { provider: cluster.provider },
 * );
 */
export class Cilium extends pulumi.ComponentResource {
  /** Version of the chart. */
  public readonly version: pulumi.Output<string>;
  /** True once the agent is available on every node and Cilium's policies can be created. */
  public readonly ready: pulumi.Output<boolean>;
  /** Whether it runs its L7 proxy, which `reachabilityOf` needs to know. */
  public readonly l7Proxy: pulumi.Output<boolean>;
  /** Its `cluster.name`, which `reachabilityOf` needs to know. */
  public readonly clusterName: pulumi.Output<string>;
  /** The Helm release. */
  public readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: CiliumArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:Cilium", name, args, opts);
    requireKubernetesProvider(this);
    refuse(this, ciliumProblems(args));
    const version = args.version ?? pinned.cilium;

    this.release = new k8s.helm.v3.Release(
      `${name}-release`,
      {
        ...chartLocation("cilium", version, args.artifacts),
        name: agent,
        namespace,
        values: mergeValues(ciliumValues(planOf(args)), args.values),
        timeout: releaseTimeoutSeconds,
      },
      { parent: this },
    );

    // Pulumi waits for a patched DaemonSet as for its own: until the agent is available on every node. The agent itself waits
    // for the policy CRDs, which the operator registers. The revision makes each upgrade wait again.
    const gate = new k8s.apps.v1.DaemonSetPatch(
      `${name}-agent-available`,
      {
        metadata: {
          name: agent,
          namespace,
          annotations: {
            "meshfence.dev/awaited-release": this.release.status.apply((status) => `${status?.revision}`),
          },
        },
      },
      { parent: this, dependsOn: this.release, customTimeouts: { create: agentTimeout, update: agentTimeout } },
    );

    this.version = pulumi.output(version);
    this.ready = gate.id.apply(() => true);
    const values = pulumi.output(args.values ?? {});
    this.l7Proxy = values.apply((given) =>
      typeof given.l7Proxy === "boolean" ? given.l7Proxy : (args.l7Proxy ?? false),
    );
    this.clusterName = values.apply((given) => nameAmong(given) ?? "default");
    this.registerOutputs({
      version: this.version,
      ready: this.ready,
      l7Proxy: this.l7Proxy,
      clusterName: this.clusterName,
    });
  }
}

/** Enough to pull the images over a slow connection. */
const releaseTimeoutSeconds = 600;
const agentTimeout = "10m";

function nameAmong({ cluster }: { [value: string]: unknown }): string | undefined {
  const name = typeof cluster === "object" && cluster !== null && "name" in cluster ? cluster.name : undefined;
  return typeof name === "string" ? name : undefined;
}

function planOf(args: CiliumArgs) {
  const apiServer = pulumi.output(args.apiServer);
  return {
    replaceKubeProxy: args.replaceKubeProxy ?? false,
    apiServerHost: apiServer.apply((address) => address?.host),
    apiServerPort: apiServer.apply((address) => address?.port ?? 6443),
    operators: pulumi.output(args.nodes ?? 1).apply(operatorsFor),
    l7Proxy: args.l7Proxy ?? false,
    ...(args.hubble && { hubble: args.hubble }),
    artifacts: args.artifacts,
  };
}
