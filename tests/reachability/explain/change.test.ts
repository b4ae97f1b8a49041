import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluatedPolicy, Rule } from "../../../lib/cilium/api/policy";
import {
  applyEdits,
  changeOrWhy,
  compile,
  Explainer,
  type PolicySource,
  proposeChange,
} from "../../../lib/reachability";
import { isUnnamedGroup } from "../../../lib/scenario/port-group";
import type { Scenario } from "../../../lib/scenario/scenario";
import { evaluated } from "../../oracle/oracle";
import { runs } from "../../support/runs";
import { withMesh } from "../../support/with-mesh";
import { sampledCases } from "../recorded";
import { judgeChange } from "./judged";

test("a proposed change does what it claims, has only the side effects that it names, and needs all its edits", async () => {
  const counts = { opened: 0, closed: 0, unknown: 0, impossible: 0, none: 0 };
  for (const [place, asked] of sampledCases()
    .slice(0, Math.max(12, runs(12)))
    .entries()) {
    const flows = (asked.scenario.flows ?? []).filter((_, index) => index % 41 === place % 41);
    for (const flow of flows) {
      const outcome = await judgeChange(asked, flow, async ({ scenario, policies }) => [
        ...compile(evaluated({ policies }), scenario, { undecided: "no match" }).verdicts(),
      ]);
      counts[outcome]++;
    }
  }
  assert.equal(counts.none, 0);
  assert.ok(counts.opened > 6 && counts.closed > 6, JSON.stringify(counts));
});

const scenario: Scenario = {
  endpoints: [
    { id: "shop/web", namespace: "shop", labels: { app: "web" }, ports: [{ port: 80 }] },
    { id: "shop/api", namespace: "shop", labels: { app: "api" }, ports: [{ port: 80 }] },
    { id: "shop/db", namespace: "shop", labels: { app: "db" }, ports: [{ port: 5432 }] },
    { id: "front/web", namespace: "front", labels: { app: "web" }, ports: [{ port: 80 }] },
    { id: "world", reserved: ["world"], ports: [{ port: 443 }] },
    { id: "host", reserved: ["host"] },
  ],
};
const policy = (name: string, spec: object): PolicySource =>
  ({
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, namespace: "shop" },
    spec,
  }) as PolicySource;
const db = { endpointSelector: { matchLabels: { app: "db" } } };
const tcp = (port: string) => [{ ports: [{ port, protocol: "TCP" }] }];

const specOf = (sources: readonly PolicySource[] | undefined) => (sources?.[0]?.spec ?? {}) as Rule;

function changed(policies: PolicySource[], from: string, to = "shop/db", port = 5432, within = scenario) {
  const explainer = new Explainer(policies, within);
  const change = proposeChange(explainer, { from, to, proto: "TCP", port });
  return {
    change,
    after: change && applyEdits(policies, change.edits),
    words: change?.edits.map(({ words }) => words),
  };
}

test("adds the port to a rule that misses only the port, and the peer to one that misses only the peer", () => {
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("5433") }] }),
  ];
  assert.deepEqual(changed(policies, "shop/web").words, ["add TCP 5432 to rule 1 of shop/db"]);
  const same = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("5432") }] }),
  ];
  const { words, after } = changed(same, "front/web");
  assert.deepEqual(words, ["add front/web to rule 1 of shop/db"]);
  assert.deepEqual(specOf(after).ingress?.[0]?.fromEndpoints, [
    { matchLabels: { app: "web" } },
    { matchLabels: { "io.kubernetes.pod.namespace": "front", app: "web" } },
  ]);
});

test("reports the side effects of changing a policy for nodes", () => {
  const firewall = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumClusterwideNetworkPolicy",
    metadata: { name: "nodes" },
    spec: { nodeSelector: {}, ingress: [{ fromEntities: ["health"] }] },
  } as unknown as PolicySource;
  const gre = { from: "shop/web", to: "host", proto: "GRE", port: 0 };
  const ends = scenario.endpoints.filter(({ id }) => id === gre.from || id === gre.to);
  const change = proposeChange(new Explainer([firewall], { endpoints: ends }), gre);
  assert.ok(change, "a change is proposed");
  const besides = change.opens.filter(({ from, to }) => from.includes("shop/web") && to === "host");
  assert.ok(besides.length > 0, "GRE has no ports: a rule that admits it admits TCP as well");
});

