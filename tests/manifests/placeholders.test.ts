// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateManifests, lintManifests } from "../../lib/manifests";
import { stateOf } from "../../lib/reachability/verdict";

const pod = (name: string, more: { labels?: object; spec?: object; ports?: object[]; annotations?: object } = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "shop",
    labels: { app: name, ...more.labels },
    ...(more.annotations && { annotations: more.annotations }),
  },
  spec: { containers: [{ name: "c", ports: more.ports ?? [{ containerPort: 80, name: "http" }] }], ...more.spec },
});
const policy = (spec: object) => ({
  ...{ apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "p", namespace: "shop" } },
  spec,
});
const db = { matchLabels: { app: "db" } };
const ingress = (...items: object[]) => policy({ endpointSelector: db, ingress: items });
const egress = (...items: object[]) => policy({ endpointSelector: db, egress: items });
const read = (...items: object[]) => {
  const text = JSON.stringify({ kind: "List", apiVersion: "v1", items }, undefined, 1);
  const evaluated = evaluateManifests([{ file: "a.json", text }]);
  assert.deepEqual(evaluated.problems, [], "a placeholder is no problem");
  const lines = text.split("\n");
  return {
    ...evaluated,
    named: evaluated.unseen.map(({ line }) => lines[(line ?? 0) - 1]?.trim()),
    state: (from: string, to: string, port = 80) => {
      const verdict = evaluated.reachability.verdict({ from, to, proto: "TCP", port });
      return [stateOf(verdict), ...(verdict.unknown ?? [])].join(": ");
    },
  };
};
const VALUE = "unknown: the value of ${X}";

test("an unknown pod label may have any value: selecting by it is unknown, for subjects and for peers", () => {
  const { state, named } = read(
    pod("db"),
    pod("web", { labels: { tier: "${X}" } }),
    pod("api", { labels: { tier: "back" } }),
    ingress({ fromEndpoints: [{ matchLabels: { tier: "front" } }] }),
  );
  assert.equal(state("shop/web", "shop/db"), VALUE);
  assert.equal(state("shop/api", "shop/db"), "denied");
  assert.equal(state("world", "shop/db"), "denied", "all else is decided");
  const within = read(
    pod("db"),
    pod("web", { labels: { tier: "a-${X}" } }),
    ingress({ fromEndpoints: [{ matchLabels: { tier: "front" } }] }),
  );
  assert.equal(within.state("shop/web", "shop/db"), `${VALUE} in "a-\${X}"`, "another text is another value");
  assert.deepEqual(named, ['"tier": "${X}"'], "it is named at its line");
  const subject = read(
    pod("web", { labels: { tier: "${X}" } }),
    policy({ endpointSelector: { matchLabels: { tier: "front" } }, ingress: [{ fromEntities: ["cluster"] }] }),
  );
  assert.equal(subject.state("world", "shop/web"), VALUE);
  assert.equal(subject.state("remote-node", "shop/web"), "allowed", "with the policy and without it");
});

test("a label with an unknown value exists, but cannot have an impossible value", () => {
  const state = (labels: object, selector: object) =>
    read(pod("db"), pod("web", { labels }), ingress({ fromEndpoints: [selector] })).state("shop/web", "shop/db");
  const is = (operator: string, values?: string[]) => ({
    matchExpressions: [{ key: "tier", operator, ...(values && { values }) }],
  });
  assert.equal(state({ tier: "{{ x }}" }, is("Exists")), "allowed");
  assert.equal(state({ tier: "{{ x }}" }, is("DoesNotExist")), "denied");
  assert.equal(state({ tier: "{{ x }}" }, is("NotIn", ["a"])), "unknown: the value of {{ x }}");
  assert.equal(state({ tier: "<path:a#b>" }, { matchLabels: { tier: "a", app: "other" } }), "denied");
  assert.equal(state({ "${X}": "a" }, is("Exists")), VALUE, "nor is the key known");
  assert.equal(state({ "${X}": "a" }, { matchLabels: { app: "web" } }), "allowed");
});

test("an unknown label of a namespace is unknown for each of its pods", () => {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "$(X)" } } };
  const { state, named } = read(
    namespace,
    pod("db"),
    pod("web"),
    ingress({ fromEndpoints: [{ matchLabels: { "k8s:io.cilium.k8s.namespace.labels.team": "a" } }] }),
  );
  assert.equal(state("shop/web", "shop/db"), "unknown: the value of $(X)");
  assert.equal(state("world", "shop/db"), "denied");
  assert.deepEqual(named, ['"team": "$(X)"']);
});

