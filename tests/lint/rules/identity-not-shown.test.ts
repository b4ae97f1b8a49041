import { identityNotShown } from "../../../lib/lint/rules/identity-not-shown";
import { account, made, policy, server, testLinkerdRule } from "../linkerd-tester";

/** A meshed pod with its own account, and outbound ports that bypass its proxy. */
const caller = (skipped: string) => {
  const skip = skipped === "" ? "" : `, config.linkerd.io/skip-outbound-ports: "${skipped}"`;
  return `{apiVersion: v1, kind: Pod, metadata: {name: caller, namespace: shop, labels: {app: caller}, annotations: {linkerd.io/inject: enabled${skip}}}, spec: {serviceAccountName: caller, containers: [{name: c}]}}`;
};
/** A meshed pod without skipped ports. */
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
      what: "the account of a pod whose proxy skips the port",
      objects: [caller("8000-8080"), server(), policy(account("caller"))],
      finds: [
        ["AuthorizationPolicy shop/p", "spec", /sa caller\.shop to shop\/cart on port 8080, which shop\/caller takes/],
      ],
    },
    {
      what: "the same by an identity, on a port that every proxy skips by default",
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
      what: "that of a pod whose proxy skips another port",
      objects: [caller("9090"), server(), policy(account("caller"))],
    },
    {
      what: "a port that the server's own proxy skips",
      objects: [caller("4567"), server("port: 4567"), policy(account("caller"))],
    },
    { what: "that of a meshed one", objects: [server(), policy(account("web"))] },
    { what: "an unknown account", objects: [server(), policy(account("nobody"))] },
  ],
});
