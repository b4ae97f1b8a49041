import { identityNotShown } from "../../../lib/lint/rules/identity-not-shown";
import { account, made, policy, server, testLinkerdRule } from "../linkerd-tester";

/** A meshed pod with an account of its own, and ports that pass its proxy by on the way out. */
const caller = (skipped: string) => {
  const skip = skipped === "" ? "" : `, config.linkerd.io/skip-outbound-ports: "${skipped}"`;
  return `{apiVersion: v1, kind: Pod, metadata: {name: caller, namespace: shop, labels: {app: caller}, annotations: {linkerd.io/inject: enabled${skip}}}, spec: {serviceAccountName: caller, containers: [{name: c}]}}`;
};
/** A meshed pod that takes no port past its proxy. */
const open =
  '{apiVersion: v1, kind: Pod, metadata: {name: open, namespace: shop, labels: {app: open}, annotations: {linkerd.io/inject: enabled, config.linkerd.io/skip-inbound-ports: "1"}}, spec: {containers: [{name: c, ports: [{containerPort: 4567}]}]}}';

testLinkerdRule(identityNotShown, {
  finds: [
    {
      what: "the account of a pod without a proxy",
      objects: [server(), policy(account("plain"))],
      finds: [
        [
          "AuthorizationPolicy shop/p",
          "spec.requiredAuthenticationRefs[0]",
          /plain\.shop is the account of shop\/plain/,
        ],
      ],
    },
    {
      what: "the account of a pod that takes the port past its proxy",
      objects: [caller("8000-8080"), server(), policy(account("caller"))],
      finds: [
        ["AuthorizationPolicy shop/p", "spec", /sa caller\.shop to shop\/cart on port 8080, which shop\/caller takes/],
      ],
    },
    {
      what: "the same by an identity, on a port that the chart takes past every proxy",
      objects: [
        caller(""),
        server("port: 4567").replace(
          "podSelector: {matchLabels: {app: cart}}",
          "podSelector: {matchLabels: {app: open}}",
        ),
        open,
        made("MeshTLSAuthentication", "{identities: [caller.shop.serviceaccount.identity.linkerd.cluster.local]}"),
        policy("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}"),
      ],
      finds: [["AuthorizationPolicy shop/p", "spec", /to shop\/open on port 4567/]],
    },
  ],
  passes: [
    {
      what: "that of a pod that takes another port past its proxy",
      objects: [caller("9090"), server(), policy(account("caller"))],
    },
    {
      what: "a port that the server takes past its own proxy, where nobody asks",
      objects: [caller("4567"), server("port: 4567"), policy(account("caller"))],
    },
    { what: "that of a meshed one", objects: [server(), policy(account("web"))] },
    { what: "one that is not known", objects: [server(), policy(account("nobody"))] },
  ],
});