test("opens what a policy for all nodes denies in that policy, and closes what none denies with a new one for nodes", () => {
  const all = {
    nodeSelector: { matchLabels: {} },
    ingress: [{ fromCIDR: [], toPorts: [{ ports: [{ port: "9090" }] }] }],
  };
  const nodes: PolicySource = {
    ...policy("nodes", {}),
    kind: "CiliumClusterwideNetworkPolicy",
    metadata: { name: "nodes" },
    spec: all,
  };
  const crowd = ["a", "b", "c", "d", "e"].map((app) => ({ id: `shop/${app}`, namespace: "shop", labels: { app } }));
  const wide = { ...scenario, endpoints: [...scenario.endpoints, ...crowd] };
  const flow = { from: "shop/web", to: "host", proto: "ICMP", port: 8 };
  const opening = proposeChange(new Explainer([nodes], wide), flow);
  assert.deepEqual(
    opening?.edits.map(({ words }) => words),
    ["add a rule to clusterwide nodes: ingress from shop/web"],
  );
  const closing = proposeChange(new Explainer([], { ...wide, cluster: { hostFirewall: true } }), flow);
  assert.deepEqual(
    closing?.edits.map(({ values: [value] }) => (value as { spec?: { nodeSelector?: object } }).spec?.nodeSelector),
    [{ matchLabels: {} }],
  );
});

test("opens both ends with one change if both deny", () => {
  const policies = [
    policy("db", { ...db, ingress: [{}] }),
    policy("web", { endpointSelector: { matchLabels: { app: "web" } }, egress: [{}] }),
  ];
  const { change, words } = changed(policies, "shop/web");
  assert.deepEqual(words, [
    "add a rule to shop/web: egress to shop/db",
    "add a rule to shop/db: ingress from shop/web",
  ]);
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("takes the flow out of the deny rule, and changes nothing else", () => {
  const policies = [
    policy("db", {
      ...db,
      ingress: [{ fromEntities: ["cluster"] }],
      ingressDeny: [{ fromEndpoints: [{}], toPorts: tcp("5432") }],
    }),
  ];
  const { change, words } = changed(policies, "shop/web");
  assert.deepEqual(words, ["take shop/web out of deny rule 1 of shop/db"]);
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("takes one of several ports out of a rule, and says so", () => {
  const ports = [{ ports: ["5432", "9187"].map((port) => ({ port, protocol: "TCP" })) }];
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: ports }] }),
  ];
  const { words, after } = changed(policies, "shop/web", "shop/db", 9187);
  assert.deepEqual(words, ["take TCP 9187 out of rule 1 of shop/db"]);
  assert.deepEqual(specOf(after).ingress?.[0]?.toPorts, tcp("5432"));
});

test("closes the last allow rule so that default deny stays", () => {
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("5432") }] }),
  ];
  const { change, after } = changed(policies, "shop/web");
  assert.deepEqual(specOf(after), { ...db, ingress: [{}] });
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("closes what no policy governs with a policy that denies only the flow", () => {
  const { change, after } = changed([], "shop/web");
  assert.deepEqual(after, [
    policy("db-deny-from-web", {
      ...db,
      enableDefaultDeny: { ingress: false },
      ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("5432") }],
    }),
  ]);
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("edits a Kubernetes NetworkPolicy in its own terms", () => {
  const kubernetes = (ingress: object[]): PolicySource => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "db", namespace: "shop" },
    spec: { podSelector: { matchLabels: { app: "db" } }, ingress },
  });
  const web = { podSelector: { matchLabels: { app: "web" } } };
  const ports = [{ port: 5432, protocol: "TCP" }];
  assert.deepEqual(changed([kubernetes([{ from: [web] }])], "front/web").after, [
    kubernetes([
      { from: [web] },
      { from: [{ ...web, namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "front" } } }], ports },
    ]),
  ]);
  const two = kubernetes([{ from: [web, { podSelector: { matchLabels: { app: "api" } } }], ports }]);
  assert.deepEqual(changed([two], "shop/api").after, [kubernetes([{ from: [web], ports }])]);
  assert.deepEqual(changed([kubernetes([{ from: [web], ports }])], "shop/web").after, [kubernetes([])]);
});

test("proposes nothing if no policy can do it", () => {
  assert.equal(changed([], "host", "world", 443).change, undefined);
  const meshed = {
    ...scenario,
    endpoints: scenario.endpoints.map((one) => (one.id === "shop/db" ? withMesh(one) : one)),
  };
  assert.equal(changed([], "shop/web", "shop/db", 4143, meshed).change, undefined);
});

