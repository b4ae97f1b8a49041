import assert from "node:assert/strict";
import { test } from "node:test";
import { failedGates } from "../../../lib/cli/gates/gates";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { diffReport } from "../../../lib/cli/reports/diff";
import { evaluate, evaluateBoth } from "../../../lib/manifests/evaluate";
import { portWords } from "../../../lib/reachability/words";
import { withoutFolded } from "../../../lib/report/reach/representatives";

const options = { namespace: "default" };
const read = (...texts: string[]) => manifestsOf([{ file: "x.yaml", text: texts.join("\n---\n") }], options);
const pod = (name: string, namespace: string, labels: string, port = 80) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, labels: ${labels}}, spec: {containers: [{name: c, ports: [{containerPort: ${port}}]}]}}`;
const policy = (spec: string, namespace = "shop") =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: ${namespace}}, spec: ${spec}}`;
const clusterwide = (spec: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: p}, spec: ${spec}}`;
const admitting = (item: string) => policy(`{endpointSelector: {matchLabels: {app: db}}, ingress: [{}, ${item}]}`);
const letting = (item: string) => policy(`{endpointSelector: {matchLabels: {app: db}}, egress: [{}, ${item}]}`);

const namesIn = (...texts: string[]) =>
  evaluate(read(...texts), options)
    .scenario.endpoints.filter(({ representative }) => representative !== undefined)
    .map(({ id }) => id);
const changes = (before: string[], after: string[]) => {
  const report = diffReport(evaluateBoth(read(...before), read(...after), options), { before: "a", after: "b" });
  const ends = (kind: "opened" | "closed") =>
    [...new Set(report.diff[kind].flatMap(({ from, to }) => from.map((id) => `${id} -> ${to}`)))].sort();
  return { report, opened: ends("opened"), closed: ends("closed") };
};
const opens = (before: string, after: string) => changes([before], [after]).opened;

test("known pods that are selected need no representative; the stranger always exists", () => {
  assert.deepEqual(namesIn(pod("db", "shop", "{app: db}")), ["any other pod", "health", "ingress"]);
  const names = namesIn(
    pod("db", "shop", "{app: db}"),
    pod("web", "shop", "{app: web}"),
    admitting("{fromEndpoints: [{matchLabels: {app: web}}, {matchLabels: {app: api}}]}"),
  );
  // Like any other pod, a stranger in shop is selected by nothing.
  assert.deepEqual(names, ["any other pod", "any pod of shop with app=api", "health", "ingress"]);
  assert.ok(
    namesIn(pod("db", "shop", "{app: db}"), admitting("{fromEndpoints: [{}]}")).includes("any other pod of shop"),
  );
});

test("policies alone show what they open, whatever the form of their peers", () => {
  const db = "any pod of shop with app=db";
  const nobody = admitting("{fromEntities: [none]}");
  const forms: [item: string, source: string][] = [
    ["{fromEndpoints: [{matchLabels: {app: web}}]}", "any pod of shop with app=web"],
    ["{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': tenants}}]}", "any pod of tenants"],
    [
      "{fromEndpoints: [{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: Exists}]}]}",
      "any other pod",
    ],
    ["{fromEndpoints: [{matchExpressions: [{key: app, operator: In, values: [a, b]}]}]}", "any pod of shop with app=a"],
    ["{fromEndpoints: [{matchExpressions: [{key: tier, operator: Exists}]}]}", "any pod of shop with tier"],
    ["{fromEndpoints: [{matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}]}", "any pod of shop"],
    [
      "{fromEndpoints: [{matchLabels: {'io.cilium.k8s.namespace.labels.team': a}}]}",
      "any pod of a namespace with team=a",
    ],
    ["{fromEndpoints: [{matchLabels: {'io.cilium.k8s.policy.serviceaccount': ci}}]}", "any pod of shop as ci"],
    ["{fromEndpoints: [{matchLabels: {'io.cilium.k8s.policy.cluster': west}}]}", "any pod of shop of cluster west"],
    ["{fromEntities: [cluster]}", "any other pod"],
    ["{fromEntities: [cluster-mesh]}", "any other pod"],
    ["{fromEntities: [all]}", "any other pod"],
    ["{fromEntities: [ingress]}", "ingress"],
    ["{fromEntities: [health]}", "health"],
    ["{fromEntities: [remote-node]}", "remote-node"],
    ["{fromEntities: [kube-apiserver]}", "kube-apiserver"],
    ["{fromEntities: [world]}", "world"],
    ["{fromCIDR: [192.0.2.0/24]}", "192.0.2.0/24"],
    ["{fromCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}", "world"],
    ["{toPorts: [{ports: [{port: '80'}]}]}", "any other pod"],
  ];
  for (const [item, source] of forms) {
    const opened = opens(nobody, admitting(item));
    assert.ok(opened.includes(`${source} -> ${db}`), `${item}: ${opened.join(", ")}`);
    assert.deepEqual(opens(admitting(item), nobody), [], "the reverse opens nothing");
  }
  assert.ok(
    opens(letting("{toEntities: [none]}"), letting("{toEndpoints: [{matchLabels: {app: web}}]}")).includes(
      `${db} -> any pod of shop with app=web`,
    ),
  );
});

test("pods that just miss a selector are represented, so that a wider selector is seen to be wider", () => {
  const db = "any pod of shop with app=db";
  const before = admitting("{fromEndpoints: [{matchLabels: {app: web, tier: front}}]}");
  assert.ok(
    opens(before, admitting("{fromEndpoints: [{matchLabels: {tier: front}}]}")).includes(
      `any pod of shop with tier=front -> ${db}`,
    ),
  );
  const but = (values: string) =>
    admitting(`{fromEndpoints: [{matchExpressions: [{key: app, operator: NotIn, values: ${values}}]}]}`);
  assert.ok(opens(but("[web, api]"), but("[web]")).includes(`any pod of shop with app=api -> ${db}`));
  const { closed } = changes([but("[web]")], [but("[web, api]")]);
  assert.ok(closed.includes(`any pod of shop with app=api -> ${db}`));
});

test("a clusterwide policy applies to representatives in every namespace", () => {
  const nobody = clusterwide("{endpointSelector: {}, ingress: [{}]}");
  const opened = opens(nobody, clusterwide("{endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}"));
  assert.deepEqual(opened, ["any other pod -> any other pod"], "there is one kind of pod, and there are many of it");
  const labelled = (peer: string) => `{endpointSelector: {matchLabels: {app: db}}, ingress: [${peer}]}`;
  assert.ok(
    opens(clusterwide(labelled("{}")), clusterwide(labelled("{fromEndpoints: [{}]}"))).includes(
      "any other pod -> any pod with app=db",
    ),
  );
});

test("a new workload does not change its representatives", () => {
  const policies = admitting("{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: '5432'}]}]}");
  const both = changes(
    [pod("db", "shop", "{app: db}", 5432), policies],
    [pod("db", "shop", "{app: db}", 5432), pod("web", "shop", "{app: web}"), policies],
  );
  assert.deepEqual(both.closed, []);
  assert.ok(both.opened.includes("shop/web -> shop/db"));
  assert.ok(!both.opened.includes("any pod of shop with app=web -> shop/db"));
});

test("a gate knows the namespaces of representatives", () => {
  const { report } = changes(
    [pod("db", "shop", "{app: db}"), admitting("{fromEntities: [none]}")],
    [
      pod("db", "shop", "{app: db}"),
      admitting("{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': tenants}}]}"),
    ],
  );
  assert.equal(failedGates([{ what: "opened", peer: "tenants" }], report).length, 1);
  assert.equal(failedGates([{ what: "opened", peer: "world" }], report).length, 0);
});

test("representatives in another cluster are not pods of this one: its policies do not apply to them, and `cluster` does not select them", () => {
  const web = admitting("{fromEndpoints: [{matchLabels: {app: web, 'io.cilium.k8s.policy.cluster': west}}]}");
  const { reachability } = evaluate(read(web), options);
  const from = (id: string) =>
    reachability.verdict({ from: id, to: "any pod of shop with app=db", proto: "TCP", port: 80 });
  const west = from("any pod of shop with app=web of cluster west");
  assert.deepEqual([west.egress, west.ingress], ["no policy here", "allowed"]);
  assert.equal(from("any other pod of cluster west").allowed, false);
  const local = evaluate(read(web, policy("{endpointSelector: {}, ingress: [{fromEntities: [cluster]}]}")), options);
  assert.equal(
    local.reachability.verdict({
      from: "any other pod of cluster west",
      to: "any pod of shop with app=db",
      proto: "TCP",
      port: 80,
    }).allowed,
    false,
  );
});

test("with a mesh, each representative exists with and without a proxy", () => {
  const meshed = `{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop, labels: {app: db}, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}`;
  const names = namesIn(meshed, admitting("{fromEndpoints: [{matchLabels: {app: web}}]}"));
  assert.ok(names.includes("any pod of shop with app=web"));
  assert.ok(names.includes("any meshed pod of shop with app=web"));
});

test("a label that a namespace loses closes what it opened, and both states have the same representatives", () => {
  const namespace = (labels: string) => `{apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: ${labels}}}`;
  const db = pod("db", "shop", "{app: db}");
  const web = pod("web", "ops", "{app: web}");
  const rule = admitting("{fromEndpoints: [{matchLabels: {'io.cilium.k8s.namespace.labels.team': a}}]}");
  const [has, lacks] = ["{team: a}", "{team: b}"].map((labels) => [db, web, rule, namespace(labels)]);
  const lost = changes(has ?? [], lacks ?? []);
  assert.deepEqual([lost.opened, lost.closed], [[], ["ops/web -> shop/db"]]);
  const won = changes(lacks ?? [], has ?? []);
  assert.deepEqual([won.opened, won.closed], [["ops/web -> shop/db"], []]);
  // A Namespace that only one state describes is the same namespace.
  const described = changes([db, rule], [db, rule, namespace("{}")]);
  assert.deepEqual(
    [...described.opened, ...described.closed].filter((edge) => edge.includes("ops")),
    [],
  );
});

test("pods that no manifest describes are asked about ports that only have a name", () => {
  const rule = (port: string) => admitting(`{fromEntities: [world], toPorts: [{ports: [{port: ${port}}]}]}`);
  assert.deepEqual(opens(rule("'80'"), rule("metrics")), ["world -> any pod of shop with app=db"]);
  const { report } = changes([rule("'80'")], [rule("metrics")]);
  assert.deepEqual(
    report.diff.opened.map((change) => portWords(change)),
    ["TCP metrics"],
  );
  assert.deepEqual(changes([rule("metrics")], [rule("metrics")]).opened, []);
  const out = (port: string) =>
    letting(`{toEndpoints: [{matchLabels: {app: cache}}], toPorts: [{ports: [{port: ${port}, protocol: TCP}]}]}`);
  assert.ok(opens(out("'80'"), out("redis")).includes("any pod of shop with app=db -> any pod of shop with app=cache"));
});

const meshed = (name: string, account = name) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled}}, spec: {serviceAccountName: ${account}, containers: [{name: c, ports: [{containerPort: 80}]}]}}`;
const server =
  "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: db, namespace: shop}, spec: {podSelector: {matchLabels: {app: db}}, port: 80}}";
