import { ignoredAuthorization } from "../../../lib/lint/rules/ignored-authorization";
import { account, made, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(ignoredAuthorization, {
  finds: [
    {
      what: "a missing authentication",
      objects: [server(), policy("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: wed}")],
      finds: [["AuthorizationPolicy shop/p", "spec.requiredAuthenticationRefs", /no MeshTLSAuthentication shop\/wed/]],
    },
  ],
  passes: [
    { what: "an account, which need not exist", objects: [server(), policy(account("nobody"))] },
    {
      what: "an existing authentication",
      objects: [
        server(),
        policy("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}"),
        made("MeshTLSAuthentication", "{identityRefs: [{kind: ServiceAccount, name: web}]}"),
      ],
    },
  ],
});
