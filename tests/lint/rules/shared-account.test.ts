import { sharedAccount } from "../../../lib/lint/rules/shared-account";
import { account, made, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(sharedAccount, {
  finds: [
    {
      what: "the default account",
      objects: [
        server(),
        policy("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}"),
        made(
          "MeshTLSAuthentication",
          "{identityRefs: [{kind: ServiceAccount, name: web}, {kind: ServiceAccount, name: default}]}",
        ),
      ],
      finds: [["MeshTLSAuthentication shop/m", "spec.identityRefs[1]", /admits shop\/job and shop\/mail alike/]],
    },
  ],
  passes: [{ what: "an account of one workload", objects: [server(), policy(account("web"))] }],
});