test("an unknown service account may be any", () => {
  const { state } = read(
    pod("db"),
    pod("web", { spec: { serviceAccountName: "${X}" } }),
    ingress({ fromEndpoints: [{ matchLabels: { "io.cilium.k8s.policy.serviceaccount": "web" } }] }),
  );
  assert.equal(state("shop/web", "shop/db"), VALUE);
  assert.equal(state("shop/db", "shop/db"), "denied");
});

test("a named port with an unknown number may be any port", () => {
  const ports = [{ containerPort: "${X}", name: "metrics" }];
  const rule = { toPorts: [{ ports: [{ port: "metrics", protocol: "TCP" }] }] };
  const into = read(pod("db", { ports }), pod("web"), ingress({ fromEntities: ["world"], ...rule }));
  assert.equal(into.state("world", "shop/db", 9090), VALUE);
  assert.equal(into.state("shop/web", "shop/db", 9090), "denied");
  const out = read(pod("db"), pod("web", { ports }), pod("api"), egress({ toEntities: ["cluster"], ...rule }));
  assert.equal(out.state("shop/db", "shop/web", 9090), VALUE);
  assert.equal(out.state("shop/db", "shop/api", 9090), "denied");
  const other = read(pod("db", { ports: [{ containerPort: 9090, name: "${X}" }] }), ingress({ ...rule }));
  assert.equal(other.state("world", "shop/db", 9090), VALUE, "nor is the name known");
});

test("a Service with a partly unknown selector may have any pods that the known part selects", () => {
  const service = (selector: object, labels: object = {}) => ({
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "front", namespace: "shop", labels } },
    spec: { selector, ports: [{ port: 80, targetPort: "${PORT}" }] },
  });
  const byName = egress({ toServices: [{ k8sService: { serviceName: "front", namespace: "shop" } }] });
  const known = read(
    pod("db"),
    pod("web", { labels: { tier: "a" } }),
    pod("api"),
    byName,
    service({ tier: "a", v: "${X}" }),
  );
  assert.equal(known.state("shop/db", "shop/web"), VALUE);
  assert.equal(known.state("shop/db", "shop/api"), "denied");
  const selector = { matchLabels: { s: "1" } };
  const byLabel = egress({ toServices: [{ k8sServiceSelector: { selector, namespace: "shop" } }] });
  const labelled = read(pod("db"), pod("web"), byLabel, service({ app: "web" }, { s: "${X}" }));
  assert.match(labelled.state("shop/db", "shop/web"), /^unknown: the Services with the labels/);
});

test("unknown blocks of a CiliumCIDRGroup may be any, and Cilium refuses none of them", () => {
  const group = (externalCIDRs: string[], labels: object = {}) => ({
    ...{ apiVersion: "cilium.io/v2", kind: "CiliumCIDRGroup", metadata: { name: "lan", labels } },
    spec: { externalCIDRs },
  });
  const byName = ingress({ fromCIDRSet: [{ cidrGroupRef: "lan" }] }, { fromCIDR: ["192.0.2.0/24"] });
  const { state, named } = read(pod("db"), pod("web"), byName, group(["203.0.113.0/24", "${X}"]));
  assert.equal(state("world", "shop/db"), VALUE);
  assert.equal(state("cidrgroup:lan", "shop/db"), "allowed", "what is known to be in it");
  assert.equal(state("192.0.2.0/24", "shop/db"), "allowed");
  assert.equal(state("shop/web", "shop/db"), "denied");
  assert.deepEqual(named, ['"${X}"']);
  const byLabel = ingress({ fromCIDRSet: [{ cidrGroupSelector: { matchLabels: { zone: "a" } } }] });
  assert.equal(read(pod("db"), byLabel, group(["203.0.113.0/24"], { zone: "${X}" })).state("world", "shop/db"), VALUE);
});

test("unknown addresses behind a Service may be any", () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "ext", namespace: "shop" },
    spec: { ports: [{ port: 80 }] },
  };
  const endpoints = {
    ...{ apiVersion: "v1", kind: "Endpoints", metadata: { name: "ext", namespace: "shop" } },
    subsets: [{ addresses: [{ ip: "203.0.113.7" }, { ip: "${X}" }] }],
  };
  const rule = egress({ toServices: [{ k8sService: { serviceName: "ext", namespace: "shop" } }] });
  const { state, named } = read(pod("db"), rule, service, endpoints);
  assert.match(state("shop/db", "world"), /^unknown: the addresses behind the Service "ext"/);
  assert.equal(state("shop/db", "203.0.113.7/32"), "allowed");
  assert.deepEqual(named, ['"ip": "${X}"']);
});

