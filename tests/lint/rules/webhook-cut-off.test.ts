import { webhookCutOff } from "../../../lib/lint/rules/webhook-cut-off";
import type { LintFacts, WebhookFacts } from "../../../lib/scenario/lint-facts";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

const called = (webhook: Partial<WebhookFacts>): LintFacts => ({
  webhooks: [
    {
      kind: "ValidatingWebhookConfiguration",
      name: "check.example.com",
      service: "podinfo",
      namespace: "demo",
      port: 80,
      failurePolicy: "Fail",
      resources: ["pods", "services"],
      ...webhook,
    },
  ],
});
const spec = `${podinfo}\ningress: [{${fromClient}}]`;

testRule(webhookCutOff, {
  finds: [
    {
      what: "one that must answer",
      facts: called({}),
      spec,
      finds: [
        [
          "spec.ingress",
          /cannot reach podinfo: check.example.com has failurePolicy Fail, so pods and services cannot be created/,
        ],
      ],
    },
    {
      what: "Linkerd's injector, which need not answer",
      facts: called({
        kind: "MutatingWebhookConfiguration",
        name: "linkerd-proxy-injector.linkerd.io",
        failurePolicy: "Ignore",
      }),
      spec,
      finds: [["spec.ingress", /failurePolicy Ignore, so pods start without a sidecar, and nothing reports it/]],
    },
    {
      what: "another that need not answer",
      facts: called({ failurePolicy: "Ignore" }),
      spec,
      finds: [["spec.ingress", /so requests pass as if it were not there/]],
    },
    {
      what: "an extension API server",
      facts: called({ kind: "APIService", name: "v1beta1.metrics.k8s.io" }),
      spec,
      finds: [["spec.ingress", /v1beta1.metrics.k8s.io is unavailable/]],
    },
    {
      what: "the Service's port in place of the pods'",
      facts: called({}),
      spec: `${podinfo}\ningress: [{fromEntities: [kube-apiserver], toPorts: [{ports: [{port: "80"}]}]}]`,
      finds: [["spec.ingress", /check.example.com/]],
    },
  ],
  passes: [
    {
      what: "the API server",
      facts: called({}),
      spec: `${podinfo}\ningress: [{fromEntities: [kube-apiserver], toPorts: [{ports: [{port: "9898"}]}]}]`,
    },
    { what: "the whole cluster", facts: called({}), spec: `${podinfo}\ningress: [{fromEntities: [cluster]}]` },
    { what: "in the other direction", facts: called({}), spec: `${podinfo}\negress: [{toEntities: [none]}]` },
    { what: "an unknown Service", facts: called({ service: "elsewhere" }), spec },
    { what: "nothing calls it", spec },
  ],
});
