import { ignoredAuthorization } from "../../../lib/lint/rules/ignored-authorization";
import { account, made, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(ignoredAuthorization, {
  finds: [
    {
      what: "an authentication that is not there",
      objects: [server(), policy("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: wed}")],
      finds: [["AuthorizationPolicy shop/p", "spec.requiredAuthenticationRefs", /no MeshTLSAuthentication shop\/wed/]],
    },
  ],
  passes: [
    { what: "an account, which need not be there", objects: [server(), policy(account("nobody"))] },
    {
      what: "an authentication that is there",
      objects: [
        server(),
        policy("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}"),
        made("MeshTLSAuthentication", "{identityRefs: [{kind: ServiceAccount, name: web}]}"),
      ],
    },
  ],
});
