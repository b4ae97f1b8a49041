import type * as pulumi from "@pulumi/pulumi";
import type { ArtifactSources } from "../../artifacts/artifact-sources";
import type { HelmValues } from "../../common/helm-values";
import type { GatewayApiSource } from "../../linkerd/install/values";
import type { WebhookFailurePolicy } from "../../linkerd/install/webhooks";
import type { TransportMode } from "../../scenario/transport-mode";

/** How Linkerd is installed. Contradictory arguments are refused before anything is created. */
export interface LinkerdArgs {
  /**
   * Version of the charts linkerd-crds, linkerd-control-plane and linkerd-viz, which is the same for all three: `2026.8.3` is
   * edge-26.8.3.
   * @default the version that meshfence pins
   */
  version?: string;

  /**
   * Accept versions outside the supported range.
   * @default false
   */
  allowUnsupportedVersions?: boolean;

  /**
   * How a meshed client carries a request to a meshed server.
   *
   * With `transparent`, packets keep the application's port, so a Cilium policy on that port means what it says. With `transport-header`, the chart's
   * own default since edge-25.3.2, they all go to the proxy's port 4143: a policy on the application's port blocks every meshed request, and one that
   * admits 4143 admits every port of the pod.
   * @default transparent
   */
  transportMode?: TransportMode;

  /**
   * Where the Gateway API's CRDs come from. The control plane looks for them only once, when it starts, so it is installed after them.
   * @default bundled
   */
  gatewayApi?: GatewayApiSource;

  /**
   * Whether to install linkerd-viz: metrics, tap, top and the dashboard.
   * @default true
   */
  viz?: boolean;

  /**
   * The generations of the trust anchor, the certificate at the root of every identity in the mesh. All of them are trusted; the
   * one that `issuer.signedBy` names signs.
   *
   * An anchor is replaced in three updates, each safe by itself:
   *  1. add the new generation at the end: `[{ generation: "1" }, { generation: "2" }]`. Restart every meshed workload, because a
   *     proxy learns the anchors when its pod starts. Pods that carry `podAnnotations` are restarted by the update itself.
   *  2. `issuer: { signedBy: "2" }`. Proxies renew their certificates within 24 hours.
   *  3. After that, remove generation 1, and restart the workloads again.
   *
   * Anchors are never renewed automatically: previews and updates warn when one is about to expire.
   * @default one generation, "1"
   */
  trustAnchors?: TrustAnchorArgs[];

  /** The intermediate certificate with which the control plane signs the proxies' own, each for 24 hours. */
  issuer?: IssuerArgs;

  /**
   * Certificates of the webhooks and of tap. Helm creates the charts' own for one year and never renews them; with webhooks that fail closed, no
   * meshed pod could be created once they expire.
   */
  webhookCertificates?: WebhookCertificatesArgs;

  /**
   * What happens to a pod that is created while the injector does not answer. `Fail` refuses it, and its controller tries again until it is meshed.
   * With `Ignore`, the chart's default, it starts in plain text and nothing reports it. If that happens to the pod that proves injection, the update
   * fails; delete that pod, and the next update passes.
   *
   * Namespaces with the label `config.linkerd.io/admission-webhooks=disabled`, kube-system and cert-manager are exempt.
   * @default Fail
   */
  webhookFailurePolicy?: WebhookFailurePolicy;

  /**
   * Whether the control plane reports its version to the project once a day, and asks for a newer one.
   * @default false
   */
  reportsVersion?: boolean;

  /**
   * What pods need before they can start: pass `cilium.ready` if the same stack installs Cilium. Only the control plane and what follows it waits;
   * namespaces, certificates and CRDs only need an API server, and are created meanwhile. (`dependsOn` would hold back all of them.)
   * @default nothing: the cluster already has a network
   */
  networkReady?: pulumi.Input<boolean> | undefined;

  /** Where charts and images come from. */
  artifacts?: ArtifactSources;

  /** Values merged last into those of the charts, on top of what this component sets. */
  values?: LinkerdValues;
}

/** One generation of the trust anchor: created here, or given. */
export interface TrustAnchorArgs {
  /** A name that no other generation has, e.g. "1" or "2026". It becomes part of resource names: a change creates a new anchor. */
  generation: string;

  /**
   * Lifetime in hours, from creation. A change creates a new anchor, which is not a safe rotation: add a generation instead.
   * @default 87600, ten years
   */
  validityHours?: number;

  /**
   * A certificate of your own, as PEM: ECDSA P-256, or RSA with 2048 or 4096 bits.
   * @default one is created: ECDSA P-256, CN root.linkerd.cluster.local
   */
  certificatePem?: pulumi.Input<string>;

  /** The key of that certificate, as PEM. Only needed when this generation signs the issuer. Kept as a secret. */
  privateKeyPem?: pulumi.Input<string>;
}

/** Who signs the issuer, and how long it lives. */
export interface IssuerArgs {
  /**
   * Generation of the trust anchor that signs the issuer.
   * @default the first in `trustAnchors`
   */
  signedBy?: string;

  /**
   * Lifetime in hours.
   * @default 8760, one year
   */
  validityHours?: number;

  /**
   * How many hours before it expires the first `pulumi up` creates a new one. The control plane picks it up without a restart.
   * @default 1440, 60 days: from when `linkerd check` warns
   */
  earlyRenewalHours?: number;
}

/** How long the certificates of the webhooks live. */
export interface WebhookCertificatesArgs {
  /**
   * Lifetime in hours.
   * @default 8760, one year
   */
  validityHours?: number;

  /**
   * How many hours before it expires the first `pulumi up` creates a new one. The servers pick it up without a restart.
   * @default 1440, 60 days
   */
  earlyRenewalHours?: number;
}

/** Values for each of the charts. */
export interface LinkerdValues {
  /** For linkerd-crds. */
  crds?: HelmValues;
  /** For linkerd-control-plane. */
  controlPlane?: HelmValues;
  /** For linkerd-viz. */
  viz?: HelmValues;
}
