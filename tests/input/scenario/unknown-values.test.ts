// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholder is what is tested.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluateManifests } from "../../../lib/manifests";
import { stateOf } from "../../../lib/reachability/verdict";

const pod =
  "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}";
const policy = (ingress: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {}, ingress: [${ingress}]}}`;

function evaluated(...documents: string[]) {
  return evaluateManifests([{ file: "a.yaml", text: [pod, ...documents].join("\n---\n") }]);
}

const idsOf = (...documents: string[]) => evaluated(...documents).scenario.endpoints.map(({ id }) => id);

describe("a rule that depends on an unknown value", () => {
  for (const [what, rule, peer, port] of [
    ["its port", "{fromCIDR: [203.0.113.0/24], toPorts: [{ports: [{port: '${PORT}'}]}]}", "203.0.113.0/24", 80],
    ["an exception", "{fromCIDRSet: [{cidr: 203.0.113.0/24, except: ['${LAN}']}]}", "203.0.113.0/24", 80],
    ["another block", "{fromCIDR: ['${LAN}', 203.0.113.0/24]}", "203.0.113.0/24", 80],
    ["its peer", "{fromCIDR: ['${LAN}'], toPorts: [{ports: [{port: '8443'}]}]}", "world", 8443],
  ] as const)
    it(`makes peers and ports of what it names beside ${what}`, () => {
      const { reachability, scenario } = evaluated(policy(rule));
      const web = scenario.endpoints.find(({ id }) => id === "shop/web");
      assert.ok(web?.ports?.some((own) => own.port === port));
      const verdict = reachability.verdict({ from: peer, to: "shop/web", proto: "TCP", port });
      assert.equal(stateOf(verdict), "unknown");
    });

  it("is no reason to tell IPv6 apart, although at its broadest it names all addresses", () => {
    assert.ok(!idsOf(policy("{fromCIDR: ['${LAN}']}")).includes("::/0"));
  });
});

describe("a workload whose service account is unknown", () => {
  const client =
    "{apiVersion: v1, kind: Pod, metadata: {name: client, namespace: shop, labels: {app: client}}, spec: {serviceAccountName: '${ACCOUNT}', containers: [{name: c}]}}";

  for (const [state, labels] of [
    ["unknown", "{io.cilium.k8s.policy.serviceaccount: client}"],
    ["allowed", "{app: client}"],
  ])
    it(`is ${state} to a selector of ${labels}`, () => {
      const { reachability } = evaluated(client, policy(`{fromEndpoints: [{matchLabels: ${labels}}]}`));
      const verdict = reachability.verdict({ from: "shop/client", to: "shop/web", proto: "TCP", port: 80 });
      assert.equal(stateOf(verdict), state);
    });
});

describe("a block that only Linkerd's authorization names", () => {
  const objects = [
    "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: web, namespace: shop}, spec: {podSelector: {}, port: 80}}",
    "{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: web, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: web}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: NetworkAuthentication, name: office}]}}",
    "{apiVersion: policy.linkerd.io/v1alpha1, kind: NetworkAuthentication, metadata: {name: office, namespace: shop}, spec: {networks: [{cidr: 203.0.113.0/24, except: [203.0.113.7/32]}]}}",
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {routing-mode: native, kube-proxy-replacement: "true"}}',
  ];
  const service = (type: string) =>
    `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: ${type}, selector: {app: web}, ports: [{port: 80}]}}`;

  for (const type of ["NodePort", "ClusterIP"])
    it(`${type === "NodePort" ? "also comes" : "does not come"} through a node to a ${type}`, () => {
      const ids = idsOf(...objects, service(type));
      for (const block of ["203.0.113.0/24", "203.0.113.7/32"])
        assert.equal(ids.includes(`${block} through a node`), type === "NodePort");
    });
});
