import type * as pulumi from "@pulumi/pulumi";
import { type CiliumArgs, Cilium as CiliumOfLibrary } from "../components/cilium/cilium";
import { type LinkerdArgs, Linkerd as LinkerdOfLibrary } from "../components/linkerd";
import { type InjectionArgs, Injection as InjectionOfLibrary } from "../components/linkerd/injection";
import { type PodinfoArgs, Podinfo as PodinfoOfLibrary } from "../components/podinfo/podinfo";
import type { SandboxArgs } from "../components/sandbox/args";
import { Sandbox as SandboxOfLibrary } from "../components/sandbox/sandbox";
import { type SlowCookerArgs, SlowCooker as SlowCookerOfLibrary } from "../components/slow-cooker/slow-cooker";
import type { TransportMode } from "../scenario/transport-mode";
import { componentOf } from "./component-of";

/**
 * Cilium as the cluster's network, beside Linkerd, installed in `kube-system` by its Helm chart.
 *
 * Ready when the agent runs on every node and its policies' CRDs exist: whatever lists this component in `dependsOn`, or uses `ready`, starts only
 * then. Helm's own wait is satisfied too early. The chart allows two agents and every operator to be unavailable, so the release counts as deployed
 * with nothing running, and a policy created next meets an API server that has never heard of it.
 */
export class Cilium extends componentOf(CiliumOfLibrary) {
  /** Version of the chart. */
  declare public readonly version: pulumi.Output<string>;
  /** True once the agent is available on every node and Cilium's policies can be created. */
  declare public readonly ready: pulumi.Output<boolean>;
  /** Whether it runs its L7 proxy, which `reachabilityOf` needs to know. */
  declare public readonly l7Proxy: pulumi.Output<boolean>;
  /** Its `cluster.name`, which `reachabilityOf` needs to know. */
  declare public readonly clusterName: pulumi.Output<string>;

