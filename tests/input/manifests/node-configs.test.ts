// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { evaluate } from "../../../lib/manifests/evaluate";

const options = { namespace: "default" };
const read = (...texts: string[]) =>
  manifestsOf(
    texts.map((text, index) => ({ file: `${index}.yaml`, text })),
    options,
  );
const config = (data: string) =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: ${data}}`;
const onNodes = (selector: string, defaults: string, name = "some", namespace = "kube-system") =>
  `{apiVersion: cilium.io/v2, kind: CiliumNodeConfig, metadata: {name: ${name}, namespace: ${namespace}}, spec: {nodeSelector: ${selector}, defaults: ${defaults}}}`;
const pod = (name: string, nodeSelector = "{}") =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}, spec: {nodeSelector: ${nodeSelector}, containers: [{name: c, ports: [{containerPort: 80}]}]}}`;
const policy = (rule: string, app = "db") =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p-${app}, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${rule}}}`;
const fromApi = policy("ingress: [{fromEndpoints: [{matchLabels: {app: api}}]}]");
const edge = { from: "shop/web", to: "shop/db", proto: "TCP", port: 80 };
const verdictOf = (texts: readonly string[], flow: Partial<typeof edge> = {}) =>
  evaluate(read(...texts), options).reachability.verdict({ ...edge, ...flow });
const state = (texts: readonly string[], flow: Partial<typeof edge> = {}) => {
  const { allowed, ingress, unknown } = verdictOf(texts, flow);
  return { allowed, ingress, ...(unknown && { unknown }) };
};
const gpu = "{matchLabels: {pool: gpu}}";
const audit = (selector: string, name?: string) => onNodes(selector, "{policy-audit-mode: 'true'}", name);

test("a CiliumNodeConfig for every node overrides cilium-config, and the last by name overrides the others", () => {
  assert.equal(state([pod("web"), pod("db"), fromApi]).allowed, false);
  assert.equal(state([pod("web"), pod("db"), fromApi, audit("{}")]).allowed, true);
  assert.deepEqual(read(audit("{}")).unseen, []);
  const { agent, problems } = read(config("{enable-policy: default}"), onNodes("{}", "{enable-policy: never}"));
  assert.deepEqual(agent, { policyEnforcement: "never" });
  assert.match(problems[0]?.message ?? "", /"default" here, and "never" in CiliumNodeConfig kube-system\/some \(1/);
  const two = [onNodes("{}", "{enable-policy: never}", "a"), onNodes("{}", "{enable-policy: always}", "b")];
  for (const texts of [two, [...two].reverse()])
    assert.deepEqual(read(...texts).agent, { policyEnforcement: "always" });
  assert.deepEqual(
    read(onNodes("{}", "{enable-k8s-networkpolicy: 'false'}")).unseen,
    [],
    "no policy of that kind is there",
  );
});

test("with a node selector, a setting is unknown for a pod that may run there, and known for one with a fixed node", () => {
  const where = "on which node it runs: CiliumNodeConfig kube-system/some (3.yaml:1) sets policy-audit-mode on some";
  const of = (selector: string) => state([pod("web"), pod("db", selector), fromApi, audit(gpu)]);
  assert.deepEqual(of("{}"), { allowed: false, ingress: "unknown", unknown: [where] });
  assert.deepEqual(of("{disk: ssd}"), { allowed: false, ingress: "unknown", unknown: [where] });
  assert.deepEqual(of("{pool: gpu}"), { allowed: true, ingress: "allowed" });
  assert.deepEqual(of("{pool: web}"), { allowed: false, ingress: "denied" });
  assert.deepEqual(of("{pool: '${POOL}'}").ingress, "unknown");
  const expression = (text: string) =>
    state([pod("web"), pod("db", "{pool: gpu}"), fromApi, audit(`{matchExpressions: [${text}]}`)]).ingress;
  assert.equal(expression("{key: pool, operator: In, values: [gpu, x]}"), "allowed");
  assert.equal(expression("{key: pool, operator: NotIn, values: [gpu]}"), "denied");
  assert.equal(expression("{key: pool, operator: Exists}"), "allowed");
  assert.equal(expression("{key: other, operator: DoesNotExist}"), "unknown");
});

test("a value that is the same on all nodes is known", () => {
  const web = policy("ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]");
  assert.deepEqual(state([pod("web"), pod("db"), web, audit(gpu)]), { allowed: true, ingress: "allowed" });
  assert.deepEqual(state([pod("web"), pod("db"), audit(gpu)], { from: "shop/db", to: "shop/web" }).allowed, true);
});

test("each end has its own node, and only the deciding end's node matters", () => {
  const leaving = policy("egress: [{toEndpoints: [{matchLabels: {app: api}}]}]", "web");
  const texts = [pod("web", "{pool: gpu}"), pod("db"), leaving, audit(gpu)];
  assert.equal(verdictOf(texts).egress, "allowed");
  assert.equal(verdictOf([pod("web"), ...texts.slice(1)]).egress, "unknown");
  assert.equal(verdictOf([pod("web", "{pool: x}"), ...texts.slice(1)]).egress, "denied");
});

test("evaluates every setting that agents have per node", () => {
  const http = policy("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]}]");
  const base = [pod("web"), pod("db"), http];
  assert.equal(state([...base, onNodes(gpu, "{enable-l7-proxy: 'false'}")]).ingress, "unknown", "GET, or everything");
  const denies = policy(
    "ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: '81', protocol: TCP}], rules: {http: [{}]}}]}]",
  );
  assert.equal(state([pod("web"), pod("db"), denies, onNodes(gpu, "{enable-l7-proxy: 'false'}")]).ingress, "unknown");
  const always = onNodes(gpu, "{enable-policy: always}");
  assert.equal(state([pod("web"), pod("db"), always]).ingress, "unknown");
  const block = policy("ingress: [{fromCIDR: [10.1.0.0/16]}]");
  const nodes = onNodes(gpu, "{policy-cidr-match-mode: nodes}");
  const server =
    "{apiVersion: v1, kind: Node, metadata: {name: one, labels: {node-role.kubernetes.io/control-plane: ''}}, status: {addresses: [{type: InternalIP, address: 10.1.0.1}]}}";
  const fromServer = { from: "kube-apiserver" };
  assert.equal(state([pod("web"), pod("db"), block, server], fromServer).ingress, "denied");
  assert.equal(state([pod("web"), pod("db"), block, server, nodes], fromServer).ingress, "unknown");
  assert.equal(state([pod("web"), pod("db", "{pool: gpu}"), block, server, nodes], fromServer).ingress, "allowed");
  const host =
    "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: nodes}, spec: {nodeSelector: {}, ingress: [{fromEntities: [health]}]}}";
  const off = [pod("web"), host, onNodes(gpu, "{enable-host-firewall: 'false'}")];
  assert.equal(state(off, { to: "remote-node" }).ingress, "unknown");
  assert.equal(state(off, { to: "any node with pool=gpu" }).allowed, true);
});

test("reports settings on some nodes that are not evaluated, and those that agents never read", () => {
  const reasons = (...texts: string[]) => read(...texts).unseen.map(({ object, reason }) => `${object}: ${reason}`);
  const some = "CiliumNodeConfig kube-system/some: it sets";
  const left = "on the nodes that it selects, which is not evaluated";
  assert.deepEqual(reasons(onNodes(gpu, "{mesh-auth-enabled: 'true', enable-policy: never}")), [
    `${some} mesh-auth-enabled ${left}`,
  ]);
  assert.deepEqual(reasons(onNodes(gpu, "{labels: '${LABELS}'}")), [`${some} labels ${left}`]);
  assert.deepEqual(reasons(onNodes(gpu, "{enable-k8s-networkpolicy: 'false'}")), [
    `${some} enable-k8s-networkpolicy ${left}`,
  ]);
  assert.deepEqual(reasons(onNodes(gpu, "{enable-policy: '${MODE}'}")), [
    "CiliumNodeConfig kube-system/some: what it sets enable-policy to is filled in later; what depends on it is unknown there",
  ]);
  assert.deepEqual(reasons(onNodes(gpu, "{bpf-map-dynamic-size-ratio: '0.1'}")), []);
  assert.match(reasons(onNodes("null", "{enable-policy: never}"))[0] ?? "", /not known which nodes it selects/);
  assert.match(
    reasons(config("{}"), onNodes("{}", "{enable-policy: never}", "some", "shop"))[0] ?? "",
    /the agents run in kube-system, and read no CiliumNodeConfig of another namespace/,
  );
  assert.equal(read(onNodes(gpu, "{enable-policy: sometimes}")).problems[0]?.code, "invalid-setting");
});

test("reports a setting to which two CiliumNodeConfigs give different values; on a node of both, the last by name counts", () => {
  const texts = [
    onNodes(gpu, "{policy-audit-mode: 'true'}", "a"),
    onNodes("{matchLabels: {disk: ssd}}", "{policy-audit-mode: 'false'}", "b"),
  ];
  const [problem, ...others] = read(...texts).problems;
  assert.deepEqual([problem?.code, problem?.file, others], ["conflicting-setting", "1.yaml", []]);
  assert.match(problem?.message ?? "", /is "false" here, and "true" in CiliumNodeConfig kube-system\/a \(0\.yaml:1\)/);
  const on = (selector: string) => state([...texts, pod("web"), pod("db", selector), fromApi]).ingress;
  assert.deepEqual(["{pool: gpu, disk: ssd}", "{pool: gpu, disk: x}", "{pool: gpu}", "{disk: ssd}"].map(on), [
    "denied",
    "allowed",
    "unknown",
    "denied",
  ]);
  const apart = [texts[0] ?? "", onNodes("{matchLabels: {pool: web}}", "{policy-audit-mode: 'false'}", "b")];
  assert.deepEqual(read(...apart).problems, []);
});

test("the agent's arguments override any CiliumNodeConfig, and one for all nodes overrides one that is earlier by name", () => {
  const agent =
    "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: cilium, namespace: kube-system}, spec: {selector: {}, template: {spec: {hostNetwork: true, containers: [{name: cilium-agent, args: [--policy-audit-mode=false]}]}}}}";
  const of = (...more: string[]) => state([...more, pod("web"), pod("db", "{pool: gpu}"), fromApi]).ingress;
  assert.equal(of(audit(gpu)), "allowed");
  assert.equal(of(audit(gpu), agent), "denied");
  assert.equal(of(audit(gpu, "a"), onNodes("{}", "{policy-audit-mode: 'false'}", "b")), "denied");
  assert.equal(of(audit(gpu, "b"), onNodes("{}", "{policy-audit-mode: 'false'}", "a")), "allowed");
});

test("two pods of one workload with different node selectors share what both require", () => {
  const owned = (name: string, selector: string) =>
    pod(name, selector)
      .replace("labels: {app", "ownerReferences: [{controller: true, kind: StatefulSet, name: db}], labels: {app")
      .replace(`app: ${name}`, "app: db");
  const both = [owned("db-0", "{pool: gpu, disk: a}"), owned("db-1", "{pool: gpu, disk: b}")];
  assert.equal(state([pod("web"), ...both, fromApi, audit(gpu)]).ingress, "allowed");
  assert.equal(state([pod("web"), ...both, fromApi, audit("{matchLabels: {disk: a}}")]).ingress, "unknown");
});

test("a variable leaves a setting unknown on its nodes, and on all nodes if the selector is a variable", () => {
  const loose = onNodes(gpu, "{policy-audit-mode: '${AUDIT}'}");
  const of = (selector: string, ...more: string[]) => verdictOf([pod("web"), pod("db", selector), fromApi, ...more]);
  assert.deepEqual(of("{pool: gpu}", loose).unknown, [
    'what is filled in: CiliumNodeConfig kube-system/some (3.yaml:1) sets policy-audit-mode to "${AUDIT}"',
  ]);
  assert.equal(of("{pool: web}", loose).ingress, "denied");
  assert.equal(of("{}", loose).ingress, "unknown");
  assert.equal(of("{pool: x}", audit("{matchLabels: {pool: '${POOL}'}}")).ingress, "unknown", "it may be any node");
  const web = policy("ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]");
  assert.equal(state([pod("web"), pod("db"), web, loose]).allowed, true, "in audit mode or not");
});

test("a variable overrides what comes after it", () => {
  const later = config("{policy-audit-mode: 'false', enable-l7-proxy: 'true'}");
  const of = (...more: string[]) => state([pod("web"), pod("db"), fromApi, later, ...more]).ingress;
  assert.equal(of(), "denied");
  assert.equal(of(onNodes("{}", "{policy-audit-mode: '${AUDIT}'}")), "unknown");
  assert.equal(of(onNodes("{}", "{policy-audit-mode: ''}")), "denied", "an empty one says nothing");
  const denies = policy(
    "ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: '81', protocol: TCP}], rules: {http: [{}]}}]}]",
  );
  const l7 = (...more: string[]) => state([pod("web"), pod("db"), denies, ...more]).ingress;
  assert.equal(l7(later), "denied");
  assert.equal(l7(later, onNodes("{}", "{enable-l7-proxy: '${L7}'}")), "unknown", "without a proxy it is refused");
  assert.equal(l7(config("{enable-l7-proxy: '${L7}'}")), "unknown");
});

test("the pod's own node decides which labels make its identity, whoever evaluates it", () => {
  const texts = (from: string, to = "{pool: x}") => [
    pod("web", from),
    pod("db", to),
    policy("ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]"),
    onNodes(gpu, "{labels: '!app'}"),
  ];
  assert.equal(state(texts("{pool: x}")).ingress, "allowed");
  assert.equal(state(texts("{pool: gpu}")).ingress, "denied", "there its label app is no part of its identity");
  const { ingress, unknown } = verdictOf(texts("{}"));
  assert.deepEqual(
    [ingress, unknown],
    ["unknown", ["on which node it runs: CiliumNodeConfig kube-system/some (3.yaml:1) sets labels on some"]],
  );
  // Without the label, no policy selects it, so everything is allowed.
  assert.equal(state([...texts("{pool: gpu}", "{pool: gpu}")]).ingress, "allowed");
  const anybody = [...texts("{}").slice(0, 2), policy("ingress: [{fromEndpoints: [{}]}]"), texts("{}")[3] ?? ""];
  assert.equal(state(anybody).ingress, "allowed", "it is of the namespace either way");
});

test("the client's node decides whether a NodePort is translated to a pod", () => {
  const service =
    "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {type: NodePort, selector: {app: db}, ports: [{port: 80, nodePort: 30080}]}}";
  const leaving = policy("egress: [{toEndpoints: [{matchLabels: {app: db}}]}]", "web");
  const flow = { to: "remote-node", port: 30080 };
  const of = (selector: string, defaults = "{kube-proxy-replacement: 'true'}") =>
    verdictOf([pod("web", selector), pod("db"), service, leaving, onNodes(gpu, defaults)], flow);
  assert.equal(of("{pool: gpu}").egress, "allowed", "it is led to the pod before its policy is asked");
  assert.equal(of("{pool: x}").egress, "denied", "it goes to a node");
  assert.deepEqual(of("{}").unknown, [
    "on which node it runs: CiliumNodeConfig kube-system/some (4.yaml:1) sets kube-proxy-replacement on some",
  ]);
  const everywhere = (selector: string) =>
    verdictOf(
      [
        config("{kube-proxy-replacement: 'true'}"),
        ...[pod("web", selector), pod("db"), service, leaving, onNodes(gpu, "{kube-proxy-replacement: 'false'}")],
      ],
      flow,
    ).egress;
  assert.deepEqual(["{pool: gpu}", "{pool: x}", "{}"].map(everywhere), ["denied", "allowed", "unknown"]);
});
