import { anyIdentity } from "../../../lib/lint/rules/any-identity";
import { made, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(anyIdentity, {
  finds: [
    {
      what: "a star",
      objects: [made("MeshTLSAuthentication", '{identities: ["*"]}')],
      finds: [["MeshTLSAuthentication shop/m", "spec.identities[0]", /every meshed client of every cluster/]],
    },
  ],
  passes: [
    {
      what: "all of a namespace",
      objects: [
        made("MeshTLSAuthentication", '{identities: ["*.shop.serviceaccount.identity.linkerd.cluster.local"]}'),
      ],
    },
  ],
});
