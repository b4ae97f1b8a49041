import assert from "node:assert/strict";
import { test } from "node:test";
import { linkerdNamespaceLabels, vizNamespaceLabels } from "../../../lib/linkerd/install/names";
import { vizValues } from "../../../lib/linkerd/install/values";
import {
  controlPlaneWebhooks,
  dnsName,
  vizWebhooks,
  WebhookFailurePolicy,
} from "../../../lib/linkerd/install/webhooks";
import { TransportMode } from "../../../lib/scenario/transport-mode";

interface Selector {
  matchExpressions: ReadonlyArray<{ key: string; operator: "NotIn"; values: readonly string[] }>;
}
type Labels = { readonly [key: string]: string };

const { tapInjector } = vizValues({
  trustAnchorsPem: "",
  webhookAuthorityPem: "",
  trustAnchorGenerations: ["1"],
  transportMode: TransportMode.Transparent,
  webhookFailurePolicy: WebhookFailurePolicy.Fail,
  reportsVersion: false,
}) as { tapInjector: { namespaceSelector: Selector; objectSelector: Selector } };

/** Whether the API server asks the tap injector about a pod. Every namespace has its own name as a label. */
function asked(namespace: string, namespaceLabels: Labels, pod: Labels): boolean {
  const selects = ({ matchExpressions }: Selector, labels: Labels) =>
    matchExpressions.every(({ key, values }) => labels[key] === undefined || !values.includes(labels[key]));
  const named = { ...namespaceLabels, "kubernetes.io/metadata.name": namespace };
  return selects(tapInjector.namespaceSelector, named) && selects(tapInjector.objectSelector, pod);
}

test("failing closed, the tap injector sees every pod except those that it needs to start itself", () => {
  assert.ok(!asked("kube-system", {}, { "k8s-app": "cilium" }));
  assert.ok(!asked("kube-system", {}, { "k8s-app": "kube-dns" }));
  assert.ok(!asked("linkerd", linkerdNamespaceLabels, { "linkerd.io/control-plane-component": "proxy-injector" }));
  assert.ok(!asked("linkerd-viz", vizNamespaceLabels, { component: "tap-injector", "linkerd.io/extension": "viz" }));
  assert.ok(!asked("storage", { "config.linkerd.io/admission-webhooks": "disabled" }, { app: "csi" }));
  assert.ok(asked("linkerd-viz", vizNamespaceLabels, { component: "prometheus", "linkerd.io/extension": "viz" }));
  assert.ok(asked("shop", {}, { app: "podinfo" }));
});

test("servers and their Secrets have the names that their charts use", () => {
  assert.deepEqual(
    [...controlPlaneWebhooks, ...vizWebhooks].map(
      (server) => `${server.valuesKey} ${dnsName(server)} ${server.secret}`,
    ),
    [
      "proxyInjector linkerd-proxy-injector.linkerd.svc linkerd-proxy-injector-k8s-tls",
      "profileValidator linkerd-sp-validator.linkerd.svc linkerd-sp-validator-k8s-tls",
      "policyValidator linkerd-policy-validator.linkerd.svc linkerd-policy-validator-k8s-tls",
      "tap tap.linkerd-viz.svc tap-k8s-tls",
      "tapInjector tap-injector.linkerd-viz.svc tap-injector-k8s-tls",
    ],
  );
});
