import { authorizesAnyone } from "../../../lib/lint/rules/authorizes-anyone";
import { account, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(authorizesAnyone, {
  finds: [
    {
      what: "a policy that requires nothing",
      objects: [server(), policy("")],
      finds: [["AuthorizationPolicy shop/p", "spec.requiredAuthenticationRefs", /admits anyone/]],
    },
  ],
  passes: [{ what: "one that requires an account", objects: [server(), policy(account("web"))] }],
});
