import type { ArtifactSources } from "../../artifacts/artifact-sources";
import type { HelmValues } from "../../common/helm-values";
import type { FenceLayers } from "../../fence/fence";
import type { TransportMode } from "../../scenario/transport-mode";
import type { KubeProxyMode } from "../kind-cluster/cluster-config";
import type { LinkerdValues } from "../linkerd/args";

/** All values are plain: what is in the sandbox, and who may talk to whom in it, is known before it exists. */
export interface SandboxArgs {
  /**
   * Name of the kind cluster. It is used as given, and no cluster of this name may exist yet.
   * @default `meshfence-` and a random suffix, so that no two sandboxes on one machine collide
   */
  clusterName?: string;

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
   * How many worker nodes beside the control plane. Without any, it runs the workloads.
   * @default 0
   */
  workers?: number;

  /**
   * How kube-proxy works. With `none`, Cilium replaces it.
   * @default iptables
   */
  kubeProxy?: KubeProxyMode;

  /** Patches of kubeadm's configuration, as YAML that begins with the `kind` it patches. They apply to every node. */
  kubeadmConfigPatches?: string[];

  /**
   * Images of the local Docker engine to load into the nodes, e.g. `ghcr.io/stefanprodan/podinfo:6.14.1`, before anything pulls one. For machines
   * without a registry; also set `artifacts.images.digests` to false, because an image loaded by tag cannot be found by its digest.
   *
   * Each is loaded once, and again when the tag points to another image or a refresh finds a node without it; see `LoadedImage`. Pulumi runs the
   * loader on Node.js: beside a program in another language, run `npm install @pulumi/pulumi`.
   * @default none
   */
  preloadedImages?: string[];

  /**
   * How meshed clients reach meshed servers. With `transport-header`, Linkerd's own default, Cilium's policies have to admit 4143,
   * and then admit every port of podinfo; only Linkerd's authorization tells them apart.
   * @default transparent
   */
  transportMode?: TransportMode;

  /**
   * Who enforces the fence: Cilium on the wire, Linkerd in podinfo's proxy, or both. Try `cilium` with
   * `transport-header` to see what Cilium alone cannot enforce.
   * @default both
   */
  enforce?: FenceLayers;

  /**
   * TCP ports of podinfo that the client may call; everything else stays closed.
   * @default 9898, its API
   */
  allowedPorts?: number[];

  /**
   * Whether to install linkerd-viz: metrics, tap, top and the dashboard.
   * @default true
   */
  viz?: boolean;

  /** How much the client sends. */
  load?: SandboxLoad;

  /** Lifetimes and generations of the mesh's certificates. */
  certificates?: SandboxCertificates;

  /** Where charts and images come from. */
  artifacts?: ArtifactSources;

  /** Values merged last into those of Cilium's chart. */
  ciliumValues?: HelmValues;

  /** Values merged last into those of Linkerd's charts. */
  linkerdValues?: LinkerdValues;
}

/** How much the client sends. */
export interface SandboxLoad {
  /**
   * Requests per second on each connection.
   * @default 5
   */
  requestsPerSecond?: number;
  /**
   * Connections that send in parallel.
   * @default 1
   */
  concurrency?: number;
  /**
   * Time between two reports in the client's log, as a Go duration.
   * @default 10s
   */
  interval?: string;
  /**
   * Time after which a request counts as failed, as a Go duration.
   * @default 10s
   */
  timeout?: string;
}

/** Lifetimes and generations of the mesh's certificates. See `LinkerdArgs.trustAnchors` for how to replace a trust anchor. */
export interface SandboxCertificates {
  /**
   * Generations of the trust anchor; all are trusted.
   * @default one, "1"
   */
  generations?: string[];
  /**
   * The generation that signs the issuer.
   * @default the first
   */
  signedBy?: string;
  /**
   * Lifetime of each trust anchor in hours.
   * @default 87600, ten years
   */
  trustAnchorHours?: number;
  /**
   * Lifetime of the issuer in hours.
   * @default 8760, one year
   */
  issuerHours?: number;
  /**
   * How many hours before the issuer expires the first `pulumi up` creates a new one.
   * @default 1440, 60 days
   */
  issuerRenewalHours?: number;
}