const authorized = (ref: string) =>
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: db}, requiredAuthenticationRefs: [${ref}]}}`;
const identities = (spec: string) =>
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: m, namespace: shop}, spec: ${spec}}`;
const byIdentity = authorized("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}");

test("an account that Linkerd's authorization admits is represented if no manifest describes a pod of it", () => {
  const state = (...more: string[]) => [meshed("db"), meshed("web"), server, ...more];
  const nobody = state(authorized("{kind: ServiceAccount, name: web}"));
  const opened = (...more: string[]) => changes(nobody, state(...more)).opened;
  assert.deepEqual(opened(authorized("{kind: ServiceAccount, name: thief, namespace: evil}")), [
    "any meshed pod of evil as thief -> shop/db",
  ]);
  const id = "thief.evil.serviceaccount.identity.linkerd.cluster.local";
  assert.deepEqual(opened(byIdentity, identities(`{identities: [${id}]}`)), [
    "any meshed pod of evil as thief -> shop/db",
  ]);
  assert.deepEqual(opened(byIdentity, identities("{identityRefs: [{kind: Namespace, name: evil}]}")), [
    "any meshed pod of evil -> shop/db",
  ]);
  const old =
    "{apiVersion: policy.linkerd.io/v1beta1, kind: ServerAuthorization, metadata: {name: s, namespace: shop}, spec: {server: {name: db}, client: {networks: [{cidr: 0.0.0.0/0}, {cidr: '::/0'}], meshTLS: {serviceAccounts: [{name: thief}]}}}}";
  assert.deepEqual(opened(old), ["any meshed pod of shop as thief -> shop/db"]);
  const { report } = changes(nobody, state(authorized("{kind: ServiceAccount, name: thief}")));
  assert.equal(failedGates([{ what: "opened" }], report).length, 1);
});

