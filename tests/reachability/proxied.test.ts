import assert from "node:assert/strict";
import { test } from "node:test";
import { letsThroughMore, matchWords } from "../../lib/cilium/policy/proxied";
import { diffManifests } from "../../lib/manifests";

const pod = {
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "api", namespace: "shop", labels: { app: "api" } } },
  spec: { containers: [{ name: "main", ports: [{ containerPort: 80 }] }] },
};
const policy = (spec: object, name = "p") => ({
  ...{ apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name, namespace: "shop" } },
  spec: { endpointSelector: {}, ...spec },
});
const text = (...items: object[]) => [
  { file: "a.yaml", text: JSON.stringify({ kind: "List", apiVersion: "v1", items: [pod, ...items] }) },
];
/** The list that the edge from the world (or to it) on a port is in. */
function became(port: number, before: object[], after: object[]): string {
  const diff = diffManifests(text(...before), text(...after));
  const lists = ["opened", "closed", "unclear", "changed", "redecided"] as const;
  return lists
    .filter((list) =>
      diff[list].some((change) => change.port === port && (change.to === "world" || change.from.includes("world"))),
    )
    .join();
}
const from = (...ports: object[]) => policy({ ingress: [{ fromEntities: ["world"], toPorts: ports }] });
const ports = (port: string) => [{ port, protocol: "TCP" }];
const http = (...rules: object[]) => ({ ports: ports("80"), rules: { http: rules } });
const GET = http({ method: "GET", path: "/public" });

test("reports opened and closed requests at Cilium's proxy, although the edge stays allowed", () => {
  const wider: [string, object][] = [
    ["any request", http({})],
    ["no rule", { ports: ports("80") }],
    ["another path", http({ method: "GET", path: "/public" }, { method: "GET", path: "/admin" })],
    ["a path that takes it", http({ method: "GET", path: "/.*" })],
    ["a method that takes it", http({ method: "GET|POST", path: "/public" })],
    ["no method", http({ path: "/public" })],
  ];
  for (const [what, after] of wider) {
    assert.equal(became(80, [from(GET)], [from(after)]), "opened", what);
    assert.equal(became(80, [from(after)], [from(GET)]), "closed", what);
  }
  const header = http({ method: "GET", path: "/public", headers: ["X-Env: prod"] });
  assert.equal(became(80, [from(header)], [from(GET)]), "opened");
  const logged = http({ method: "GET", path: "/public", headerMatches: [{ name: "X", value: "a", mismatch: "LOG" }] });
  assert.equal(became(80, [from(logged)], [from(GET)]), "", "a mismatch that is logged keeps nothing out");
  assert.equal(became(80, [from(GET)], [from(GET)]), "");
  assert.equal(became(80, [from(http({}))], [from({ ports: ports("80") })]), "changed", "the proxy lets all through");
});

test("counts rules of other peers and other policies that match the same client", () => {
  const block = { ingress: [{ fromCIDR: ["203.0.113.0/24"], toPorts: [http({ method: "POST" })] }] };
  const narrow = policy(block, "q");
  const opened = (before: object[], after: object[]) =>
    diffManifests(text(...before), text(...after)).opened.flatMap(({ from: sources }) => sources);
  assert.deepEqual(opened([from(GET), policy({ ingress: [] }, "q")], [from(GET), narrow]), ["203.0.113.0/24"]);
  const everybody = policy({ ingress: [{ fromEntities: ["all"], toPorts: [GET] }] });
  assert.deepEqual(
    opened([everybody, policy({ ingress: [] }, "q")], [everybody, narrow]),
    ["203.0.113.0/24"],
    "beside what everybody may",
  );
  const elsewhere = policy({ ingress: [{ fromEntities: ["world"], toPorts: [{ ports: ports("80") }] }] }, "q");
  assert.equal(
    became(80, [from(GET)], [from(GET), elsewhere]),
    "opened",
    "beside a rule without L7 rules all is let through",
  );
  const undenied = { enableDefaultDeny: { ingress: false }, ingress: [{ fromEntities: ["world"], toPorts: [GET] }] };
  assert.equal(became(80, [policy(undenied)], []), "changed", "without default deny nothing is kept out");
});

test("server names, DNS rules and listeners decide too", () => {
  const to = (...rules: object[]) => policy({ egress: rules });
  const sni = (...serverNames: string[]) =>
    to({ toEntities: ["world"], toPorts: [{ ports: ports("443"), ...(serverNames.length > 0 && { serverNames }) }] });
  assert.equal(became(443, [sni("a.example.com")], [sni("a.example.com", "b.example.com")]), "opened");
  assert.equal(became(443, [sni("a.example.com")], [sni("*.example.com")]), "opened");
  assert.equal(became(443, [sni("*.example.com")], [sni("a.example.com")]), "closed");
  assert.equal(became(443, [sni("a.example.com")], [sni()]), "opened");
  const dns = (...rules: object[]) =>
    to({
      toEntities: ["world"],
      toPorts: [{ ports: [{ port: "53", protocol: "UDP" }], ...(rules.length > 0 && { rules: { dns: rules } }) }],
    });
  assert.equal(became(53, [dns({ matchName: "a.example.com" })], [dns({ matchPattern: "*" })]), "opened");
  assert.equal(became(53, [dns({ matchPattern: "*.example.com" })], [dns({ matchName: "a.example.com" })]), "closed");
  assert.equal(became(53, [dns({ matchName: "a.example.com" })], [dns()]), "opened");
  assert.equal(became(53, [dns({ matchPattern: "*" })], [dns()]), "changed");
  const listener = (name?: string) =>
    to({
      toEntities: ["world"],
      toPorts: [
        {
          ports: ports("80"),
          ...(name !== undefined && { listener: { envoyConfig: { kind: "CiliumEnvoyConfig", name: "e" }, name } }),
        },
      ],
    });
  assert.equal(became(80, [listener("a")], [listener()]), "opened");
  assert.equal(became(80, [listener()], [listener("a")]), "unclear", "what the listener lets through is not said here");
});

test("describes the requests that pass", () => {
  const words = [
    { http: { method: "GET", path: "/a", headers: ["X: 1"] } },
    { http: { host: "api" } },
    { dns: { matchPattern: "*.example.com" } },
    { serverName: "a.example.com" },
    {},
  ].map(matchWords);
  assert.deepEqual(words, [
    "GET /a with X: 1",
    "any request at api",
    "DNS names *.example.com",
    "TLS to a.example.com",
    "everything",
  ]);
});

test("an expression that cannot be compared lets through more", () => {
  const path = (one: string) => [{ http: { path: one } }];
  assert.equal(letsThroughMore(path("/a/[0-9]+"), path("/a/[0-8]+")), true);
  assert.equal(letsThroughMore(path("/a/[0-9]+"), path("/a/[0-9]+")), false);
  assert.equal(letsThroughMore(path("/a("), path("/a")), true, "what is no expression takes nothing");
  assert.equal(
    letsThroughMore([{ dns: { matchPattern: "**.example.com" } }], [{ dns: { matchPattern: "*.example.com" } }]),
    false,
  );
  assert.equal(
    letsThroughMore([{ dns: { matchPattern: "*.example.com" } }], [{ dns: { matchPattern: "**.example.com" } }]),
    true,
  );
});
