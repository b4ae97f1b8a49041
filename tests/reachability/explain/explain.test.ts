import assert from "node:assert/strict";
import { test } from "node:test";
import {
  defaultRule,
  type EndExplanation,
  Explainer,
  fromKubernetes,
  type PolicySource,
} from "../../../lib/reachability";
import { namedEnd, namedPort } from "../../../lib/reachability/explain/ends";
import type { Scenario } from "../../../lib/scenario/scenario";
import { runs } from "../../support/runs";
import { sampledCases } from "../recorded";

const nameOf = ({ kind, metadata }: PolicySource) =>
  `${kind === "CiliumClusterwideNetworkPolicy" ? "" : metadata.namespace || "default"}/${metadata.name}`;

test("explanations agree with the engine's verdicts and deciding rules", () => {
  let told = 0;
  const cases = sampledCases().slice(0, runs(60));
  for (const { policies, scenario } of cases) {
    const explainer = new Explainer(policies as PolicySource[], scenario);
    for (const flow of (scenario.flows ?? []).filter((_, index) => index % 7 === 0)) {
      const { verdict, egress, ingress, sentence } = explainer.explain(flow);
      assert.ok(sentence.length > 10);
      for (const end of [egress, ingress]) {
        checkEnd(end, verdict[`${end.direction}Rules`] ?? [], policies as PolicySource[]);
        told += Number(end.verdict !== "no policy here");
      }
    }
  }
  assert.ok(told > 8 * cases.length, String(told));
});

function checkEnd(end: EndExplanation, rules: readonly string[], policies: readonly PolicySource[]): void {
  const { verdict, matching, missing, direction } = end;
  const certain = matching.filter(({ unknown }) => unknown === undefined);
  const of = (effect: string) => certain.filter((rule) => rule.effect === effect);
  const what = JSON.stringify({ end, policies });
  const isDefault = rules.some((rule) => rule.startsWith("/[reserved"));
  if (verdict === "denied") {
    assert.ok(of("deny").length > 0 || of("allow").length === 0, what);
    assert.equal(end.sentence.startsWith("Denied"), true, what);
  }
  if (verdict === "allowed" && !isDefault) assert.ok(of("allow").length > 0, what);
  if (rules.includes(defaultRule(`allow-any-${direction}`))) assert.equal(end.defaultDeny, false, what);
  // Cilium omits rules that others override, but every rule that it names must be here.
  const named = new Set(certain.map(({ policy }) => nameOf(policies[policy.index] as PolicySource)));
  if (verdict !== "unknown")
    for (const rule of rules.filter((one) => !one.startsWith("/[reserved")))
      assert.ok(named.has(rule), `${rule} ${what}`);
  for (const { misses } of missing) assert.ok(misses.length > 0, what);
}

const scenario: Scenario = {
  namespaces: [{ name: "shop" }, { name: "front", labels: { team: "a" } }],
  endpoints: [
    { id: "front/web", namespace: "front", labels: { app: "web" } },
    { id: "shop/web", namespace: "shop", labels: { app: "web" } },
    { id: "shop/db", namespace: "shop", labels: { app: "db" }, ports: [{ name: "pg", port: 5432 }] },
    { id: "world", reserved: ["world"], ports: [{ port: 443 }] },
    { id: "10.0.0.0/8", ip: "10.0.0.0" },
    { id: "api.example.com", ip: "198.18.0.1", fqdn: "api.example.com" },
  ],
};

const ingress = (rule: object): PolicySource => ({
  kind: "CiliumNetworkPolicy",
  metadata: { name: "db-ingress", namespace: "shop" },
  spec: { endpointSelector: { matchLabels: { app: "db" } }, ingress: [{ fromEntities: ["host"] }, rule] },
});
const nearest = (rule: object, from: string) => {
  const explainer = new Explainer([ingress(rule)], scenario);
  const [first] = explainer.explain({ from, to: "shop/db", proto: "TCP", port: 5432 }).ingress.missing;
  return first && [first.words, ...first.misses.map(({ words }) => words)];
};