test("on a mesh, opens the port on the wire, and says that it opens all ports", () => {
  const meshed = {
    ...scenario,
    endpoints: scenario.endpoints.map((one) => (one.namespace === "shop" ? withMesh(one) : one)),
  };
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("5432") }] }),
  ];
  const { change, words } = changed(policies, "shop/web", "shop/db", 5432, meshed);
  assert.deepEqual(words, ["add TCP 4143 to rule 1 of shop/db"]);
  assert.ok((change?.opens ?? []).some(({ standsFor }) => isUnnamedGroup(standsFor)));
});

const toDb = { to: "shop/db", proto: "TCP", port: 5432 };

test("takes one IP family of the world out of a deny rule for everybody, and leaves the other", () => {
  const within: Scenario = {
    endpoints: [...scenario.endpoints, { id: "v4", reserved: ["world-ipv4"] }, { id: "v6", reserved: ["world-ipv6"] }],
  };
  const policies = [policy("db", { ...db, ingress: [{}], ingressDeny: [{ fromEntities: ["all"] }] })];
  const { change, words } = changed(policies, "v6", "shop/db", 5432, within);
  assert.deepEqual(words, ["take v6 out of deny rule 1 of shop/db", "add a rule to shop/db: ingress from v6"]);
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("narrows a deny rule with only DNS names, which Cilium ignores, as a rule for everybody", () => {
  const policies = [
    policy("web", {
      endpointSelector: { matchLabels: { app: "web" } },
      egressDeny: [
        {
          toFQDNs: [{ matchName: "other.example" }],
          toPorts: [
            {
              ports: [
                { port: "22", protocol: "TCP" },
                { port: "80", protocol: "TCP" },
              ],
            },
          ],
        },
      ],
    }),
  ];
  const { change, words } = changed(policies, "shop/web", "host", 22);
  assert.deepEqual(words, ["take host out of deny rule 1 of shop/web", "add a rule to shop/web: egress to host"]);
  assert.ok(
    change?.opens.every(({ to }) => to === "host"),
    JSON.stringify(change?.opens),
  );
});

test("takes an ICMP type out of a rule, even if it is named, and leaves the others", () => {
  const fields = (...types: string[]) => [{ fields: types.map((type) => ({ type })) }];
  const web = { fromEndpoints: [{ matchLabels: { app: "web" } }] };
  const policies = [
    policy("db", {
      ...db,
      ingress: [{ fromEntities: ["cluster"] }],
      ingressDeny: [{ ...web, icmps: fields("EchoRequest", "TimeExceeded") }],
    }),
  ];
  const change = proposeChange(new Explainer(policies, scenario), {
    ...toDb,
    from: "shop/web",
    proto: "ICMP",
    port: 8,
  });
  assert.deepEqual(specOf(applyEdits(policies, change?.edits ?? [])).ingressDeny, [
    { ...web, icmps: fields("TimeExceeded") },
  ]);
});

test("removes a whole deny rule if it is unknown whether it matches the flow", () => {
  const policies = [
    policy("db", {
      ...db,
      ingress: [{ fromEndpoints: [{ matchLabels: { app: "api" } }] }],
      ingressDeny: [{ fromCIDRSet: [{ cidrGroupSelector: { matchLabels: { kind: "x" } } }] }],
    }),
  ];
  const within: Scenario = { endpoints: [...scenario.endpoints, { id: "192.0.2.7", ip: "192.0.2.7" }] };
  const { words } = changed(policies, "192.0.2.7", "shop/db", 5432, within);
  assert.deepEqual(words, ["take out deny rule 1 of shop/db", "add a rule to shop/db: ingress from 192.0.2.7"]);
});

test("names the missing fact if no change is certain", () => {
  const policies = [
    policy("db", { ...db, ingress: [{}] }),
    policy("web", { endpointSelector: { matchLabels: { app: "web" } }, egress: [{ toCIDR: ["10.0.0.0/8"] }] }),
  ];
  const within: Scenario = { ...scenario, cluster: { cidrMatchMode: ["pods"] } };
  const { change, noChange } = changeOrWhy(new Explainer(policies, within), { ...toDb, from: "shop/web" });
  assert.equal(change, undefined);
  assert.equal(noChange?.code, "unknown");
  assert.match(noChange?.message ?? "", /^it depends on the addresses of its pods/);
});

test("proposes no policy for pods whose namespace is not a valid name", () => {
  const stranger = { id: "any other pod", namespace: "any other namespace", labels: {}, several: true };
  const within = { ...scenario, endpoints: [...scenario.endpoints, stranger] };
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "api" } }] }] }),
    policy("open", { ...db, ingress: [{ fromEntities: ["all"] }] }),
  ];
  const closed = changed(policies, "any other pod", "shop/db", 5432, within);
  assert.deepEqual(closed.words, ["take out rule 1 of shop/open"]);
  assert.equal(changed(policies.slice(0, 1), "any other pod", "shop/db", 5432, within).change, undefined);
});

