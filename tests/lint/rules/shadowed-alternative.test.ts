import { shadowedAlternative } from "../../../lib/lint/rules/shadowed-alternative";
import { route, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(shadowedAlternative, {
  finds: [
    {
      what: "the shorter one first",
      objects: [server(), route("{matches: [{path: {type: RegularExpression, value: /api|/api/v1}}]}")],
      finds: [
        ["HTTPRoute shop/r", "spec.rules[0].matches[0].path.value", /never matches \/api\/v1: \/api is tried first/],
      ],
    },
  ],
  passes: [
    {
      what: "the longer one first",
      objects: [server(), route("{matches: [{path: {type: RegularExpression, value: /api/v1|/api}}]}")],
    },
    {
      what: "a path that is no expression",
      objects: [server(), route('{matches: [{path: {type: Exact, value: "/api|/api/v1"}}]}')],
    },
  ],
});
