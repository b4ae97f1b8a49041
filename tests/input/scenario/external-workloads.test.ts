// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { anyProject, lintManifests } from "../../../lib/lint/lint-manifests";
import { evaluate } from "../../../lib/manifests/evaluate";

const spiffe = "spiffe://root.linkerd.cluster.local/vm";
const machine = (name = "vm", { more = "", spec = "", ips = "{ip: 192.0.2.10}" } = {}) => `---
apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}${more}}
spec: {meshTLS: {identity: "${spiffe}", serverName: vm.shop}, workloadIPs: [${ips}], ports: [{port: 80, name: http}]${spec}}
`;
const pod = (name: string, inject = "enabled") => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}, annotations: {linkerd.io/inject: ${inject}}}
spec: {serviceAccountName: ${name}, containers: [{name: c, ports: [{containerPort: 8080}]}]}
`;
const object = (apiVersion: string, kind: string, name: string, spec: string) =>
  `---\n{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}\n`;
const policy = (rule: string, app = "web") =>
  object(
    "cilium.io/v2",
    "CiliumNetworkPolicy",
    `p-${app}`,
    `{endpointSelector: {matchLabels: {app: ${app}}}, ${rule}}`,
  );
const server = (selector: string, port = "80", more = "accessPolicy: deny") =>
  object("policy.linkerd.io/v1beta3", "Server", "s", `{${selector}, port: ${port}, ${more}}`);
const admits = (identity: string, target = "s") =>
  object("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", "who", `{identities: ["${identity}"]}`) +
  object(
    "policy.linkerd.io/v1alpha1",
    "AuthorizationPolicy",
    "a",
    `{targetRef: {group: policy.linkerd.io, kind: Server, name: ${target}}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: who}]}`,
  );
const service = (ports: string) =>
  `---\n{apiVersion: v1, kind: Service, metadata: {name: vm, namespace: shop}, spec: {selector: {app: vm}, ports: [${ports}]}}\n`;
const read = (...texts: string[]) => readManifests([{ file: "all.yaml", text: texts.join("") }]);
const evaluated = (...texts: string[]) => evaluate(read(...texts));
const ask = (texts: readonly string[], from: string, to: string, port: number) =>
  evaluated(...texts).reachability.verdict({ from, to, proto: "TCP", port });

test("to Cilium, a machine outside is an address, whatever the labels of its object", () => {
  const base = [machine(), pod("web"), pod("plain", "disabled")];
  const { unseen, problems, scenario } = evaluated(...base);
  assert.deepEqual([unseen, problems], [[], []]);
  assert.equal(scenario.endpoints.find(({ id }) => id === "shop/vm")?.ip, "192.0.2.10");
  const byLabel = policy("egress: [{toEndpoints: [{matchLabels: {app: vm}}]}]");
  const byBlock = policy("egress: [{toCIDR: [192.0.2.0/24], toPorts: [{ports: [{port: '4143'}]}]}]");
  assert.equal(ask([...base, byLabel], "shop/web", "shop/vm", 80).egress, "denied");
  const verdict = ask([...base, byBlock], "shop/web", "shop/vm", 80);
  assert.deepEqual([verdict.allowed, verdict.wire?.port, verdict.wire?.mtls], [true, 4143, true]);
  const into = policy("ingress: [{fromEntities: [world]}]");
  assert.equal(ask([...base, into], "shop/vm", "shop/web", 8080).allowed, true);
  assert.equal(ask([...base, into], "shop/plain", "shop/web", 8080).allowed, false);
  const exactly = policy("egress: [{toCIDR: [192.0.2.10/32]}]");
  const ids = evaluated(...base, exactly).scenario.endpoints.flatMap(({ id, ip }) => (ip === undefined ? [] : [id]));
  assert.deepEqual(ids, ["shop/vm"], "its address is no peer beside it");
});

test("its proxy decides by Servers for ExternalWorkloads and by its own annotation", () => {
  const base = [machine(), pod("web"), pod("other"), pod("plain", "disabled")];
  const guarded = [
    ...base,
    server("externalWorkloadSelector: {matchLabels: {app: vm}}", "http"),
    admits("web.shop.serviceaccount.identity.linkerd.cluster.local"),
  ];
  const on80 = (from: string) => ask(guarded, from, "shop/vm", 80);
  assert.deepEqual(
    [on80("shop/web"), on80("shop/other"), on80("shop/plain")].map(({ allowed }) => allowed),
    [true, false, false],
  );
  assert.match(on80("shop/other").linkerd?.reason ?? "", /Server s/);
  const ofPods = [...base, server("podSelector: {matchLabels: {app: vm}}")];
  assert.equal(ask(ofPods, "shop/other", "shop/vm", 80).allowed, true);
  const shut = machine("vm", { more: ", annotations: {config.linkerd.io/default-inbound-policy: deny}" });
  assert.equal(ask([shut, pod("web")], "shop/web", "shop/vm", 80).allowed, false);
  const elsewhere = server("externalWorkloadSelector: {}").replace("namespace: shop", "namespace: other");
  assert.equal(ask([...base, elsewhere], "shop/web", "shop/vm", 80).allowed, true);
});

test("as a client, it has the identity in its object", () => {
  const base = [machine(), pod("web"), pod("other")];
  const guarded = (identity: string) => [
    ...base,
    server("podSelector: {matchLabels: {app: web}}", "8080"),
    admits(identity),
  ];
  assert.equal(ask(guarded(spiffe), "shop/vm", "shop/web", 8080).allowed, true);
  assert.equal(ask(guarded(spiffe), "shop/other", "shop/web", 8080).allowed, false);
  assert.equal(ask(guarded("web.shop"), "shop/vm", "shop/web", 8080).allowed, false);
  assert.equal(ask(guarded("*"), "shop/vm", "shop/web", 8080).allowed, false, "no pattern means a SPIFFE identity");
  assert.equal(ask(guarded("*"), "shop/other", "shop/web", 8080).allowed, true);
  const named = guarded("*").map((text) => text.replace(spiffe, "vm.example.com"));
  assert.equal(ask(named, "shop/vm", "shop/web", 8080).allowed, true);
});

test("proxies reach it at the ports that it declares and that Services map to, through the port of its own proxy", () => {
  const base = [machine("vm", { spec: "" }), pod("web")];
  const wire = (texts: readonly string[], port: number) => ask(texts, "shop/web", "shop/vm", port).wire;
  assert.deepEqual(wire(base, 80), { port: 4143, mtls: true, opensAllPorts: true });
  assert.deepEqual(wire(base, 9090), { port: 9090, mtls: false });
  const led = [...base, service("{port: 81, targetPort: 9090}")];
  assert.equal(wire(led, 9090)?.mtls, true);
  assert.ok(
    evaluated(...led)
      .scenario.endpoints.find(({ id }) => id === "shop/vm")
      ?.ports?.some((one) => one.port === 9090),
  );
  const own = base.map((text) =>
    text.replace("{port: 80, name: http}", "{port: 80}, {port: 5143, name: linkerd-proxy}"),
  );
  assert.deepEqual(wire(own, 80), { port: 5143, mtls: true, opensAllPorts: true });
  assert.equal(wire(own, 5143)?.mtls, true);
  const guarded = [
    ...own,
    server("externalWorkloadSelector: {}"),
    admits("web.shop.serviceaccount.identity.linkerd.cluster.local"),
  ];
  assert.equal(ask(guarded, "shop/web", "shop/vm", 80).allowed, true);
});

test("its clients' EgressNetworks apply where no Service maps to it", () => {
  const deny = object("policy.linkerd.io/v1alpha1", "EgressNetwork", "all", "{trafficPolicy: Deny}");
  const base = [machine(), pod("web"), deny];
  assert.equal(ask(base, "shop/web", "shop/vm", 80).allowed, false);
  assert.equal(ask([...base, service("{port: 80}")], "shop/web", "shop/vm", 80).allowed, true);
  const allow = deny.replace("Deny", "Allow");
  const guarded = [machine(), pod("web"), allow, server("externalWorkloadSelector: {}")];
  assert.match(ask(guarded, "shop/web", "shop/vm", 80).linkerd?.owner ?? "", /Server/);
  const route = object(
    "gateway.networking.k8s.io/v1alpha2",
    "TCPRoute",
    "out",
    "{parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: all, port: 80}], rules: [{}]}",
  );
  assert.equal(ask([...base, route], "shop/web", "shop/vm", 80).allowed, true);
  assert.equal(
    ask([...base, route, server("externalWorkloadSelector: {}")], "shop/web", "shop/vm", 80).allowed,
    false,
    "let out, and not let in",
  );
  const admitting = [
    server("externalWorkloadSelector: {}"),
    admits("web.shop.serviceaccount.identity.linkerd.cluster.local"),
  ];
  const shut = ask([...base, ...admitting], "shop/web", "shop/vm", 80).linkerd;
  assert.deepEqual([shut?.verdict, shut?.owner], ["denied", "EgressNetwork shop/all"], "let in, and not let out");
  const http = (name: string, parent: string, path: string) =>
    object(
      "policy.linkerd.io/v1beta3",
      "HTTPRoute",
      name,
      `{parentRefs: [{group: policy.linkerd.io, ${parent}}], rules: [{matches: [{path: {type: Exact, value: ${path}}}]}]}`,
    );
  const out = http("out", "kind: EgressNetwork, name: all, port: 80", "/out");
  const some = ask([...base, out, ...admitting], "shop/web", "shop/vm", 80).linkerd;
  assert.deepEqual(
    some?.routes?.map(({ requests, verdict }) => [requests, verdict]),
    [
      ["/out", "allowed"],
      ["everything else", "denied"],
    ],
    "of what is let in, what is let out",
  );
  const both = ask([...base, out, ...admitting, http("in", "kind: Server, name: s", "/in")], "shop/web", "shop/vm", 80);
  assert.match(both.unknown?.[0] ?? "", /^which requests the routes of both/);
});

test("several addresses are several peers, a name clash is resolved, and without an address it is reported as not seen", () => {
  const two = machine("vm", { ips: "{ip: 192.0.2.10}, {ip: '2001:db8::1'}" });
  const ids = (...texts: string[]) =>
    evaluated(...texts).scenario.endpoints.flatMap(({ id, external }) => (external === undefined ? [] : [id]));
  assert.deepEqual(ids(two), ["shop/vm", "shop/vm 2001:db8::1"]);
  assert.deepEqual(ids(machine("web"), pod("web")), ["shop/externalworkload/web"]);
  for (const ips of ["", "{ip: '${IP}'}", "{ip: vm.example.com}"]) {
    const { unseen } = read(machine("vm", { ips }));
    assert.match(unseen[0]?.reason ?? "", /no address|which is not known/, ips);
    assert.deepEqual(ids(machine("vm", { ips })), []);
  }
});

test("lint reports a Server for ExternalWorkloads that guards none of the known ones", () => {
  const found = (...texts: string[]) =>
    lintManifests(evaluated(...texts), anyProject).findings.flatMap(({ rule, message }) =>
      rule === "server-selects-nothing" ? [message] : [],
    );
  const base = [machine(), pod("web")];
  assert.deepEqual(found(...base, server("externalWorkloadSelector: {matchLabels: {app: vm}}", "http")), []);
  assert.deepEqual(found(...base, server("externalWorkloadSelector: {matchLabels: {app: db}}")), [
    "selects no ExternalWorkload of shop",
  ]);
  assert.deepEqual(found(...base, server("externalWorkloadSelector: {}", "grpc")), [
    'the ExternalWorkload shop/vm has no TCP port named "grpc"',
  ]);
  assert.deepEqual(found(pod("web"), server("externalWorkloadSelector: {}")), [], "none is known");
});
