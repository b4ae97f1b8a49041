import { shutByDefault } from "../../../lib/lint/rules/shut-by-default";
import { account, policy, server, testLinkerdRule } from "../linkerd-tester";

const pod = (annotations: string, ports = "{containerPort: 8080}", name = "shop") =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled${annotations}}}, spec: {containers: [{name: c, ports: [${ports}]}]}}`;
const deny = ", config.linkerd.io/default-inbound-policy: deny";
const guarded = (name: string) => server("port: 8080", name).replace("app: cart", `app: ${name}`);

testLinkerdRule(shutByDefault, {
  finds: [
    {
      what: "a pod that denies by default, without any Server",
      objects: [pod(deny)],
      finds: [["Pod shop/shop", "", /^nobody may call port 8080, nor read the proxy's metrics \(4191\): the default/]],
    },
    {
      what: "a namespace that denies by default",
      objects: [
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {config.linkerd.io/default-inbound-policy: deny}}}",
        pod("", "{containerPort: 8080}, {containerPort: 9090}"),
      ],
      finds: [
        ["Pod shop/cart", "", /nobody may call ports 8080, 5432/],
        ["Pod shop/shop", "", /nobody may call ports 8080, 9090/],
      ],
    },
    {
      what: "a policy for the namespace, which opens no port without a Server",
      objects: [pod(deny), policy(account("web"), "{kind: Namespace, name: shop}")],
      finds: [["Pod shop/shop", "", /nobody may call port 8080/]],
    },
    {
      what: "a second port, which the Server of the first does not select",
      objects: [pod(deny, "{containerPort: 8080}, {containerPort: 9797}"), guarded("shop")],
      finds: [["Pod shop/shop", "", /nobody may call port 9797/]],
    },
  ],
  passes: [
    { what: "a Server on each port", objects: [pod(deny), guarded("shop")] },
    { what: "a pod that declares no port", objects: [pod(deny, "")] },
    { what: "a pod that audits by default", objects: [pod(", config.linkerd.io/default-inbound-policy: audit")] },
    {
      what: "a port that bypasses the proxy",
      objects: [pod(`${deny}, config.linkerd.io/skip-inbound-ports: "8080"`)],
    },
    {
      what: "a pod without a proxy",
      objects: [pod(deny).replace("inject: enabled", "inject: disabled")],
    },
    { what: "a port of UDP", objects: [pod(deny, "{containerPort: 53, protocol: UDP}")] },
    {
      what: "an invalid value, in whose place the cluster's default applies",
      objects: [pod(deny.replace("deny", "denied"))],
    },
  ],
});