test("an account with known pods needs no representative, nor does any account without a mesh", () => {
  const admitted = authorized("{kind: ServiceAccount, name: web}");
  assert.ok(!namesIn(meshed("db"), meshed("web"), server, admitted).some((name) => name.includes(" as ")));
  assert.ok(namesIn(meshed("db"), server, admitted).includes("any meshed pod of shop as web"));
  // An account that only the other state names is represented in both.
  const { opened } = changes([meshed("db"), server, admitted], [meshed("db"), meshed("web"), server, admitted]);
  assert.deepEqual(
    opened.filter((edge) => edge === "any meshed pod of shop as web -> shop/db"),
    [],
  );
  const plain = [pod("db", "shop", "{app: db}"), authorized("{kind: ServiceAccount, name: web}")];
  assert.ok(!namesIn(...plain).includes("any pod of shop as web"));
});

test("a representative may pass both fences: it has the labels that Cilium requires and the account that Linkerd requires", () => {
  const cilium = policy(
    "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: api}}]}]}",
  );
  const all = [meshed("db"), server, cilium, authorized("{kind: ServiceAccount, name: web}")];
  const { reachability, scenario } = evaluate(read(...all), options);
  const into = scenario.endpoints
    .filter(({ id }) => id !== "shop/db")
    .filter(({ id }) => reachability.verdict({ from: id, to: "shop/db", proto: "TCP", port: 80 }).allowed)
    .map(({ id }) => id);
  assert.deepEqual(
    into.filter((id) => id.startsWith("any")),
    ["any meshed pod of shop with app=api as web"],
  );
});