  constructor(name: string, args: CiliumArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * Linkerd, installed with its Helm charts: the Gateway API's CRDs, linkerd-crds, the control plane and viz, each ready before the next.
 *
 * Ready when a newly created pod is meshed and can be tapped: whatever lists this component in `dependsOn`, or uses `ready`, starts only then. Helm
 * only knows that the injector's Deployment is available, and pods have been seen to start without a sidecar seconds after that. So this component
 * starts a pod of its own that only becomes ready through its sidecar.
 *
 * With a provider of your own, set `enableSecretMutable: true` on it (`KindCluster` does): otherwise Pulumi deletes a Secret before it recreates it
 * with a renewed certificate, and for a moment there is none.
 */
export class Linkerd extends componentOf(LinkerdOfLibrary) {
  /** Version of the charts. */
  declare public readonly version: pulumi.Output<string>;
  /** Namespace of the control plane, `linkerd`. */
  declare public readonly namespace: pulumi.Output<string>;
  /** Namespace of viz, if it is installed, `linkerd-viz`. */
  declare public readonly vizNamespace: pulumi.Output<string>;
  /** How meshed clients reach meshed servers, which decides what policies have to admit. */
  declare public readonly transportMode: pulumi.Output<TransportMode>;
  /** All trust anchors as PEM, one after the other, as `linkerd check` and other clusters of the same mesh need them. */
  declare public readonly trustAnchorsPem: pulumi.Output<string>;
  /** When each trust anchor expires, by generation, as RFC 3339. Generations with a certificate of your own are left out. */
  declare public readonly trustAnchorsExpire: pulumi.Output<{ [generation: string]: string }>;
  /** When the issuer expires, as RFC 3339. */
  declare public readonly issuerExpires: pulumi.Output<string>;
  /**
   * Annotations for the pod template of a workload that is to be meshed. They change with the trust anchors, so that the workload is
   * restarted when they do: a proxy learns the anchors when its pod starts.
   */
  declare public readonly podAnnotations: pulumi.Output<{ [key: string]: string }>;
  /** True once a newly created pod is meshed and, with viz, can be tapped. */
  declare public readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: LinkerdArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * Meshes a namespace and workloads that do not belong to this stack, as `linkerd inject` does: it patches annotations in, and removes them when it is
 * destroyed. Linkerd injects a pod when it is created, so the patch changes the workload's pod template, which restarts it. Ready when the new pods
 * are available.
 *
 * List the `Linkerd` component in `dependsOn`: a pod created before its injector works would stay unmeshed.
 */
export class Injection extends componentOf(InjectionOfLibrary) {
  /** The namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: InjectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * podinfo as in its kustomize base: a Deployment without a replica count, the HorizontalPodAutoscaler that sets it, and a Service. Labelled
 * `app=podinfo`, which its Helm chart does not do.
 *
 * Probes run inside the container (`podcli check`), so no policy has to let the kubelet in. Ready when its pods are.
 *
 */
export class Podinfo extends componentOf(PodinfoOfLibrary) {
  /** The Service's name, `podinfo`. */
  declare public readonly serviceName: pulumi.Output<string>;
  /** Where clients in the same namespace reach the API: `http://podinfo:9898`. */
  declare public readonly url: pulumi.Output<string>;
  /** Host and port at which every pod of the cluster can reach the API: `podinfo.NAMESPACE.svc.cluster.local:9898`. */
  declare public readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: PodinfoArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * slow_cooker as the tutorial's client: the Deployment `client`, labelled `app=client`, that keeps requesting a list of URLs and
 * reports `good/bad/failed` to its log and to `/metrics` on port 9999. Ready when its pod is.
 */
export class SlowCooker extends componentOf(SlowCookerOfLibrary) {
  /** The Deployment's name, `client`. */
  declare public readonly deploymentName: pulumi.Output<string>;
  /** The URLs that are requested, one per line. */
  declare public readonly urls: pulumi.Output<string>;

  constructor(name: string, args: SlowCookerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * From no cluster to a meshed podinfo behind both fences: a kind cluster, Cilium, Linkerd, podinfo, its client, and the fence, enforced by
 * Cilium and by Linkerd, that lets the client call podinfo's API and nothing else.
 *
 * Each part waits for exactly what it needs. Namespaces, certificates and Linkerd's CRDs are created while Cilium starts; the control plane waits for
 * Cilium; Cilium's policies wait for Cilium, Linkerd's Servers for Linkerd; the workloads wait for both and for the proof that a newly created pod is
 * meshed.
 */
export class Sandbox extends componentOf(SandboxOfLibrary) {
  /** Credentials of a cluster administrator, as YAML. A secret. */
  declare public readonly kubeconfig: pulumi.Output<string>;
  /** The cluster's context in the kubeconfig file: `kubectl --context CONTEXT get pods`. */
  declare public readonly context: pulumi.Output<string>;
  /** Namespace of podinfo and its client. */
  declare public readonly namespace: pulumi.Output<string>;
  /** Names of Cilium's policies, each as `namespace/name`. */
  declare public readonly policyNames: pulumi.Output<string[]>;
  /** Names of Linkerd's Servers, each as `namespace/name`. */
  declare public readonly serverNames: pulumi.Output<string[]>;
  /** Host and port at which the cluster's pods reach podinfo's API. */
  declare public readonly podinfoEndpoint: pulumi.Output<string>;
  /** How meshed clients reach meshed servers, which decides what the policies admit. */
  declare public readonly transportMode: pulumi.Output<TransportMode>;
  /** When each trust anchor expires, by generation, as RFC 3339. */
  declare public readonly trustAnchorsExpire: pulumi.Output<{ [generation: string]: string }>;
  /** When the issuer expires, as RFC 3339. The first `pulumi up` in the 60 days before that renews it. */
  declare public readonly issuerExpires: pulumi.Output<string>;
  /**
   * Who can reach whom on which ports, predicted: `client -> podinfo` to `TCP 9898 mTLS`. Known in a preview, so that its diff names
   * the edges that a change opens and closes.
   */
  declare public readonly reachability: pulumi.Output<{ [edge: string]: string }>;

  constructor(name: string, args: SandboxArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}
