import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule } from "../../../lib/cilium/api/policy";
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

test("a proposed change opens or closes the flow, and besides it what it says, and has no part too many", async () => {
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

test("a rule that misses by the port gets the port; one that misses by the peer gets the peer", () => {
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

test("what a change of a node's policy opens besides is told, too", () => {
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

test("what a policy about all nodes shuts is opened in it, and what none shuts is closed by one about nodes", () => {
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

test("where both ends deny, one change opens both", () => {
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

test("what a deny rule shuts is taken out of it, and of it alone", () => {
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

test("one of several ports is taken out of the rule, and the change is called that", () => {
  const ports = [{ ports: ["5432", "9187"].map((port) => ({ port, protocol: "TCP" })) }];
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: ports }] }),
  ];
  const { words, after } = changed(policies, "shop/web", "shop/db", 9187);
  assert.deepEqual(words, ["take TCP 9187 out of rule 1 of shop/db"]);
  assert.deepEqual(specOf(after).ingress?.[0]?.toPorts, tcp("5432"));
});

test("the last rule that allows is closed so that default deny stays", () => {
  const policies = [
    policy("db", { ...db, ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("5432") }] }),
  ];
  const { change, after } = changed(policies, "shop/web");
  assert.deepEqual(specOf(after), { ...db, ingress: [{}] });
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("what no policy governs is closed by a policy that denies it and nothing else", () => {
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

test("a Kubernetes NetworkPolicy is edited in its own language", () => {
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

test("nothing is proposed where no policy can do it", () => {
  assert.equal(changed([], "host", "world", 443).change, undefined);
  const meshed = {
    ...scenario,
    endpoints: scenario.endpoints.map((one) => (one.id === "shop/db" ? withMesh(one) : one)),
  };
  assert.equal(changed([], "shop/web", "shop/db", 4143, meshed).change, undefined);
});

test("on a mesh the port that is on the wire is opened, and said to open all", () => {
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

test("who stands for one family of the world is taken out of a deny rule about everybody, and the other family stays", () => {
  const within: Scenario = {
    endpoints: [...scenario.endpoints, { id: "v4", reserved: ["world-ipv4"] }, { id: "v6", reserved: ["world-ipv6"] }],
  };
  const policies = [policy("db", { ...db, ingress: [{}], ingressDeny: [{ fromEntities: ["all"] }] })];
  const { change, words } = changed(policies, "v6", "shop/db", 5432, within);
  assert.deepEqual(words, ["take v6 out of deny rule 1 of shop/db", "add a rule to shop/db: ingress from v6"]);
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
});

test("DNS names in a deny rule are ignored, so that it is about everybody and is narrowed like that", () => {
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

test("an ICMP type is taken out of a rule by its name, too, and the others stay", () => {
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

test("where a deny rule may be about the flow and nobody can say so, it goes as a whole", () => {
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

test("where a change hangs on what is not known, that is said in place of a change", () => {
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

test("no policy is proposed for pods that are in no namespace that anybody could write", () => {
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

test("a group that holds the whole world is not closed by an exception for the one address that stands for it", () => {
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
