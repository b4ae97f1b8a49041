import { outdatedAnnotation } from "../../../lib/lint/rules/outdated-annotation";
import { cilium, server, testLinkerdRule } from "../linkerd-tester";

const namespace = (policy: string) =>
  `{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {config.linkerd.io/default-inbound-policy: ${policy}}}}`;
const running = (annotations = "{}") =>
  `{apiVersion: v1, kind: Pod, metadata: {name: old, namespace: shop, labels: {app: old}, annotations: ${annotations}}, spec: {containers: [{name: linkerd-proxy}, {name: c, ports: [{containerPort: 8080}]}]}, status: {phase: Running}}`;
const own = "{config.linkerd.io/default-inbound-policy: deny}";
const ofOld = server().replace("{app: cart}", "{app: old}");

testLinkerdRule(outdatedAnnotation, {
  finds: [
    {
      what: "a pod that a Server selects, injected before its namespace got the default policy deny",
      objects: [namespace("deny"), running(), ofOld],
      finds: [
        [
          "Server shop/http",
          "spec",
          /shop\/old does not have its namespace's config.linkerd.io\/default-inbound-policy/,
        ],
      ],
    },
    {
      what: "one that only a Cilium policy selects",
      objects: [namespace("deny"), running(), cilium("{endpointSelector: {matchLabels: {app: old}}, ingress: [{}]}")],
      finds: [["CiliumNetworkPolicy shop/c", "spec", /shop\/old does not have/]],
    },
  ],
  passes: [
    { what: "one that has it", objects: [namespace("deny"), running(own), ofOld] },
    { what: "pods that do not exist yet", objects: [namespace("deny"), server()] },
  ],
});