test("the representative of one account does not stand in for another account with the same verdicts", () => {
  const server =
    "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: s, namespace: shop}, spec: {podSelector: {matchLabels: {app: db}}, port: 80}}";
  const admitted = (...names: string[]) => [
    `{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: m, namespace: shop}, spec: {identityRefs: [${names.map((name) => `{kind: ServiceAccount, name: ${name}}`).join()}]}}`,
    "{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: a, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: s}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}]}}",
  ];
  const db = pod("db", "shop", "{app: db}").replace(
    "{name: db,",
    "{name: db, annotations: {linkerd.io/inject: enabled},",
  );
  const { report } = changes([db, server, ...admitted("a")], [db, server, ...admitted("a", "x", "z")]);
  const known = new Map(report.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const opened = report.diff.opened.flatMap(({ from }) => withoutFolded(from, known));
  assert.deepEqual(opened, ["any meshed pod of shop as x", "any meshed pod of shop as z"]);
  const selected = ["x", "z"].map((account) => `{matchLabels: {io.cilium.k8s.policy.serviceaccount: ${account}}}`);
  const { scenario } = evaluate(
    read(pod("db", "shop", "{app: db}"), admitting(`{fromEndpoints: [${selected.join()}]}`)),
    options,
  );
  const folds = new Map(scenario.endpoints.map(({ id, representative }) => [id, representative?.foldsInto ?? []]));
  assert.deepEqual(folds.get("any pod of shop as x"), ["any other pod"]);
  for (const [id, others] of folds)
    for (const other of others) assert.ok(!folds.get(other)?.includes(id), `${id} and ${other}`);
});