test("lint does not report that a selector selects nothing if labels are unknown", () => {
  const findings = (labels: object) => {
    const items = [pod("web", { labels }), policy({ endpointSelector: { matchLabels: { tier: "a" } }, ingress: [{}] })];
    const text = JSON.stringify({ kind: "List", apiVersion: "v1", items });
    return lintManifests([{ file: "a.json", text }]).findings.map(({ rule }) => rule);
  };
  assert.ok(findings({ tier: "b" }).includes("selects-nothing"));
  assert.ok(!findings({ tier: "${X}" }).includes("selects-nothing"));
});

const meshed = (name: string) => pod(name, { annotations: { "linkerd.io/inject": "enabled" } });
const linkerd = (kind: string, name: string, spec: object, version = "v1alpha1") => ({
  ...{ apiVersion: `policy.linkerd.io/${version}`, kind, metadata: { name, namespace: "shop" } },
  spec,
});
const server = (podSelector: object = db) =>
  linkerd("Server", "db", { podSelector, port: 80, accessPolicy: "deny" }, "v1beta3");
const authorized = (kind: string, name: string) =>
  linkerd("AuthorizationPolicy", "db", {
    targetRef: { group: "policy.linkerd.io", kind: "Server", name: "db" },
    requiredAuthenticationRefs: [{ group: "policy.linkerd.io", kind, name }],
  });
const account = (name: string) => `${name}.shop.serviceaccount.identity.linkerd.cluster.local`;
const shop = [meshed("db"), meshed("web"), pod("job")];

test("unknown identities and networks of Linkerd may be any, and known ones are admitted", () => {
  const identities = (...names: string[]) => [
    server(),
    authorized("MeshTLSAuthentication", "a"),
    linkerd("MeshTLSAuthentication", "a", { identities: names }),
  ];
  const some = read(...shop, ...identities("${X}"));
  assert.equal(some.state("shop/web", "shop/db"), VALUE);
  assert.equal(some.state("shop/job", "shop/db"), "denied", "whoever is not meshed has no identity");
  assert.deepEqual(some.named, ['"${X}"']);
  assert.equal(read(...shop, ...identities(account("default"), "${X}")).state("shop/web", "shop/db"), "allowed");
  const networks = [
    server(),
    authorized("NetworkAuthentication", "n"),
    linkerd("NetworkAuthentication", "n", { networks: [{ cidr: "<path:secret#lan>" }] }),
  ];
  assert.match(read(...shop, ...networks).state("shop/job", "shop/db"), /^unknown: the value of <path:secret#lan>/);
});

test("an authorization with unknown clients may admit anybody, but only to its target", () => {
  const other = linkerd("Server", "web", { podSelector: { matchLabels: { app: "web" } }, port: 80 }, "v1beta3");
  const { state } = read(...shop, server(), other, authorized("MeshTLSAuthentication", "${X}"));
  assert.equal(state("shop/web", "shop/db"), VALUE);
  assert.equal(state("shop/db", "shop/web"), "denied");
});

test("a Server with unknown pods leaves its whole namespace undecided", () => {
  const { state, named } = read(...shop, server({ matchLabels: { app: "${X}" } }));
  assert.equal(state("shop/web", "shop/db"), VALUE);
  assert.equal(state("shop/web", "shop/job"), "allowed", "a pod without a proxy asks nobody");
  assert.deepEqual(named, ['"app": "${X}"']);
});

test("unknown settings of the agent make exactly the verdicts that they could change unknown", () => {
  const config = (data: object) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cilium-config", namespace: "kube-system" } },
    data,
  });
  const closed = ingress({ fromEndpoints: [{ matchLabels: { app: "web" } }] }, { fromCIDR: ["192.0.2.0/24"] });
  const under = (data: object) => read(pod("db"), pod("web"), pod("job"), closed, config(data));
  const audit = under({ "policy-audit-mode": "${X}" });
  assert.equal(audit.state("shop/job", "shop/db"), `${VALUE} (policy-audit-mode)`);
  assert.equal(audit.state("shop/web", "shop/db"), "allowed");
  assert.equal(audit.state("shop/job", "shop/web"), "allowed", "where no policy denies, none is told and let through");
  const enforced = under({ "enable-policy": "{{ .Values.mode }}" });
  assert.match(enforced.state("shop/job", "shop/db"), /^unknown: the value of {{ .Values.mode }} \(enable-policy\)/);
  assert.equal(enforced.state("shop/db", "shop/web").split(":")[0], "unknown", "always denies what no policy selects");
  const nodes = {
    ...{ apiVersion: "cilium.io/v2", kind: "CiliumClusterwideNetworkPolicy", metadata: { name: "n" } },
    spec: { nodeSelector: {}, ingress: [{ fromEntities: ["cluster"] }] },
  };
  const fenced = read(pod("db"), pod("job"), closed, nodes, config({ "enable-host-firewall": "${X}" }));
  assert.equal(fenced.state("world", "host"), `${VALUE} (enable-host-firewall)`);
  assert.equal(fenced.state("shop/job", "shop/db"), "denied", "a pod is fenced without it");
  const matched = under({ "policy-cidr-match-mode": "${X}" });
  assert.equal(matched.state("remote-node", "shop/db"), `${VALUE} (policy-cidr-match-mode)`);
  assert.equal(matched.state("world", "shop/db"), "denied");
  assert.equal(matched.state("192.0.2.0/24", "shop/db"), "allowed");
  const known = under({ "policy-audit-mode": "false", "enable-policy": "default" });
  assert.equal(known.state("shop/job", "shop/db"), "denied");
});

