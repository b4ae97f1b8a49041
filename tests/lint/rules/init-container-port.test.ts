import { unknownNamedPort } from "../../../lib/lint/rules/unknown-named-port";
import { cilium, server, testLinkerdRule } from "../linkerd-tester";

const pod =
  "{apiVersion: v1, kind: Pod, metadata: {name: side, namespace: shop, labels: {app: side}, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}]}], initContainers: [{name: s, restartPolicy: Always, ports: [{name: metrics, containerPort: 9100}]}]}}";
const admitting = (port: string) =>
  cilium(
    `{endpointSelector: {matchLabels: {app: side}}, ingress: [{fromEntities: [cluster], toPorts: [{ports: [{port: ${port}}]}]}]}`,
  );

testLinkerdRule(unknownNamedPort, {
  finds: [
    {
      what: "a name that Linkerd reads from a native sidecar, and Cilium does not",
      objects: [pod, server("port: metrics").replace("{app: cart}", "{app: side}"), admitting("metrics")],
      finds: [
        [
          "CiliumNetworkPolicy shop/c",
          "spec.ingress[0].toPorts[0].ports[0].port",
          /"metrics" is a port of an init container, whose ports Cilium does not read, so this allows nothing/,
        ],
      ],
    },
  ],
  passes: [{ what: "a name of a container", objects: [pod, server(), admitting("web")] }],
});
