import type { ArtifactSources } from "../../lib/artifacts";
import type { ChartName } from "../../lib/artifacts/charts";
import { ciliumValues } from "../../lib/cilium/install/values";
import type { HelmValues } from "../../lib/common/helm-values";
import {
  controlPlaneValues,
  crdsValues,
  GatewayApiSource,
  type LinkerdPlan,
  vizValues,
} from "../../lib/linkerd/install/values";
import { WebhookFailurePolicy } from "../../lib/linkerd/install/webhooks";
import { TransportMode } from "../../lib/scenario/transport-mode";

/** Values of one chart, as a planner makes them, under a name that says which choices led to them. */
export interface PlannedValues {
  name: string;
  chart: ChartName;
  values: HelmValues;
}

const mirror: ArtifactSources = { images: { registry: "registry.example.com:5000/mirror", digests: false } };

const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

const linkerdPlan: LinkerdPlan = {
  trustAnchorsPem: certificate,
  webhookAuthorityPem: certificate,
  trustAnchorGenerations: ["1", "2"],
  transportMode: TransportMode.Transparent,
  webhookFailurePolicy: WebhookFailurePolicy.Fail,
  reportsVersion: false,
};
const transportHeader: LinkerdPlan = { ...linkerdPlan, transportMode: TransportMode.TransportHeader };
const failingOpen: LinkerdPlan = { ...linkerdPlan, webhookFailurePolicy: WebhookFailurePolicy.Ignore };

/** Every combination that sets other values, or sets them differently. */
export const plannedValues: readonly PlannedValues[] = [
  ...[false, true].flatMap((replaceKubeProxy) =>
    [false, true].flatMap((l7Proxy) =>
      [undefined, mirror].map((artifacts) => ({
        name: `cilium${replaceKubeProxy ? ", no kube-proxy" : ""}${l7Proxy ? ", L7 proxy" : ""}${artifacts ? ", mirrored" : ""}`,
        chart: "cilium" as const,
        values: ciliumValues({
          replaceKubeProxy,
          apiServerHost: "sandbox-control-plane",
          apiServerPort: 6443,
          operators: replaceKubeProxy ? 2 : 1,
          l7Proxy,
          artifacts,
        }),
      })),
    ),
  ),
  ...Object.values(GatewayApiSource).map((source) => ({
    name: `linkerd-crds, gateway API ${source}`,
    chart: "linkerd-crds" as const,
    values: crdsValues(source),
  })),
  ...[
    { name: "", plan: linkerdPlan },
    { name: ", transport header", plan: transportHeader },
    { name: ", failing open", plan: failingOpen },
    { name: ", mirrored", plan: { ...linkerdPlan, artifacts: mirror } },
  ].flatMap(({ name, plan }) => [
    { name: `linkerd-control-plane${name}`, chart: "linkerd-control-plane" as const, values: controlPlaneValues(plan) },
    { name: `linkerd-viz${name}`, chart: "linkerd-viz" as const, values: vizValues(plan) },
  ]),
];
