import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { type HelmValues, mergeValues } from "../../common/helm-values";
import type { TransportMode } from "../../scenario/transport-mode";
import { controlPlaneImageValues, vizImageValues } from "./images";
import { exemptFromWebhooks, trustAnchorAnnotation } from "./injection";
import { controlPlaneWebhooks, vizWebhooks, type WebhookFailurePolicy, type WebhookServer } from "./webhooks";

/**
 * Whether the types of the Gateway API come with Linkerd.
 * @enum
 */
export const GatewayApiSource = {
  /** The chart linkerd-crds installs them, and leaves them in the cluster when it goes. */
  Bundled: "bundled",
  /** The cluster has them already. */
  Existing: "existing",
} as const;
export type GatewayApiSource = (typeof GatewayApiSource)[keyof typeof GatewayApiSource];

/** What determines the values of linkerd-control-plane and linkerd-viz. Certificates may be Pulumi outputs. */
export interface LinkerdPlan {
  /** All trust anchors, concatenated, as PEM. */
  trustAnchorsPem: unknown;
  /** The authority that signed the webhooks' certificates, as PEM. */
  webhookAuthorityPem: unknown;
  trustAnchorGenerations: readonly string[];
  transportMode: TransportMode;
  webhookFailurePolicy: WebhookFailurePolicy;
  reportsVersion: boolean;
  artifacts?: ArtifactSources | undefined;
}

export function crdsValues(gatewayApi: GatewayApiSource): HelmValues {
  return { installGatewayAPI: gatewayApi === GatewayApiSource.Bundled };
}

export function controlPlaneValues(plan: LinkerdPlan): HelmValues {
  return mergeValues(
    {
      identityTrustAnchorsPEM: plan.trustAnchorsPem,
      // The issuer comes from a Secret of this type, which keeps its key out of Helm's values and release history.
      identity: { issuer: { scheme: "kubernetes.io/tls" } },
      proxy: { outboundTransportMode: plan.transportMode },
      webhookFailurePolicy: plan.webhookFailurePolicy,
      disableHeartBeat: !plan.reportsVersion,
    },
    certificatesOf(controlPlaneWebhooks, plan),
    controlPlaneImageValues(plan.artifacts),
  );
}

export function vizValues(plan: LinkerdPlan): HelmValues {
  return mergeValues(
    {
      // The stack creates the namespace with the labels that this job would add.
      createNamespaceMetadataJob: false,
      podAnnotations: trustAnchorAnnotation(plan.trustAnchorGenerations),
      tapInjector: {
        failurePolicy: plan.webhookFailurePolicy,
        // By default this webhook handles every pod outside kube-system, including its own and the control plane's. Failing closed, neither could
        // start again after both went down.
        namespaceSelector: exemptFromWebhooks,
        objectSelector: { matchExpressions: [{ key: "component", operator: "NotIn", values: ["tap-injector"] }] },
      },
    },
    certificatesOf(vizWebhooks, plan),
    vizImageValues(plan.artifacts),
  );
}

function certificatesOf(servers: readonly WebhookServer[], plan: LinkerdPlan): HelmValues {
  return Object.fromEntries(
    servers.map(({ valuesKey }) => [valuesKey, { externalSecret: true, caBundle: plan.webhookAuthorityPem }]),
  );
}
