// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluate } from "../../../lib/manifests/evaluate";
import { explainerOf } from "../../../lib/manifests/explainer";
import { diffReachability } from "../../../lib/reachability/diff";
import { stateOf } from "../../../lib/reachability/verdict";

const pod = (name: string, labels = `app: ${name}`, more = "") =>
  `---\n{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {${labels}}${more}}, spec: {containers: [{name: c, ports: [{containerPort: 8080, name: http}]}]}}\n`;
const policy = (rule: string, app = "web") =>
  `---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p-${app}, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${rule}}}\n`;
const replaced = (value: string) =>
  `---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {kube-proxy-replacement: '${value}'}}\n`;
const service = (spec: string) =>
  `---\n{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 80, targetPort: http, nodePort: 30080}], ${spec}}, status: {loadBalancer: {ingress: [{ip: 198.51.100.7}]}}}\n`;
const db = service("externalIPs: [203.0.113.9]");
const base = [pod("web"), pod("db"), db];
const toNodes = policy("egress: [{toEntities: [host, remote-node], toPorts: [{ports: [{port: '30080'}]}]}]");
const toPods = policy("egress: [{toEndpoints: [{matchLabels: {app: db}}], toPorts: [{ports: [{port: '8080'}]}]}]");
const toAddress = policy("egress: [{toCIDR: [198.51.100.7/32, 203.0.113.9/32]}]");
const places: [string, number][] = [
  ["remote-node", 30080],
  ["host", 30080],
  ["Service shop/db at 198.51.100.7", 80],
  ["Service shop/db at 203.0.113.9", 80],
];

function ask(texts: readonly string[], to: string, port: number, from = "shop/web") {
  const manifests = readManifests([{ file: "all.yaml", text: texts.join("") }]);
  const { reachability, scenario } = evaluate(manifests);
  assert.deepEqual(manifests.problems, []);
  const verdict = reachability.verdict({ from, to, proto: "TCP", port });
  const { kindOf, verdict: ofKind } = reachability.sourceClasses(to, { proto: "TCP", port });
  const place = scenario.endpoints.findIndex(({ id }) => id === from);
  assert.deepEqual(ofKind(kindOf[place] ?? -1, { from, to, proto: "TCP", port }), verdict);
  return { ...verdict, state: stateOf(verdict) };
}

test("with kube-proxy replaced, a client's policy sees the pods behind a Service's address", () => {
  const kpr = [...base, replaced("true")];
  for (const [to, port] of places) {
    assert.equal(ask([...kpr, toPods], to, port).state, "allowed", to);
    assert.equal(ask([...kpr, toNodes], to, port).state, "denied", to);
    assert.equal(ask([...kpr, toAddress], to, port).state, "denied", to);
    const shut = policy("ingress: [{fromEndpoints: [{matchLabels: {app: x}}]}]", "db");
    assert.equal(ask([...kpr, shut], to, port).ingress, "denied", to);
  }
  assert.equal(ask([...kpr, toNodes], "remote-node", 30081).state, "denied", "another port");
  assert.equal(ask([...kpr, toNodes.replace("30080", "30081")], "remote-node", 30081).state, "allowed", "no Service");
});

test("a pod on the host network is reachable at its node's NodePorts", () => {
  const agent =
    "---\n{apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: shop}, spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 9100}]}]}}\n";
  const kpr = [...base, agent, replaced("true")];
  assert.equal(ask([...kpr, toPods], "shop/agent", 30080).state, "allowed");
  assert.equal(ask([...kpr, toNodes], "shop/agent", 30080).state, "denied");
  assert.equal(ask([...kpr, toNodes.replace("30080", "9100")], "shop/agent", 9100).state, "allowed", "its own port");
  assert.equal(ask([...base, agent, toNodes], "shop/agent", 30080).state, "allowed", "with kube-proxy");
  const { scenario } = evaluate(readManifests([{ file: "all.yaml", text: kpr.join("") }]));
  assert.deepEqual(
    scenario.endpoints.find(({ id }) => id === "shop/agent")?.ports?.filter(({ port }) => port === 30080),
    [],
    "it is not asked there where no policy names the port",
  );
});

test("with kube-proxy, or from outside, a node's address is a node", () => {
  for (const texts of [base, [...base, replaced("false")]]) {
    assert.equal(ask([...texts, toNodes], "remote-node", 30080).state, "allowed");
    assert.equal(ask([...texts, toPods], "remote-node", 30080).state, "denied");
  }
  const shut = policy("ingress: [{fromEndpoints: [{matchLabels: {app: x}}]}]", "db");
  assert.equal(ask([...base, replaced("true"), shut], "remote-node", 30080, "world").state, "allowed");
});

test("a Service is unknown if its pods have different verdicts, or if its pods are unknown", () => {
  const two = [...base, pod("db2", "app: db, role: old"), replaced("true")];
  const some = policy("egress: [{toEndpoints: [{matchLabels: {role: old}}]}]");
  const { state, unknown } = ask([...two, some], "remote-node", 30080);
  assert.deepEqual([state, unknown], ["unknown", ["which pod of the Service shop/db it is led to"]]);
  assert.equal(ask([...two, toPods], "remote-node", 30080).state, "allowed");
  const none = ask([pod("web"), db, replaced("true"), toPods], "remote-node", 30080);
  assert.match(none.unknown?.[0] ?? "", /^the pods behind the Service shop\/db/);
});

