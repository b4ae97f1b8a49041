import assert from "node:assert/strict";
import { test } from "node:test";
import type { CidrRule, PolicyManifest, Rule } from "../../lib/cilium/api/policy";
import { formatProblem, ProblemError } from "../../lib/common/problem";
import { compile, refusals, type Scenario } from "../../lib/reachability";
import { everyPair } from "../../lib/scenario/flows";

const SCENARIO: Scenario = {
  endpoints: [
    { id: "web", namespace: "shop", labels: { app: "web" }, ports: [{ port: 80 }] },
    { id: "db", namespace: "shop", labels: { app: "db" }, ports: [{ name: "pg", port: 5432 }] },
    { id: "internet", ip: "1.1.1.1" },
    { id: "node", reserved: ["host"] },
  ],
};

const policy = (spec: Rule, name = "p"): PolicyManifest => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name, namespace: "shop" },
  spec,
});

test("an unknown CiliumCIDRGroup leaves only the world undecided", () => {
  const reachability = compile(
    [policy({ endpointSelector: {}, ingress: [{ fromCIDRSet: [{ cidrGroupRef: "partners" }] }] })],
    SCENARIO,
  );
  const world = reachability.verdict({ from: "internet", to: "db", proto: "TCP", port: 5432 });
  assert.equal(world.ingress, "unknown");
  assert.equal(world.allowed, false);
  assert.deepEqual(world.unknown, ['the addresses of the CiliumCIDRGroup "partners"']);
  assert.equal(reachability.verdict({ from: "web", to: "db", proto: "TCP", port: 5432 }).ingress, "denied");
});

test("an unknown group stays unknown beside known ones, and so does an empty group selector, which Cilium misreads", () => {
  const scenario: Scenario = { ...SCENARIO, cidrGroups: [{ name: "offices", cidrs: ["10.0.0.0/8"] }] };
  const from = (peer: CidrRule) =>
    compile([policy({ endpointSelector: {}, ingress: [{ fromCIDRSet: [peer] }] })], scenario).verdict({
      ...{ from: "internet", to: "db", proto: "TCP", port: 5432 },
    });
  assert.deepEqual(from({ cidrGroupRef: "partners" }).unknown, ['the addresses of the CiliumCIDRGroup "partners"']);
  assert.equal(from({ cidrGroupRef: "offices" }).ingress, "denied");
  assert.equal(from({ cidrGroupSelector: {} }).ingress, "unknown");
  assert.throws(() => compile([], { ...SCENARIO, cidrGroups: [{ name: "offices", cidrs: ["10.0.0.1"] }] }), {
    message: /cidrGroups\[0\]\.cidrs: "10\.0\.0\.1" of offices is not an address block such as 10\.0\.0\.0\/8/,
  });
});

test("names a cloud group by the list of each direction", () => {
  const group = { aws: { region: "eu" } };
  const reachability = compile(
    [policy({ endpointSelector: {}, ingress: [{ fromGroups: [group] }], egress: [{ toGroups: [group] }] })],
    SCENARIO,
  );
  const unknown = (from: string, to: string) => reachability.verdict({ from, to, proto: "TCP", port: 443 }).unknown;
  assert.deepEqual(unknown("internet", "db"), ["the addresses of fromGroups"]);
  assert.deepEqual(unknown("db", "internet"), ["the addresses of toGroups"]);
});

test("an unknown peer does not matter if another rule settles the verdict", () => {
  const group = { fromCIDRSet: [{ cidrGroupRef: "partners" }] };
  const denied = compile(
    [policy({ endpointSelector: {}, ingress: [group], ingressDeny: [{ fromEntities: ["world"] }] })],
    SCENARIO,
  );
  assert.equal(denied.verdict({ from: "internet", to: "db", proto: "TCP", port: 1 }).ingress, "denied");
  const allowed = compile([policy({ endpointSelector: {}, ingress: [group, { fromEntities: ["all"] }] })], SCENARIO);
  assert.equal(allowed.verdict({ from: "internet", to: "db", proto: "TCP", port: 1 }).ingress, "allowed");
  const maybeDenied = compile(
    [policy({ endpointSelector: {}, ingress: [{ fromEntities: ["all"] }], ingressDeny: [group] })],
    SCENARIO,
  );
  assert.equal(maybeDenied.verdict({ from: "internet", to: "db", proto: "TCP", port: 1 }).ingress, "unknown");
});

test("names pod addresses as the missing fact if CIDRs match pods", () => {
  const scenario: Scenario = { ...SCENARIO, cluster: { cidrMatchMode: ["pods"] } };
  const verdict = compile([policy({ endpointSelector: {}, ingress: [{ fromCIDR: ["10.0.0.0/8"] }] })], scenario);
  assert.equal(verdict.verdict({ from: "web", to: "db", proto: "TCP", port: 1 }).ingress, "unknown");
  assert.equal(verdict.verdict({ from: "node", to: "db", proto: "TCP", port: 1 }).ingress, "allowed");
});

