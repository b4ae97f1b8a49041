import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../../lib/common/problem";
import { readManifests } from "../../../lib/input/manifests/read";

const route = (parent: string, filter: string) => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {parentRefs: [${parent}], rules: [{filters: [${filter}]}]}
`;
const redirect = (more: string) => `{type: RequestRedirect, requestRedirect: {${more}}}`;
const complaints = (text: string) => readManifests([{ file: "r.yaml", text }]).problems.map(formatProblem);

test("a route for a Gateway may have fields of a later version of the Gateway API", () => {
  const gateway = "{name: public, namespace: edge}";
  const later = [redirect("statusCode: 308"), "{type: CORS, cors: {allowOrigins: ['*']}}"];
  for (const filter of later) {
    assert.deepEqual(complaints(route(gateway, filter)), []);
    assert.deepEqual(complaints(route("{kind: Gateway, name: public}", filter)), []);
  }
  // For a route for Linkerd, Linkerd's own version counts. And no version accepts an invalid port.
  const server = "{group: policy.linkerd.io, kind: Server, name: web}";
  for (const filter of later) assert.match(complaints(route(server, filter)).join("\n"), /refuses it/);
  assert.match(complaints(route(`${gateway}, ${server}`, redirect("statusCode: 308"))).join("\n"), /refuses it/);
  assert.match(complaints(route(gateway, redirect("port: 0"))).join("\n"), /refuses it/);
});
