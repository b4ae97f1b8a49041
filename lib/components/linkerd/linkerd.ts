import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ChartName, chartLocation } from "../../artifacts/charts";
import { type HelmValues, mergeValues } from "../../common/helm-values";
import { pinned } from "../../common/versions";
import { podInjection } from "../../linkerd/install/injection";
import {
  linkerdNamespace,
  linkerdNamespaceLabels,
  meshedNamespaceLabels,
  vizNamespace,
  vizNamespaceLabels,
} from "../../linkerd/install/names";
import { linkerdProblems } from "../../linkerd/install/problems";
import {
  controlPlaneValues,
  crdsValues,
  GatewayApiSource,
  type LinkerdPlan,
  vizValues,
} from "../../linkerd/install/values";
import { controlPlaneWebhooks, vizWebhooks, WebhookFailurePolicy } from "../../linkerd/install/webhooks";
import { TransportMode } from "../../scenario/transport-mode";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { recordMesh } from "../shared/mesh-of-cluster";
import { refuse } from "../shared/refuse";
import type { LinkerdArgs } from "./args";
import { LinkerdIdentity } from "./identity";
import { InjectionProof, proofNamespace } from "./injection-proof";
import { WebhookCertificates } from "./webhook-certificates";

/**
 * Linkerd, installed with its Helm charts: the Gateway API's CRDs, linkerd-crds, the control plane and viz, each ready before the next.
 *
 * Ready when a newly created pod is meshed and can be tapped: whatever lists this component in `dependsOn`, or uses `ready`, starts only then. Helm
 * only knows that the injector's Deployment is available, and pods have been seen to start without a sidecar seconds after that. So this component
 * starts a pod of its own that only becomes ready through its sidecar.
 *
 * With a provider of your own, set `enableSecretMutable: true` on it (`KindCluster` does): otherwise Pulumi deletes a Secret before it recreates it
 * with a renewed certificate, and for a moment there is none.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the arguments.
 * @example
 * const cilium = new Cilium("cilium", {}, { provider });
 * const linkerd = new Linkerd("linkerd", { networkReady: cilium.ready }, { provider });
 */
export class Linkerd extends pulumi.ComponentResource {
  /** Version of the charts. */
  public readonly version: pulumi.Output<string>;
  /** Namespace of the control plane, `linkerd`. */
  public readonly namespace: pulumi.Output<string>;
  /** Namespace of viz, if it is installed, `linkerd-viz`. */
  public readonly vizNamespace: pulumi.Output<string>;
  /** How meshed clients reach meshed servers, which decides what policies have to admit. */
  public readonly transportMode: pulumi.Output<TransportMode>;
  /** All trust anchors as PEM, one after the other, as `linkerd check` and other clusters of the same mesh need them. */
  public readonly trustAnchorsPem: pulumi.Output<string>;
  /** When each trust anchor expires, by generation, as RFC 3339. Generations with a certificate of your own are left out. */
  public readonly trustAnchorsExpire: pulumi.Output<{ [generation: string]: string }>;
  /** When the issuer expires, as RFC 3339. */
  public readonly issuerExpires: pulumi.Output<string>;
  /**
   * Annotations for the pod template of a workload that is to be meshed. They change with the trust anchors, so that the workload is
   * restarted when they do: a proxy learns the anchors when its pod starts.
   */
  public readonly podAnnotations: pulumi.Output<{ [key: string]: string }>;
  /** The Helm release of linkerd-crds. */
  public readonly crds: k8s.helm.v3.Release;
  /** The Helm release of linkerd-control-plane. */
  public readonly controlPlane: k8s.helm.v3.Release;
  /** The Helm release of linkerd-viz; undefined if it is not installed. */
  public readonly viz: k8s.helm.v3.Release | undefined;
  /** True once a newly created pod is meshed and, with viz, can be tapped. */
  public readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: LinkerdArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:Linkerd", name, inputsOf(args), opts);
    requireKubernetesProvider(this);
    refuse(this, linkerdProblems(args));

    const version = args.version ?? pinned.linkerd.chart;
    const transportMode = args.transportMode ?? TransportMode.Transparent;
    recordMesh(this, { name, transportMode });
    const trustAnchors = args.trustAnchors ?? [{ generation: "1" }];
    const generations = trustAnchors.map(({ generation }) => generation);
    const install = (
      chart: ChartName,
      namespace: string,
      values: HelmValues,
      dependsOn: pulumi.Input<pulumi.Resource>[],
    ) =>
      new k8s.helm.v3.Release(
        `${name}-${chart.replace("linkerd-", "")}`,
        {
          ...chartLocation(chart, version, args.artifacts),
          name: chart,
          namespace,
          values,
          timeout: releaseTimeoutSeconds,
        },
        { parent: this, dependsOn },
      );