test("names an endpoint that the scenario lacks as missing", () => {
  const verdict = compile([], SCENARIO).verdict({ from: "web", to: "cache", proto: "TCP", port: 6379 });
  assert.equal(verdict.allowed, false);
  assert.deepEqual([verdict.egress, verdict.ingress], ["unknown", "unknown"]);
  assert.match(verdict.unknown?.[0] ?? "", /cache/);
});

test("without flows, decides every declared port of every other endpoint", () => {
  const flows = [...compile([], SCENARIO).verdicts()].map(({ from, to, port }) => `${from}>${to}:${port}`);
  assert.deepEqual(flows, [
    "web>db:5432",
    "db>web:80",
    "internet>web:80",
    "internet>db:5432",
    "node>web:80",
    "node>db:5432",
  ]);
});

test("a policy replaces an earlier one of the same name", () => {
  const open = policy({ endpointSelector: {}, ingress: [{ fromEntities: ["all"] }] });
  const shut = policy({ endpointSelector: {}, ingress: [{}] });
  assert.equal(
    compile([open, shut], SCENARIO).verdict({ from: "web", to: "db", proto: "TCP", port: 1 }).allowed,
    false,
  );
  assert.equal(compile([shut, open], SCENARIO).verdict({ from: "web", to: "db", proto: "TCP", port: 1 }).allowed, true);
});

test("refuses a contradictory scenario with all its problems", () => {
  const scenario: Scenario = {
    endpoints: [
      { id: "a" } as never,
      { id: "a", namespace: "shop", ports: [{ port: 70_000, protocol: "XTP" }] },
      { id: "b", ip: "1.1.1", reserved: ["moon"] },
    ],
  };
  assert.throws(
    () => compile([], scenario),
    (error: unknown) =>
      error instanceof ProblemError && error.problems.length === 7 && /needs a namespace/.test(error.message),
  );
});

test("refuses a scenario without endpoints, which types cannot prevent", () => {
  assert.throws(
    () => compile([], {} as Scenario),
    (error) => error instanceof ProblemError && /endpoints: must be a list/.test(error.message),
  );
});

const REFUSED: readonly [spec: unknown, reason: RegExp][] = [
  [{ endpointSelector: {}, ingress: [], egress: [] }, /^spec: needs at least one rule .*"ingress: \[\{\}\]"$/],
  [{ ingress: [{}] }, /^spec: needs an endpointSelector/],
  [
    { endpointSelector: {}, ingress: [{ toPorts: [{ ports: [{ port: 80 }] }] }] },
    /^spec\.ingress\[0\]\.toPorts\[0\]\.ports\[0\]\.port: expected text: quote it, "80"$/,
  ],
  [{ endpointSelector: {}, ingress: "all" }, /^spec\.ingress: expected a list, found the text "all"$/],
  [
    { endpointSelector: {}, ingress: [{ fromEndpoints: [{}], fromEntities: ["host"] }] },
    /^spec\.ingress\[0\]: combining fromEndpoints and fromEntities/,
  ],
  [
    { endpointSelector: {}, ingress: [{ fromEntities: ["toString"] }] },
    /unknown entity "toString"; known are all, world/,
  ],
  [
    { endpointSelector: {}, egress: [{ toPorts: [{ ports: [{ port: "80", protocol: "ICMP" }] }] }] },
    /protocol: unknown protocol "ICMP".*icmps/,
  ],
  [{ endpointSelector: {}, ingress: [{ fromNodes: [{}] }] }, /--enable-node-selector-labels/],
  [
    { endpointSelector: {}, ingress: [{ fromCIDRSet: [{ cidr: "10.0.0.0/8", except: ["192.168.0.0/16"] }] }] },
    /except\[0\]: "192\.168\.0\.0\/16" does not lie within 10\.0\.0\.0\/8$/,
  ],
  [
    { endpointSelector: { matchLabels: { "a b": "c" } }, ingress: [{}] },
    /^spec\.endpointSelector\.matchLabels\["a b"\]/,
  ],
  [
    { endpointSelector: {}, ingress: [{ icmps: [{ fields: [{ type: "constructor" }] }] }] },
    /"constructor" is not an ICMP type/,
  ],
];

for (const [spec, reason] of REFUSED) {
  test(`refuses with the path: ${JSON.stringify(spec)}`, () => {
    const reasons = refusals(policy(spec as Rule)).map(formatProblem);
    assert.equal(reasons.length, 1, reasons.join("\n"));
    assert.match(reasons[0] ?? "", reason);
  });
}

