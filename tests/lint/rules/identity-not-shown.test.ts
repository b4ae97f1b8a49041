import { identityNotShown } from "../../../lib/lint/rules/identity-not-shown";
import { account, policy, server, testLinkerdRule } from "../linkerd-tester";

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
  ],
  passes: [
    { what: "that of a meshed one", objects: [server(), policy(account("web"))] },
    { what: "one that is not known", objects: [server(), policy(account("nobody"))] },
  ],
});
