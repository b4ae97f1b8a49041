import assert from "node:assert/strict";
import { test } from "node:test";
import { account, cilium, deployment, linkerd, policy, route, server, shop, target, unmeshed } from "./both-fences";
import { endsWith } from "./gate-of-two";

const text = (...given: Parameters<typeof shop>) => shop(...given)[0]?.text ?? "";
const [closed, forWeb, forJob] = [server(), policy("web", account("web")), policy("job", account("job"))];
const redirecting = (filters: string) => route("old", `{matches: [{path: {value: /old}}]${filters}}`);
const moved =
  ", filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /new}}}]";
const toOld = policy("web", account("web"), target("HTTPRoute", "old"));
const deny = linkerd("EgressNetwork", "all", "{trafficPolicy: Deny}");

/** The exit statuses of a gate for a change and for its reverse: 1 if the gate finds something. */
const cases: [what: string, before: string, after: string, gate: string, ends: [change: number, reverse: number]][] = [
  ["an account more", text([closed, forWeb]), text([closed, forWeb, forJob]), "opened", [1, 0]],
  [
    "the same, from a workload that it is not",
    text([closed, forWeb]),
    text([closed, forWeb, forJob]),
    "opened:shop/web",
    [0, 0],
  ],
  ["a Server that is gone", text([closed, forWeb]), text([forWeb]), "opened", [1, 0]],
  [
    "a route that no longer redirects",
    text([closed, redirecting(moved), toOld]),
    text([closed, redirecting(""), toOld]),
    "opened",
    [1, 0],
  ],
  ["an EgressNetwork that is gone", text([deny]), text([]), "opened:world", [1, 0]],
  [
    "a Server that lets everybody in",
    text([server("accessPolicy: all-authenticated")]),
    text([server("accessPolicy: all-unauthenticated")]),
    "plaintext",
    [1, 0],
  ],
  [
    "an account more, which comes with mTLS",
    text([closed, forWeb]),
    text([closed, forWeb, forJob]),
    "plaintext",
    [0, 0],
  ],
  [
    "a client that loses its proxy where nobody needs one",
    text([]),
    text([], { workloads: { web: deployment("web", { annotations: unmeshed }) } }),
    "plaintext",
    [1, 0],
  ],
  [
    "what Linkerd opens and Cilium keeps shut",
    text([
      closed,
      cilium(
        "api",
        "{endpointSelector: {matchLabels: {app: api}}, ingress: [{}], ingressDeny: [{fromEntities: [all]}]}",
      ),
    ]),
    text([
      closed,
      forWeb,
      cilium(
        "api",
        "{endpointSelector: {matchLabels: {app: api}}, ingress: [{}], ingressDeny: [{fromEntities: [all]}]}",
      ),
    ]),
    "opened",
    [0, 0],
  ],
];

for (const [what, before, after, gate, ends] of cases)
  test(`${gate}: ${what}`, () => {
    assert.deepEqual(
      [endsWith(before, after, [gate]), endsWith(after, before, [gate])],
      ends.map((end) => [end]),
    );
  });
