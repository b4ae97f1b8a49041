import { anyIdentity } from "../../../lib/lint/rules/any-identity";
import { made, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(anyIdentity, {
  finds: [
    {
      what: "a star in a ServerAuthorization",
      objects: [
        made("ServerAuthorization", '{server: {name: http}, client: {meshTLS: {identities: ["*"]}}}', "m", "v1beta1"),
      ],
      finds: [["ServerAuthorization shop/m", "spec.client.meshTLS.identities[0]", /every meshed client/]],
    },
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
