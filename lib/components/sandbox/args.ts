import type { ArtifactSources } from "../../artifacts/artifact-sources";
import type { HelmValues } from "../../common/helm-values";
import type { FenceLayers } from "../../fence/fence";
import type { TransportMode } from "../../scenario/transport-mode";
import type { KubeProxyMode } from "../kind-cluster/cluster-config";
import type { LinkerdValues } from "../linkerd/linkerd-args";

/** All of it is plain: what is in the sandbox, and who may talk to whom in it, is known before it exists. */
export interface SandboxArgs {
  /**
   * Name of the kind cluster. It is taken as it is, and one of this name must not exist yet.
   * @default `meshfence-` and a random suffix, so that no two sandboxes of one machine collide
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
   * How many worker nodes beside the control plane. Without any, it runs the workloads.
   * @default 0
   */
  workers?: number;

  /**
   * How kube-proxy works. With `none`, Cilium takes its place.
   * @default iptables
   */
  kubeProxy?: KubeProxyMode;

  /** Patches of kubeadm's configuration, as YAML that begins with the `kind` it patches. They apply to every node. */
  kubeadmConfigPatches?: string[];

  /**
   * Images of the local Docker engine to load into the nodes, e.g. `ghcr.io/stefanprodan/podinfo:6.14.1`, before anything pulls
   * one. For machines without a registry; set `artifacts.images.digests` to false beside it, since an image that is loaded by
   * tag does not answer to its digest.
   *
   * Each is loaded once, and again when the tag stands for another image or a refresh finds that a node lacks it; see `LoadedImage`. Pulumi runs
   * what loads them with Node.js: beside a program of another language, run `npm install @pulumi/pulumi`.
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
   * Who enforces the fence: Cilium on the wire, Linkerd in podinfo's proxy, or both. Take `cilium` with `transport-header`, and look at what
   * Linkerd's half is for.
   * @default both
   */
  enforce?: FenceLayers;

  /**
   * TCP ports of podinfo that the client may call; everything else stays shut.
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
   * Requests a second of each connection.
   * @default 5
   */
  requestsPerSecond?: number;
  /**
   * Connections that send side by side.
   * @default 1
   */
  concurrency?: number;
  /**
   * Time between two lines of the report in the client's log, as a Go duration.
   * @default 10s
   */
  interval?: string;
  /**
   * Time after which a request counts as failed, as a Go duration.
   * @default 10s
   */
  timeout?: string;
}

/** Lifetimes and generations of the mesh's certificates. How a trust anchor is replaced stands at `LinkerdArgs.trustAnchors`. */
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
   * Life of each trust anchor in hours.
   * @default 87600, ten years
   */
  trustAnchorHours?: number;
  /**
   * Life of the issuer in hours.
   * @default 8760, one year
   */
  issuerHours?: number;
  /**
   * How many hours before the issuer's end the first `pulumi up` makes a new one.
   * @default 1440, 60 days
   */
  issuerRenewalHours?: number;
}