test("if it is unknown whether a pod has a proxy, the verdicts that depend on it are unknown", () => {
  const maybe = pod("db", { annotations: { "linkerd.io/inject": "${X}" } });
  const only = (port: string) => ingress({ fromEndpoints: [{}], toPorts: [{ ports: [{ port, protocol: "TCP" }] }] });
  const web = meshed("web");
  assert.equal(read(maybe, web, pod("job"), only("80")).state("shop/web", "shop/db"), VALUE, "80 or 4143");
  assert.equal(read(maybe, web, pod("job"), only("80")).state("shop/job", "shop/db"), "allowed", "80 either way");
  assert.equal(read(maybe, web, pod("job"), only("81")).state("shop/web", "shop/db"), "denied", "neither of them");
  assert.equal(read(maybe, web, pod("job")).state("shop/web", "shop/db"), "allowed");
  assert.equal(read(maybe, web, pod("job"), server()).state("shop/job", "shop/db"), VALUE, "a proxy would refuse it");
  const route = linkerd(
    "HTTPRoute",
    "read",
    {
      parentRefs: [{ group: "policy.linkerd.io", kind: "Server", name: "db" }],
      rules: [{ matches: [{ method: "GET", path: { value: "/a" } }] }],
    },
    "v1beta3",
  );
  const admitted = linkerd("AuthorizationPolicy", "read", {
    targetRef: { group: "policy.linkerd.io", kind: "HTTPRoute", name: "read" },
    requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "default" }],
  });
  const routed = [web, server(), route, admitted];
  assert.equal(read(meshed("db"), ...routed).state("shop/web", "shop/db"), "allowed");
  assert.equal(read(maybe, ...routed).state("shop/web", "shop/db"), VALUE, "GET /a alone, or every request");
});

test("skipped ports and the default policy are unknown if their annotations are", () => {
  const db80 = (annotations: object) => pod("db", { annotations: { "linkerd.io/inject": "enabled", ...annotations } });
  const rule = ingress({ fromEndpoints: [{}], toPorts: [{ ports: [{ port: "80", protocol: "TCP" }] }] });
  const skipping = db80({ "config.linkerd.io/skip-inbound-ports": "${X}" });
  assert.equal(read(skipping, meshed("web"), rule).state("shop/web", "shop/db"), VALUE);
  assert.equal(read(skipping, meshed("web")).state("shop/web", "shop/db"), "allowed");
  const guarded = db80({ "config.linkerd.io/default-inbound-policy": "${X}" });
  assert.equal(read(guarded, meshed("web")).state("shop/web", "shop/db"), VALUE);
});

test("a meshed client with an unknown service account may have any identity", () => {
  const web = { ...meshed("web"), spec: { ...meshed("web").spec, serviceAccountName: "${X}" } };
  const by = (...identities: string[]) => [
    server(),
    authorized("MeshTLSAuthentication", "a"),
    linkerd("MeshTLSAuthentication", "a", { identities }),
  ];
  assert.equal(read(meshed("db"), web, ...by(account("web"))).state("shop/web", "shop/db"), VALUE);
  assert.equal(read(meshed("db"), web, ...by("*")).state("shop/web", "shop/db"), "allowed");
  assert.equal(read(meshed("db"), web, server()).state("shop/web", "shop/db"), "denied");
});
