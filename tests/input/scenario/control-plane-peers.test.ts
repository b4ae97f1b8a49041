// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholder is what is tested.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { tellsControlPlaneApart } from "../../../lib/input/scenario/control-plane-peers";

const policy = (spec: string, metadata = "") =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web, namespace: shop${metadata}}, spec: {endpointSelector: {}, ${spec}}}`;

describe("a policy tells control-plane nodes apart", () => {
  for (const [expected, what, text] of [
    [true, "by the API server's entity", policy("ingress: [{fromEntities: [health, kube-apiserver]}]")],
    [true, "by the entity in a deny rule", policy("ingressDeny: [{fromEntities: [kube-apiserver]}]")],
    [
      true,
      "by its reserved label",
      policy("ingress: [{fromEndpoints: [{matchLabels: {'reserved:kube-apiserver': ''}}]}]"),
    ],
    [
      true,
      "by an expression on that label",
      policy(
        "ingress: [{fromEndpoints: [{matchExpressions: [{key: 'reserved:kube-apiserver', operator: DoesNotExist}]}]}]",
      ),
    ],
    [
      true,
      "by the role of nodes",
      policy("ingress: [{fromNodes: [{matchLabels: {node-role.kubernetes.io/control-plane: ''}}]}]"),
    ],
    [
      true,
      "in a rule whose port is a placeholder",
      policy("ingress: [{fromEntities: [kube-apiserver], toPorts: [{ports: [{port: '${PORT}', protocol: TCP}]}]}]"),
    ],
    [false, "not by other entities", policy("ingress: [{fromEntities: [remote-node]}]")],
    [false, "not by other labels of nodes", policy("ingress: [{fromNodes: [{matchLabels: {zone: a}}]}]")],
    [false, "not by its egress, which clients never use", policy("egress: [{toEntities: [kube-apiserver]}]")],
    [
      false,
      "not by an annotation or a description that mentions the API server",
      policy("description: closes kube-apiserver, ingress: [{}]", ", annotations: {for: kube-apiserver}"),
    ],
    [
      false,
      "not by a label's value",
      policy("ingress: [{fromEndpoints: [{matchLabels: {app: kube-apiserver, role: node-role.kubernetes.io}}]}]"),
    ],
  ] as const)
    it(what, () => {
      const { policies, problems } = manifestsOf([{ file: "policy.yaml", text }], { namespace: "default" });
      assert.deepEqual(problems, []);
      assert.deepEqual(
        policies.map(({ manifest }) => tellsControlPlaneApart(manifest)),
        [expected],
      );
    });
});