test("requests that only some of a Service's pods accept are not reported as allowed", () => {
  const two = [pod("web"), pod("db"), pod("db2", "app: db, role: old"), db, replaced("true")];
  const old = "toEndpoints: [{matchLabels: {role: old}}], toPorts: [{ports: [{port: '8080', protocol: TCP}]";
  const all = "toEndpoints: [{matchExpressions: [{key: role, operator: DoesNotExist}]}]";
  const some = policy(`egress: [{${all}}, {${old}, rules: {http: [{method: GET}]}}]}]`);
  assert.equal(ask([...two, some], "remote-node", 30080).state, "unknown");
  assert.equal(ask([...two, policy(`egress: [{${all}}, {${old}}]}]`)], "remote-node", 30080).state, "allowed");
});

test("variables in a Service or in pods that it may select leave its pods and ports unknown", () => {
  const allowed = policy("egress: [{toEndpoints: [{matchLabels: {app: db}}], toPorts: [{ports: [{port: '80'}]}]}]");
  const rest = [replaced("true"), allowed];
  const by80 = db.replace("targetPort: http, ", "");
  const VALUE = ["unknown", ["the value of ${X}"]];
  const answer = (...texts: string[]) => {
    const { state, unknown } = ask([pod("web"), ...texts, ...rest], "remote-node", 30080);
    return [state, unknown];
  };
  assert.deepEqual(answer(pod("db"), by80), ["allowed", undefined]);
  assert.deepEqual(answer(pod("db"), db.replace("targetPort: http", "targetPort: '${X}'")), VALUE);
  assert.deepEqual(answer(pod("db"), by80.replace("selector: {app: db}", "selector: {app: '${X}'}")), VALUE);
  assert.deepEqual(answer(pod("db"), pod("other", "app: '${X}'"), by80), VALUE, "a pod that may be behind it");
  assert.deepEqual(answer(pod("db"), pod("other", "'${X}': db"), by80), VALUE, "whatever the key is");
  assert.deepEqual(answer(pod("db"), pod("other", "app: x, role: '${X}'"), by80), ["allowed", undefined]);
  const named = pod("other", "app: db").replace("name: http", "name: '${X}'");
  assert.deepEqual(answer(pod("db"), named, db), VALUE, "a port that may have the name");
});

test("a meshed client's proxy does not know the address, so the connection has no mTLS", () => {
  const meshed = ", annotations: {linkerd.io/inject: enabled}";
  const texts = [pod("web", "app: web", meshed), pod("db", "app: db", meshed), db, replaced("true")];
  assert.deepEqual(ask(texts, "remote-node", 30080).wire, { port: 8080, mtls: false });
  assert.equal(ask([...texts, toPods], "remote-node", 30080).state, "allowed");
  const server =
    "---\n{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: s, namespace: shop}, spec: {podSelector: {matchLabels: {app: db}}, port: http, accessPolicy: all-authenticated}}\n";
  assert.equal(ask([...texts, server], "remote-node", 30080).linkerd?.verdict, "denied");
  assert.equal(ask([...texts, server], "shop/db", 8080).allowed, true);
});

test("explain shows the Service, and the pod's port where the verdict is made", () => {
  const evaluated = evaluate(
    readManifests([{ file: "all.yaml", text: [...base, replaced("true"), toNodes].join("") }]),
  );
  const explainer = explainerOf(evaluated);
  const told = explainer.explain({ from: "shop/web", to: "remote-node", proto: "TCP", port: 30080 });
  assert.equal(told.state, "denied");
  assert.match(
    told.sentence,
    /^remote-node on 30080 is the Service shop\/db, which Cilium redirects to a pod before .*shop\/db/,
  );
  const old = policy("egress: [{toEndpoints: [{matchLabels: {role: old}}]}]");
  const texts = [...base, pod("db2", "app: db, role: old"), replaced("true"), old];
  const mixed = explainerOf(evaluate(readManifests([{ file: "all.yaml", text: texts.join("") }])));
  const { state, sentence } = mixed.explain({ from: "shop/web", to: "remote-node", proto: "TCP", port: 30080 });
  assert.equal(state, "unknown");
  assert.match(sentence, /is not known: which pod of the Service shop\/db it is led to\.$/);
});

test("a Service's address is never a client", () => {
  const sides = [[...base], [...base, toPods]].map((texts) =>
    evaluate(readManifests([{ file: "all.yaml", text: [...texts, replaced("true")].join("") }])),
  );
  for (const { reachability } of sides) {
    const answered = [...reachability.answers()].flatMap(({ from }) => from);
    const asked = [...reachability.verdicts()].map(({ from }) => from);
    for (const from of [...answered, ...asked]) assert.doesNotMatch(from, /^Service /);
    assert.ok([...reachability.answers()].some(({ verdict }) => verdict.to.startsWith("Service ")));
  }
  const [before, after] = sides;
  assert.ok(before !== undefined && after !== undefined);
  const { opened, closed, unchanged } = diffReachability(after, before);
  assert.ok([...opened, ...closed].every(({ from }) => from.every((id) => !id.startsWith("Service "))));
  assert.ok(unchanged.allowed > 0);
});