test("names the nearest rule, and what keeps it from allowing the flow", () => {
  const toPorts = [{ ports: [{ port: "5432", protocol: "TCP" }] }];
  const web = { fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts };
  assert.deepEqual(nearest(web, "front/web"), [
    "rule 2 of shop/db-ingress",
    "the namespace: it selects shop, but front/web is in front",
  ]);
  const wrong = { ...web, fromEndpoints: [{ matchLabels: { app: "wep" } }] };
  assert.deepEqual(nearest(wrong, "shop/web"), [
    "rule 2 of shop/db-ingress",
    "the label app: it selects wep, but shop/web has web",
  ]);
  const port = { ...web, toPorts: [{ ports: [{ port: "5433", protocol: "TCP" }] }] };
  assert.deepEqual(nearest(port, "shop/web"), [
    "rule 2 of shop/db-ingress",
    "the port: it names TCP 5433, but the packet goes to TCP 5432",
  ]);
  const block = { fromCIDRSet: [{ cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] }], toPorts };
  assert.deepEqual(nearest(block, "10.0.0.0/8"), [
    "rule 2 of shop/db-ingress",
    "it excludes 10.0.0.0/8, which contains 10.0.0.0/8 (10.0.0.0)",
  ]);
});

test("a rule is near if its policy misses the pod by one label", () => {
  const typo: PolicySource = {
    kind: "CiliumNetworkPolicy",
    metadata: { name: "db-web", namespace: "shop" },
    spec: {
      endpointSelector: { matchLabels: { app: "database" } },
      ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }] }],
    },
  };
  const explainer = new Explainer([ingress({ fromEntities: ["none"] }), typo], scenario);
  const { missing } = explainer.explain({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 }).ingress;
  const found = missing.find(({ policy }) => policy.name === "db-web");
  assert.deepEqual(
    found?.misses.map(({ part, words }) => [part, words]),
    [["subject", "the label app: it selects database, but shop/db has db"]],
  );
});

test("names a rule of a Kubernetes NetworkPolicy as written", () => {
  const policy = {
    apiVersion: "networking.k8s.io/v1" as const,
    kind: "NetworkPolicy" as const,
    metadata: { name: "db", namespace: "shop" },
    spec: {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: "a" } } }, { podSelector: { matchLabels: { app: "b" } } }] },
        { from: [{ podSelector: { matchLabels: { app: "web" } } }] },
      ],
    },
  };
  const explainer = new Explainer([policy], scenario);
  const { matching } = explainer.explain({ from: "shop/web", to: "shop/db", proto: "TCP", port: 1 }).ingress;
  assert.deepEqual(
    matching.map(({ words, policy: { path } }) => [words, path]),
    [["rule 2 of shop/db", ["spec", "ingress", 1]]],
  );
  const { policy: translated } = fromKubernetes(policy);
  const again = new Explainer([translated], scenario);
  assert.equal(again.explain({ from: "shop/web", to: "shop/db", proto: "TCP", port: 1 }).state, "allowed");
});

test("finds endpoints by name, labels, address, DNS name and world", () => {
  const ids = (text: string) => {
    const end = namedEnd(text, scenario);
    return "code" in end ? `${end.code}: ${end.message}` : end.ids.join();
  };
  assert.equal(ids("shop/db"), "shop/db");
  assert.equal(ids("db"), "shop/db");
  assert.equal(ids("web"), 'ambiguous-endpoint: "web" is front/web or shop/web');
  assert.equal(ids("app=web"), "front/web,shop/web");
  assert.equal(ids("front/app=web"), "front/web");
  assert.equal(ids("world"), "world");
  assert.equal(ids("10.0.0.0"), "10.0.0.0/8");
  assert.equal(ids("api.example.com"), "api.example.com");
  assert.equal(ids("nobody"), 'no-such-endpoint: nothing is called "nobody"');
  for (const text of ["192.0.2.1", "other.example.com", "198.18.0.1"]) {
    const end = namedEnd(text, scenario);
    assert.ok("ids" in end);
    const [id] = end.ids;
    assert.equal(end.scenario.endpoints.length, scenario.endpoints.length + 1);
    assert.equal(
      new Explainer([], end.scenario).explain({ from: "shop/db", to: id ?? "", proto: "TCP", port: 443 }).state,
      "allowed",
    );
  }
});

