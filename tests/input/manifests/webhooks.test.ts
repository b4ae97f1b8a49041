import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const read = (text: string) => {
  const { webhooks, problems } = readManifests([{ file: "w.yaml", text }]);
  assert.deepEqual(problems, []);
  return webhooks;
};

test("reads admission webhooks, with their failure policy", () => {
  const [first, second, ...others] = read(`
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: injector}
webhooks:
  - name: injector.example.com
    failurePolicy: Ignore
    clientConfig: {service: {name: injector, namespace: mesh, port: 8443}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods, services]}]
  - name: strict.example.com
    clientConfig: {service: {name: strict, namespace: mesh}}
  - name: outside.example.com
    clientConfig: {url: "https://example.com"}
`);
  const kind = "MutatingWebhookConfiguration";
  assert.deepEqual(others, []);
  assert.deepEqual(first, {
    ...{ kind, name: "injector.example.com", service: "injector", namespace: "mesh", port: 8443 },
    ...{ failurePolicy: "Ignore", resources: ["pods", "services"] },
  });
  assert.deepEqual(second, {
    ...{ kind, name: "strict.example.com", service: "strict", namespace: "mesh", port: 443 },
    ...{ failurePolicy: "Fail", resources: [] },
  });
});

test("reads extension API servers and conversion webhooks, and ignores those that call nothing", () => {
  const webhooks = read(`
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec: {service: {name: metrics-server, namespace: kube-system}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.apps}
spec: {}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: convert, namespace: things}}}}}
`);
  assert.deepEqual(
    webhooks.map(({ kind, service, namespace, port }) => [kind, service, namespace, port]),
    [
      ["APIService", "metrics-server", "kube-system", 443],
      ["CustomResourceDefinition", "convert", "things", 443],
    ],
  );
});
