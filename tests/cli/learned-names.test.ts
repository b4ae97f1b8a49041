import assert from "node:assert/strict";
import { test } from "node:test";
import { diffReport } from "../../lib/cli/reports/diff";
import { readManifests } from "../../lib/input/manifests/read";
import { evaluate, evaluateBoth } from "../../lib/manifests/evaluate";

const options = { namespace: "default" };
const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}
`;
const policy = (dns: string) => `${web}---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  egress:
    - toFQDNs: [{matchName: api.example.com}]
      toPorts: [{ports: [{port: "443", protocol: TCP}]}]
    - toEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": kube-system, k8s-app: kube-dns}}]
      toPorts: [{ports: [{port: "53", protocol: ANY}]${dns}}]
`;
const listed = (patterns: string) => `, rules: {dns: [${patterns}]}`;
const manifests = (text: string) => readManifests([{ file: "p.yaml", text }]);
const toApi = { from: "shop/web", to: "api.example.com", proto: "TCP", port: 443 };
const isAllowed = (text: string) => evaluate(manifests(text), options).reachability.verdict(toApi).allowed;

test("a DNS name is reachable only if a DNS rule lets the pod look it up", () => {
  assert.equal(isAllowed(policy(listed('{matchPattern: "*"}'))), true);
  assert.equal(isAllowed(policy(listed("{matchName: API.example.com}"))), true);
  assert.equal(isAllowed(policy(listed('{matchPattern: "*.cluster.local"}'))), false);
  assert.equal(isAllowed(policy("")), false);
});

test("diff lists the edge to a DNS name as closed if the change removes its DNS rule", () => {
  const [before, after] = [manifests(policy(listed('{matchPattern: "*"}'))), manifests(policy(""))];
  const { diff } = diffReport(evaluateBoth(before, after, options), { before: "before", after: "after" });
  assert.ok(diff.closed.length > 0);
  assert.ok(diff.closed.every(({ to }) => to === "api.example.com"));
  assert.deepEqual(diff.opened, []);
});