    const namespace = this.namespaceNamed(`${name}-namespace`, linkerdNamespace, linkerdNamespaceLabels);
    const identity = new LinkerdIdentity(
      `${name}-identity`,
      { trustAnchors, issuer: args.issuer },
      { parent: this, dependsOn: namespace },
    );
    const certificates = new WebhookCertificates(
      `${name}-webhooks`,
      { servers: controlPlaneWebhooks, ...args.webhookCertificates },
      { parent: this, dependsOn: namespace },
    );
    const plan: LinkerdPlan = {
      trustAnchorsPem: identity.trustAnchorsPem,
      webhookAuthorityPem: certificates.authorityPem,
      trustAnchorGenerations: generations,
      transportMode,
      webhookFailurePolicy: args.webhookFailurePolicy ?? WebhookFailurePolicy.Fail,
      reportsVersion: args.reportsVersion ?? false,
      artifacts: args.artifacts,
    };

    this.crds = install(
      "linkerd-crds",
      linkerdNamespace,
      mergeValues(crdsValues(args.gatewayApi ?? GatewayApiSource.Bundled), args.values?.crds),
      [namespace],
    );
    this.controlPlane = install(
      "linkerd-control-plane",
      linkerdNamespace,
      mergeValues(controlPlaneValues(plan), args.values?.controlPlane),
      [this.crds, identity, certificates, availableAfter(args.networkReady, this.crds)],
    );
    const scratch = this.namespaceNamed(`${name}-injection-proof-namespace`, proofNamespace, meshedNamespaceLabels);
    const proxyInjection = new InjectionProof(
      `${name}-proxy-injection`,
      { proof: "proxy", release: this.controlPlane, trustAnchorGenerations: generations, artifacts: args.artifacts },
      { parent: this, dependsOn: [this.controlPlane, scratch] },
    );
    const proofs = [proxyInjection];

    if (args.viz ?? true) {
      const vizSpace = this.namespaceNamed(`${name}-viz-namespace`, vizNamespace, vizNamespaceLabels);
      const vizCertificates = new WebhookCertificates(
        `${name}-viz-webhooks`,
        { servers: vizWebhooks, authority: certificates.authority, ...args.webhookCertificates },
        { parent: this, dependsOn: vizSpace },
      );
      const viz = install("linkerd-viz", vizNamespace, mergeValues(vizValues(plan), args.values?.viz), [
        proxyInjection,
        vizCertificates,
      ]);
      this.viz = viz;
      proofs.push(
        new InjectionProof(
          `${name}-tap-injection`,
          { proof: "tap", release: viz, trustAnchorGenerations: generations, artifacts: args.artifacts },
          { parent: this, dependsOn: [viz, scratch] },
        ),
      );
    }

    this.version = pulumi.output(version);
    this.namespace = namespace.metadata.name;
    this.vizNamespace = pulumi.output(vizNamespace);
    this.transportMode = pulumi.output(transportMode);
    this.trustAnchorsPem = identity.trustAnchorsPem;
    this.trustAnchorsExpire = identity.trustAnchorsExpire;
    this.issuerExpires = identity.issuerExpires;
    this.podAnnotations = pulumi.output(podInjection(generations));
    this.ready = pulumi.all(proofs.map(({ proven }) => proven)).apply(() => true);
    this.registerOutputs({
      version: this.version,
      namespace: this.namespace,
      vizNamespace: this.vizNamespace,
      transportMode: this.transportMode,
      trustAnchorsPem: this.trustAnchorsPem,
      trustAnchorsExpire: this.trustAnchorsExpire,
      issuerExpires: this.issuerExpires,
      podAnnotations: this.podAnnotations,
      ready: this.ready,
    });
  }

  private namespaceNamed(resource: string, namespace: string, labels: { [key: string]: string }) {
    return new k8s.core.v1.Namespace(resource, { metadata: { name: namespace, labels } }, { parent: this });
  }
}

/** Enough to pull the images over a slow connection. */
const releaseTimeoutSeconds = 600;

/** A resource that is available once `signal` is. As a dependency, it includes the resources that the signal comes from. */
function availableAfter(
  signal: pulumi.Input<boolean> | undefined,
  resource: pulumi.Resource,
): pulumi.Output<pulumi.Resource> {
  return pulumi.output(signal).apply(() => resource);
}

/**
 * The inputs to keep in the state. A key given as a plain string would be in plain text there, and `networkReady` would delay the
 * whole component.
 */
function inputsOf({ networkReady: _, ...args }: LinkerdArgs): LinkerdArgs {
  const trustAnchors = args.trustAnchors?.map((anchor) =>
    anchor.privateKeyPem === undefined ? anchor : { ...anchor, privateKeyPem: pulumi.secret(anchor.privateKeyPem) },
  );
  return { ...args, ...(trustAnchors !== undefined && { trustAnchors }) };
}
