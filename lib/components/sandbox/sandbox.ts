import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { given } from "../../common/given";
import { namespaceInjection } from "../../linkerd/install/injection";
import { meshedNamespaceLabels } from "../../linkerd/install/names";
import { reachableEdges } from "../../reachability/edges";
import type { TransportMode } from "../../scenario/transport-mode";
import { Cilium } from "../cilium/cilium";
import { KindCluster } from "../kind-cluster/kind-cluster";
import { LoadedImage } from "../kind-cluster/loaded-image";
import { Linkerd } from "../linkerd";
import { Podinfo } from "../podinfo/podinfo";
import { Fence } from "../policies/fence";
import { warnOfTraps } from "../policies/lint-warnings";
import { refuse } from "../shared/refuse";
import { SlowCooker } from "../slow-cooker/slow-cooker";
import type { SandboxArgs } from "./args";
import { sandboxAuthorizations, sandboxFence, sandboxNamespace, sandboxPolicies } from "./edges";
import { sandboxParts } from "./parts";
import { sandboxProblems } from "./problems";
import { sandboxScenario } from "./scenario";

/**
 * From no cluster to a meshed podinfo behind both fences: a kind cluster, Cilium, Linkerd, podinfo, its client, and the fence, enforced by
 * Cilium and by Linkerd, that lets the client call podinfo's API and nothing else.
 *
 * Each part waits for exactly what it needs. Namespaces, certificates and Linkerd's CRDs are created while Cilium starts; the control plane waits for
 * Cilium; Cilium's policies wait for Cilium, Linkerd's Servers for Linkerd; the workloads wait for both and for the proof that a newly created pod is
 * meshed.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the arguments, by their own names.
 * @example
 * import { Sandbox } from "meshfence/kind";
 *
 * const sandbox = new Sandbox("sandbox", { workers: 1, allowedPorts: [9898, 9999] });
 * export const { context, reachability } = sandbox;
 */
export class Sandbox extends pulumi.ComponentResource {
  /** Credentials of a cluster administrator, as YAML. A secret. */
  public readonly kubeconfig: pulumi.Output<string>;
  /** The cluster's context in the kubeconfig file: `kubectl --context CONTEXT get pods`. */
  public readonly context: pulumi.Output<string>;
  /** Namespace of podinfo and its client. */
  public readonly namespace: pulumi.Output<string>;
  /** Names of Cilium's policies, each as `namespace/name`. */
  public readonly policyNames: pulumi.Output<string[]>;
  /** Names of Linkerd's Servers, each as `namespace/name`. */
  public readonly serverNames: pulumi.Output<string[]>;
  /** Host and port at which the cluster's pods reach podinfo's API. */
  public readonly podinfoEndpoint: pulumi.Output<string>;
  /** How meshed clients reach meshed servers, which decides what the policies admit. */
  public readonly transportMode: pulumi.Output<TransportMode>;
  /** When each trust anchor expires, by generation, as RFC 3339. */
  public readonly trustAnchorsExpire: pulumi.Output<{ [generation: string]: string }>;
  /** When the issuer expires, as RFC 3339. The first `pulumi up` in the 60 days before that renews it. */
  public readonly issuerExpires: pulumi.Output<string>;
  /**
   * Who can reach whom on which ports, predicted: `client -> podinfo` to `TCP 9898 mTLS`. Known in a preview, so that its diff names
   * the edges that a change opens and closes.
   */
  public readonly reachability: pulumi.Output<{ [edge: string]: string }>;

  /** The cluster. */
  public readonly cluster: KindCluster;
  /** Its network. */
  public readonly cilium: Cilium;
  /** Its mesh. */
  public readonly linkerd: Linkerd;
  /** Cilium's policies, and Linkerd's Servers with their authorizations. */
  public readonly fence: Fence;
  /** The server. */
  public readonly podinfo: Podinfo;
  /** The client. */
  public readonly client: SlowCooker;

  constructor(name: string, args: SandboxArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:Sandbox", name, args, opts);
    refuse(this, sandboxProblems(name, args));
    const { artifacts, load } = args;
    const parts = sandboxParts(args);

    const cluster = new KindCluster(`${name}-cluster`, parts.cluster, { parent: this });
    const inCluster = { parent: this, provider: cluster.provider, deletedWith: cluster.cluster };

    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: sandboxNamespace, labels: meshedNamespaceLabels, annotations: namespaceInjection() } },
      inCluster,
    );
    const images = (args.preloadedImages ?? []).map((image) => this.preload(name, image, cluster));
    const cilium = new Cilium(
      `${name}-cilium`,
      { ...parts.cilium, nodes: cluster.nodes, apiServer: cluster.internalApiServer },
      { ...inCluster, dependsOn: images },
    );
    const linkerd = new Linkerd(`${name}-linkerd`, { ...parts.linkerd, networkReady: cilium.ready }, inCluster);
    const { allowedPorts, enforce } = args;
    const authorizations = sandboxAuthorizations(allowedPorts, enforce);
    const l7Proxy = parts.cilium.values?.l7Proxy === true;
    const scenario = sandboxScenario({ ...parts.linkerd, l7Proxy, authorizations });
    const { transportMode } = parts.linkerd;
    warnOfTraps(this, opts?.parent, sandboxPolicies(transportMode, allowedPorts, enforce), scenario);
    const fence = new Fence(
      `${name}-fence`,
      { ...sandboxFence(allowedPorts, enforce), linkerd },
      {
        ...inCluster,
        dependsOn: [cilium, namespace],
      },
    );

    const workload = { namespace: sandboxNamespace, ...given({ artifacts }), podAnnotations: linkerd.podAnnotations };
    const meshedAndFenced = [namespace, linkerd, fence];
    const podinfo = new Podinfo(`${name}-podinfo`, workload, { ...inCluster, dependsOn: meshedAndFenced });
    this.client = new SlowCooker(
      `${name}-client`,
      { ...workload, target: podinfo.url, ...given({ load }) },
      { ...inCluster, dependsOn: [...meshedAndFenced, podinfo] },
    );

    this.cluster = cluster;
    this.cilium = cilium;
    this.linkerd = linkerd;
    this.fence = fence;
    this.podinfo = podinfo;
    this.kubeconfig = cluster.kubeconfig;
    this.context = cluster.context;
    this.namespace = pulumi.output(sandboxNamespace);
    this.policyNames = fence.policyNames;
    this.serverNames = fence.serverNames;
    this.podinfoEndpoint = podinfo.endpoint;
    this.transportMode = linkerd.transportMode;
    this.trustAnchorsExpire = linkerd.trustAnchorsExpire;
    this.issuerExpires = linkerd.issuerExpires;
    this.reachability = fence.manifests.apply((manifests) => reachableEdges(manifests, scenario));
    this.registerOutputs({
      kubeconfig: this.kubeconfig,
      context: this.context,
      namespace: this.namespace,
      policyNames: this.policyNames,
      serverNames: this.serverNames,
      podinfoEndpoint: this.podinfoEndpoint,
      transportMode: this.transportMode,
      trustAnchorsExpire: this.trustAnchorsExpire,
      issuerExpires: this.issuerExpires,
      reachability: this.reachability,
    });
  }

  private preload(name: string, image: string, cluster: KindCluster): LoadedImage {
    const slug = image.replace(/[^a-z0-9]+/gi, "-");
    return new LoadedImage(
      `${name}-image-${slug}`,
      { clusterName: cluster.clusterName, image },
      { parent: this, dependsOn: cluster.cluster, deletedWith: cluster.cluster },
    );
  }
}