test("does not close a group that contains the whole world with an exception for a single address", () => {
  const within: Scenario = {
    ...scenario,
    cidrGroups: [{ name: "everywhere", cidrs: ["0.0.0.0/0"] }],
    endpoints: scenario.endpoints.map((one) =>
      one.id === "world" ? { id: "world", ip: "0.0.0.0", ports: [{ port: 443 }] } : one,
    ),
  };
  const open = policy("db", { ...db, egress: [{ toCIDRSet: [{ cidrGroupRef: "everywhere" }] }] });
  const proposed = changeOrWhy(new Explainer([open], within), {
    from: "shop/db",
    to: "world",
    proto: "TCP",
    port: 443,
  });
  assert.doesNotMatch(JSON.stringify(proposed), /0\.0\.0\.0\/32/);
});

test("takes a peer out of the entity cluster without admitting other clusters", () => {
  const within: Scenario = {
    endpoints: [...scenario.endpoints, { id: "west", cluster: "west", namespace: "shop", labels: { app: "job" } }],
  };
  const { after } = changed([policy("db", { ...db, ingress: [{ fromEntities: ["cluster"] }] })], "shop/web");
  const reachability = compile((after ?? []) as EvaluatedPolicy[], within);
  const allows = (from: string) => reachability.verdict({ from, to: "shop/db", proto: "TCP", port: 5432 }).allowed;
  assert.deepEqual(["shop/web", "shop/api", "host", "west"].map(allows), [false, true, true, false]);
});

test("names no example address of a DNS name in a rule", () => {
  const name = { id: "api.example.com", ip: "198.18.0.1", ports: [{ port: 443 }] };
  const asked = (endpoint: Scenario["endpoints"][number], egress: object[]) =>
    changeOrWhy(new Explainer([policy("db", { ...db, egress })], { endpoints: [...scenario.endpoints, endpoint] }), {
      from: "shop/db",
      to: "api.example.com",
      proto: "TCP",
      port: 443,
    });
  const unlearned = { ...name, isUnlearnedName: true };
  for (const egress of [[{ toFQDNs: [{ matchName: "api.example.com" }] }], [{ toEntities: ["world"] }]])
    assert.equal(asked(unlearned, egress).noChange?.code, "unlearned-name");
  const { change } = asked({ ...name, fqdn: "api.example.com" }, [{ toEntities: ["world"] }]);
  assert.doesNotMatch(JSON.stringify(change?.edits), /198/);
});

test("takes a pod out of a deny rule without letting in pods that the scenario does not have", () => {
  const [web, database] = [scenario.endpoints[0], scenario.endpoints[2]].filter((one) => one !== undefined);
  assert.ok(web !== undefined && database !== undefined);
  const within: Scenario = { endpoints: [web, database] };
  const unseen: Scenario = {
    endpoints: [
      ...within.endpoints,
      { id: "shop/new", namespace: "shop", labels: { app: "new" } },
      { id: "front/web", namespace: "front", labels: { app: "web" } },
    ],
  };
  const named = { matchExpressions: [{ key: "app", operator: "In" as const, values: ["web", "new"] }] };
  for (const rule of [{ fromEntities: ["cluster"] }, { fromEndpoints: [{}] }, { fromEndpoints: [named] }]) {
    const spec = { ...db, enableDefaultDeny: { ingress: false }, ingressDeny: [rule] };
    const { after } = changed([policy("db", spec)], "shop/web", "shop/db", 5432, within);
    const explainer = new Explainer(after ?? [], unseen);
    const allows = (from: string) => explainer.verdict({ from, to: "shop/db", proto: "TCP", port: 5432 })?.allowed;
    // Only the entity reaches beyond the policy's namespace.
    const isElsewhere = "fromEndpoints" in rule;
    assert.deepEqual(["shop/web", "shop/new", "front/web"].map(allows), [true, false, isElsewhere]);
  }
});