test("reports every reason at once", () => {
  const spec = {
    endpointSelector: {},
    ingress: [{ fromEntities: ["x"] }, { toPorts: [{ ports: [{ port: "70000" }, {}] }] }],
  };
  assert.equal(refusals(policy(spec)).length, 3);
  const both = refusals(policy({ endpointSelector: {}, nodeSelector: {}, ingress: [{}] }));
  assert.match(
    both.map(formatProblem).join("\n"),
    /^spec: cannot have both .*\nspec\.nodeSelector: only a CiliumClusterwideNetworkPolicy/,
  );
});

test("refuses a malformed policy instead of throwing", () => {
  for (const spec of [null, 1, "x", [], [null]])
    assert.notEqual(refusals({ ...policy({}), spec: spec as never }).length, 0);
  assert.notEqual(refusals({ kind: "CiliumNetworkPolicy" } as PolicyManifest).length, 0);
  assert.deepEqual(compile([{ kind: "CiliumNetworkPolicy" } as PolicyManifest], SCENARIO).refused.length, 1);
});

test("refuses a policy with HTTP rules if the agent has no L7 proxy", () => {
  const spec: Rule = {
    endpointSelector: {},
    ingress: [{ toPorts: [{ ports: [{ port: "80", protocol: "TCP" }], rules: { http: [{}] } }] }],
  };
  assert.deepEqual(compile([policy(spec)], SCENARIO).refused, []);
  assert.match(
    compile([policy(spec)], { ...SCENARIO, cluster: { l7Proxy: false } }).refused[0]?.problems[0]?.message ?? "",
    /no L7 proxy/,
  );
});

test("refuses an invalid exception from a group, on which Cilium panics", () => {
  const refusedWith = (peer: CidrRule) =>
    compile([policy({ endpointSelector: {}, egress: [{ toCIDRSet: [peer] }] })], SCENARIO).refused.flatMap(
      ({ problems }) => problems.map(formatProblem),
    );
  for (const group of [{ cidrGroupRef: "partners" }, { cidrGroupSelector: {} }]) {
    assert.deepEqual(refusedWith({ ...group, except: ["10.0.0.0/8", "foo"] }), [
      'spec.egress[0].toCIDRSet[0].except[1]: "foo" is not a CIDR',
    ]);
  }
});

test("finds the rules for a port among many, single ports and ranges alike", () => {
  const ports = Array.from({ length: 100 }, (_, index) => ({ port: String(index + 1), protocol: "TCP" }));
  const reachability = compile(
    [
      policy({
        endpointSelector: { matchLabels: { app: "db" } },
        ingress: [
          { toPorts: [ports.slice(0, 40), ports.slice(40, 80), ports.slice(80)].map((some) => ({ ports: some })) },
        ],
        ingressDeny: [{ fromEntities: ["all"], toPorts: [{ ports: [{ port: "50", endPort: 59, protocol: "TCP" }] }] }],
      }),
    ],
    SCENARIO,
  );
  for (let port = 1; port <= 120; port++) {
    const { allowed } = reachability.verdict({ from: "web", to: "db", proto: "TCP", port });
    assert.equal(allowed, port <= 100 && (port < 50 || port > 59), String(port));
    assert.equal(reachability.verdict({ from: "web", to: "db", proto: "UDP", port }).allowed, false);
  }
});

test("leaves out exactly the pairs of two outside endpoints", () => {
  const pairs = [
    ...everyPair(
      SCENARIO.endpoints.map((one) => ({ ...one, ports: [{ port: 80 }] })),
      ({ id }) => id === "internet" || id === "node",
    ),
  ];
  assert.deepEqual([pairs.length, pairs.some(({ from, to }) => from === "internet" && to === "node")], [10, false]);
});

test("ports of a target share the lists of sources only if their decisions are equal", () => {
  const spec = {
    endpointSelector: { matchLabels: { app: "db" } },
    ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: [{ ports: [{ port: "5432" }] }] }],
  };
  const policy: PolicyManifest = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "p", namespace: "x" },
    spec,
  };
  const ports = [5432, 80, 81].map((port) => ({ port }));
  const endpoints = ["db", "web", "api"].map((app) => ({ id: app, namespace: "x", labels: { app }, ports }));
  const denied = [...compile([policy], { endpoints }).answers()].filter(
    ({ verdict }) => verdict.to === "db" && !verdict.allowed,
  );
  const [first, second, third] = denied.map(({ from }) => from);
  assert.deepEqual([first, second, third], [["api"], ["web", "api"], ["web", "api"]]);
  assert.equal(second, third);
  const [web] = [...compile([], { endpoints }).answers()].filter(({ verdict }) => verdict.to === "web");
  assert.deepEqual(web?.from, ["db", "api"]);
});
