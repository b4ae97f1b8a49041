import { shadowedAlternative } from "../../../lib/lint/rules/shadowed-alternative";
import { route, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(shadowedAlternative, {
  finds: [
    {
      what: "a header and a query parameter, and a lazy end",
      objects: [
        server(),
        route(
          "{matches: [{path: {type: RegularExpression, value: '/a.*?'}, headers: [{name: env, type: RegularExpression, value: prod|production}], queryParams: [{name: v, type: RegularExpression, value: 1|10}]}]}",
        ),
      ],
      finds: [
        ["HTTPRoute shop/r", "spec.rules[0].matches[0].path.value", /ends in \*\?, which takes as little as it can/],
        ["HTTPRoute shop/r", "spec.rules[0].matches[0].headers[0].value", /never matches production/],
        ["HTTPRoute shop/r", "spec.rules[0].matches[0].queryParams[0].value", /never matches 10/],
      ],
    },
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
      what: "an anchored or greedy end",
      objects: [
        server(),
        route(
          "{matches: [{path: {type: RegularExpression, value: '/a.*?$'}}, {path: {type: RegularExpression, value: '/a.*'}}, {path: {type: RegularExpression, value: '/a/?'}}, {path: {type: RegularExpression, value: '/a\\+?'}}]}",
        ),
      ],
    },
    {
      what: "the longer one first",
      objects: [server(), route("{matches: [{path: {type: RegularExpression, value: /api/v1|/api}}]}")],
    },
    {
      what: "a path that is not an expression",
      objects: [server(), route('{matches: [{path: {type: Exact, value: "/api|/api/v1"}}]}')],
    },
  ],
});