test("finds ports by number, name and protocol", () => {
  const ports = [
    { name: "pg", port: 5432 },
    { name: "dns", port: 53, protocol: "UDP" },
  ];
  assert.deepEqual(namedPort("80"), { proto: "TCP", port: 80 });
  assert.deepEqual(namedPort("53/udp"), { proto: "UDP", port: 53 });
  assert.deepEqual(namedPort("SCTP/9"), { proto: "SCTP", port: 9 });
  assert.deepEqual(namedPort("pg", ports), { proto: "TCP", port: 5432 });
  assert.deepEqual(namedPort("dns", ports), { proto: "UDP", port: 53 });
  assert.deepEqual(namedPort("icmp"), { proto: "ICMP", port: 8 });
  assert.deepEqual(namedPort("0/icmp"), { proto: "ICMP", port: 0 });
  for (const text of ["0", "70000", "http", "80/ftp", "1/2/3", "", "-1"]) {
    const port = namedPort(text, ports);
    assert.ok("code" in port && port.code === "invalid-port", text);
  }
});

test("mentions the agent's enforcement mode if it decides", () => {
  const cluster: Scenario = {
    endpoints: [
      { id: "shop/web", namespace: "shop", labels: { app: "web" } },
      { id: "shop/db", namespace: "shop", labels: { app: "db" } },
    ],
  };
  const policy: PolicySource = {
    kind: "CiliumNetworkPolicy",
    metadata: { name: "db", namespace: "shop" },
    spec: { endpointSelector: { matchLabels: { app: "db" } }, ingress: [{}] },
  };
  const told = (settings: Scenario["cluster"], policies: PolicySource[]) => {
    const { state, sentence } = new Explainer(policies, { ...cluster, ...(settings && { cluster: settings }) }).explain(
      {
        from: "shop/web",
        to: "shop/db",
        proto: "TCP",
        port: 80,
      },
    );
    return `${state}: ${sentence}`;
  };
  assert.match(told({ policyEnforcement: "never" }, [policy]), /^allowed: .*policyEnforcementMode is never/);
  assert.match(told({ auditMode: true }, [policy]), /^allowed: .*policyAuditMode is on/);
  assert.match(told({ policyEnforcement: "always" }, []), /^denied: .*policyEnforcementMode is always/);
  assert.match(told(undefined, [policy]), /^denied: .*no ingress rule of shop\/db allows it/);
});

test("explains a node like a pod if the host firewall is on", () => {
  const cluster: Scenario = {
    endpoints: [
      { id: "host", reserved: ["host"] },
      { id: "lan", ip: "10.0.0.5" },
    ],
  };
  const policy: PolicySource = {
    kind: "CiliumClusterwideNetworkPolicy",
    metadata: { name: "nodes" },
    spec: { nodeSelector: {}, ingress: [{ fromCIDR: ["10.0.0.0/8"], toPorts: [{ ports: [{ port: "22" }] }] }] },
  };
  const told = (port: number, hostFirewall?: boolean) => {
    const settings = hostFirewall === undefined ? {} : { cluster: { hostFirewall } };
    const flow = { from: "lan", to: "host", proto: "TCP", port };
    return new Explainer([policy], { ...cluster, ...settings }).explain(flow).ingress.sentence;
  };
  assert.equal(told(22), "Allowed by rule 1 of clusterwide nodes.");
  assert.equal(told(80), "Denied: clusterwide nodes closes ingress, and no rule allows TCP 80 from lan.");
  assert.equal(told(80, false), "host is not a pod: no policy applies to its ingress.");
});
