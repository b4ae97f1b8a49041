import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, type EndpointFacts, type Scenario } from "../../lib/reachability";
import { stateOf } from "../../lib/reachability/verdict";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { runs } from "../support/runs";

const accounts = ["web", "job", "db"] as const;
const endpoints: EndpointFacts[] = [
  ...accounts.map((name) => ({
    id: `shop/${name}`,
    namespace: "shop",
    serviceAccount: name,
    labels: { app: name },
    ports: [{ name: "http", port: 8080 }],
    mesh: { injected: true },
  })),
  { id: "shop/plain", namespace: "shop", labels: { app: "plain" }, mesh: { injected: false } },
  { id: "world", reserved: ["world"] },
];
type Made = Record<string, unknown>;
const made = (kind: string, name: string, spec: object, version = "policy.linkerd.io/v1alpha1"): Made => ({
  apiVersion: version,
  kind,
  metadata: { namespace: "shop", name },
  spec,
});
const name = fc.constantFrom("a", "b", "c");
const account = fc.constantFrom(...accounts);

const server = fc
  .record({
    name,
    app: account,
    proxyProtocol: fc.constantFrom("unknown", "HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS"),
    accessPolicy: fc.constantFrom("deny", "all-authenticated", "cluster-unauthenticated"),
  })
  .map(({ name: called, app, ...spec }) =>
    made(
      "Server",
      called,
      { podSelector: { matchLabels: { app } }, port: "http", ...spec },
      "policy.linkerd.io/v1beta3",
    ),
  );
const route = fc
  .record({ name, parent: name, path: fc.constantFrom("/", "/api", "/env"), method: fc.constantFrom("GET", undefined) })
  .map(({ name: called, parent, path, method }) =>
    made(
      "HTTPRoute",
      called,
      {
        parentRefs: [{ group: "policy.linkerd.io", kind: "Server", name: parent }],
        rules: [{ matches: [{ path: { type: "PathPrefix", value: path }, ...(method !== undefined && { method }) }] }],
      },
      "policy.linkerd.io/v1beta3",
    ),
  );
const networks = ["n"].map((called) => made("NetworkAuthentication", called, { networks: [{ cidr: "10.0.0.0/8" }] }));
const authorization = fc
  .record({ name, kind: fc.constantFrom("Server", "HTTPRoute"), target: name, account, byNetwork: fc.boolean() })
  .map(({ name: called, kind, target, account: of, byNetwork }) =>
    made("AuthorizationPolicy", `p-${called}`, {
      targetRef: { group: "policy.linkerd.io", kind, name: target },
      requiredAuthenticationRefs: [
        byNetwork
          ? { group: "policy.linkerd.io", kind: "NetworkAuthentication", name: "n" }
          : { kind: "ServiceAccount", name: of },
      ],
    }),
  );
const keyOf = ({ kind, metadata }: Made) => `${String(kind)} ${(metadata as { name: string }).name}`;
/** Of one name the first, as in a cluster. */
const distinct = (objects: readonly Made[]) => [
  ...new Map([...objects].reverse().map((one) => [keyOf(one), one])).values(),
];
const cluster = fc.record({
  objects: fc
    .record({
      servers: fc.array(server, { maxLength: 3 }),
      routes: fc.array(route, { maxLength: 3 }),
      policies: fc.array(authorization, { maxLength: 4 }),
    })
    .map(({ servers, routes, policies }) => distinct([...servers, ...routes, ...policies, ...networks])),
  mode: fc.constantFrom(...Object.values(TransportMode)),
});

const OPEN = { denied: 0, unknown: 1, allowed: 2 } as const;

function verdictsOf(objects: readonly Made[], transportMode: TransportMode) {
  const scenario: Scenario = { endpoints, mesh: { transportMode, authorization: { objects } } };
  return [...compile([], scenario).verdicts()];
}

const often = { numRuns: runs(100) };

test("an additional authorization never closes an edge, and a removed one never opens one", () => {
  fc.assert(
    fc.property(cluster, authorization, ({ objects, mode }, more) => {
      const without = objects.filter((one) => keyOf(one) !== keyOf(more));
      const [before, after] = [verdictsOf(without, mode), verdictsOf([...without, more], mode)];
      for (const [index, verdict] of after.entries()) {
        const was = before[index];
        assert.ok(was !== undefined && OPEN[stateOf(verdict)] >= OPEN[stateOf(was)], JSON.stringify([was, verdict]));
      }
    }),
    often,
  );
});

test("the order of objects never changes an answer", () => {
  fc.assert(
    fc.property(cluster, fc.nat(), ({ objects, mode }, by) => {
      const turn = objects.length === 0 ? 0 : by % objects.length;
      const turned = [...objects.slice(turn), ...objects.slice(0, turn)].reverse();
      assert.deepEqual(verdictsOf(turned, mode), verdictsOf(objects, mode));
    }),
    often,
  );
});
