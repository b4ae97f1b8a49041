import assert from "node:assert/strict";
import { test } from "node:test";
import { InboundPolicy } from "../../../lib/linkerd/policy/inbound";
import { readServer } from "../../../lib/linkerd/policy/inbound-api";
import { CHART_SETTINGS } from "../../../lib/linkerd/policy/settings";
import { viewOf } from "../../../lib/linkerd/policy/view";
import { viewDifferences } from "../../../lib/linkerd/policy/view-differences";
import { podWorkload } from "../../../lib/linkerd/policy/workload";
import { serverBytes, type Told } from "../../verify/policy-api";

const header = (name: string) => ({ name, value: "1" });
const modifier = { set: [header("X-Set")], add: [header("x-add")], remove: ["x-gone"] };
const replaced = { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" };
const requestRedirect = { scheme: "https", hostname: "example.com", path: replaced, port: 8443, statusCode: 301 };
const written = [
  { type: "RequestHeaderModifier", requestHeaderModifier: modifier },
  { type: "ResponseHeaderModifier", responseHeaderModifier: modifier },
  { type: "RequestRedirect", requestRedirect },
];

const made = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { namespace: "shop", name: "api" },
  spec,
});
const parentRefs = [{ group: "policy.linkerd.io", kind: "Server", name: "api" }];

function predicted(filters: readonly object[]) {
  const rules = [{ matches: [{ path: { type: "PathPrefix", value: "/old" } }], filters }];
  const objects = [
    made("policy.linkerd.io/v1beta3", "Server", { podSelector: {}, port: 8080, proxyProtocol: "HTTP/1" }),
    made("gateway.networking.k8s.io/v1", "HTTPRoute", { parentRefs, rules }),
  ];
  const labels = new Map([["linkerd.io/control-plane-ns", "linkerd"]]);
  const workload = podWorkload({ namespace: "shop", labels, annotations: new Map(), containers: [] });
  const [policy] = new InboundPolicy(objects, CHART_SETTINGS).policiesOfPort(workload, 8080);
  assert.ok(policy);
  return viewOf(policy);
}

const redirect = {
  scheme: { Type: { Registered: 1 } },
  host: "example.com",
  path: { Replace: { Prefix: "/new" } },
  port: 8443,
  status: 301,
};
const headers = { set: { headers: [header("x-set")] }, add: { headers: [header("x-add")] }, remove: ["x-gone"] };

function told(filters: readonly Told[]) {
  const metadata = { Kind: { Resource: { group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "api" } } };
  const rules = [{ matches: [{ path: { Kind: { Prefix: "/old" } } }], filters }];
  const protocol = { Kind: { Http1: { routes: [{ metadata, rules }] } } };
  return readServer(serverBytes({ protocol, labels: { kind: "server", name: "api" } }));
}

test("the view has the filters of requests in their order, but not those of responses, which the proxy does not receive", () => {
  const theirs = [{ Kind: { RequestHeaderModifier: headers } }, { Kind: { Redirect: redirect } }];
  assert.deepEqual(viewDifferences(predicted(written), told(theirs)), []);
  assert.deepEqual(predicted(written).routes[0]?.requests, [
    "path /old and below, then with the headers set x-set: 1, add x-add: 1, remove x-gone, redirected to https, host example.com, port 8443, prefix /new (301)",
  ]);
  assert.notDeepEqual(viewDifferences(predicted(written), told([...theirs].reverse())), []);
});

test("an added, missing or different filter is a difference, and so is an unknown one", () => {
  const same = [{ Kind: { Redirect: redirect } }];
  const ours = predicted([{ type: "RequestRedirect", requestRedirect }]);
  assert.deepEqual(viewDifferences(ours, told(same)), []);
  const others: Told[][] = [
    [],
    [...same, { Kind: { FailureInjector: { status: 503 } } }],
    [{ Kind: { Redirect: { ...redirect, status: 302 } } }],
    [{ Kind: { Redirect: { ...redirect, path: { Replace: { Full: "/new" } } } } }],
    [{ Kind: {} }],
  ];
  for (const filters of others) assert.equal(viewDifferences(ours, told(filters)).length, 1, JSON.stringify(filters));
  assert.match(viewDifferences(ours, told([{ Kind: {} }])).join(), /then an unknown filter according to the contr/);
  assert.match(
    viewDifferences(ours, told([{ Kind: { FailureInjector: { status: 503 } } }])).join(),
    /then failed with 503/,
  );
});
