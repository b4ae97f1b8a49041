import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import type { KubernetesNetworkPolicy } from "../../../lib/cilium/api/from-kubernetes";
import { formatProblem } from "../../../lib/common/problem";
import { readManifests } from "../../../lib/input/manifests/read";

const read = (text: string, namespace?: string) => readManifests([{ file: "p.yaml", text }], namespace);
const policy = (spec: string, head = "metadata: {name: db, namespace: shop}") =>
  `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n${head}\nspec:\n  endpointSelector: {}\n${spec}`;
const complaints = (text: string) => read(text).problems.map(formatProblem);

test("a valid policy is read as written, including empty lists", () => {
  const { policies, problems } = read(policy("  ingress: []\n  egress: [{}]\n"));
  assert.deepEqual(problems, []);
  assert.deepEqual(policies[0]?.manifest.spec, { endpointSelector: {}, ingress: [], egress: [{}] });
  assert.deepEqual(policies[0]?.document.position(["spec", "egress"]), { line: 7, column: 3 });
});

test("a misspelt field is reported with its line and the nearest real field, and the policy is evaluated without it", () => {
  const text = policy("  ingress:\n    - fromEndpoint: [{}]\n      toPort: []\n");
  assert.deepEqual(complaints(text), [
    'p.yaml:7:7: CiliumNetworkPolicy shop/db, spec.ingress[0].fromEndpoint: there is no such field, and Cilium does not see it; did you mean "fromEndpoints"?',
    'p.yaml:8:7: CiliumNetworkPolicy shop/db, spec.ingress[0].toPort: there is no such field, and Cilium does not see it; did you mean "toPorts"?',
  ]);
  assert.equal(read(text).policies.length, 1);
});

test("a number where the CRD requires text is reported as lacking quotes, and the policy is left out", () => {
  const { problems, policies } = read(policy("  ingress:\n    - toPorts: [{ports: [{port: 80}]}]\n"));
  assert.deepEqual(problems.map(formatProblem), [
    'p.yaml:7:27: CiliumNetworkPolicy shop/db, spec.ingress[0].toPorts[0].ports[0].port: expected text: quote it, "80". The policy is left out',
  ]);
  assert.deepEqual(problems[0]?.leftOut, { kind: "CiliumNetworkPolicy", name: "db", namespace: "shop" });
  assert.deepEqual(policies, []);
});

test("all errors of a policy are reported at once, and the policy is left out", () => {
  const text = policy(
    "  ingress:\n    - fromEntities: [wrold]\n    - fromCIDR: [10.0.0.0]\n    - toPorts: [{ports: [{port: 'a_', protocol: tcp}]}]\n      form: []\n",
  );
  const faults = complaints(text);
  assert.deepEqual(read(text).policies, []);
  assert.equal(faults.length, 5);
  assert.match(faults.find((fault) => /form:/.test(fault)) ?? "", /:10:7: .*there is no such field/);
  const [entity, cidr, port, protocol] = faults.filter((fault) => !/form:/.test(fault));
  assert.match(entity ?? "", /:7:22: .*"wrold" is not one of .*did you mean "world"\?/);
  assert.match(cidr ?? "", /:8:18: .*"10\.0\.0\.0" is not an address block/);
  assert.match(port ?? "", /:9:27: .*"a_" is not a port number/);
  assert.match(protocol ?? "", /:9:39: .*"tcp" is not one of TCP.*did you mean "TCP"\?/);
  assert.equal(faults.filter((fault) => fault.includes("The policy is left out")).length, 1);
});

const stored = (text: string) => read(text).policies.map(({ manifest }) => manifest.spec);

test("a null in a Cilium policy is dropped, as on create, although a server-side apply would refuse it", () => {
  const text = [
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: db, namespace: shop, creationTimestamp: null}",
    "spec:",
    "  endpointSelector: {matchLabels: {app: }}",
    "  ingress:",
    "    - fromEndpoints:",
    "      toPorts: [{ports: [{port: '80'}]}]",
  ].join("\n");
  assert.deepEqual(stored(text), [
    { endpointSelector: { matchLabels: {} }, ingress: [{ toPorts: [{ ports: [{ port: "80" }] }] }] },
  ]);
  const [located] = read(text).policies;
  assert.deepEqual(
    located?.nulls.map(({ path }) => path),
    [
      ["spec", "endpointSelector", "matchLabels", "app"],
      ["spec", "ingress", 0, "fromEndpoints"],
    ],
  );
  assert.equal(located?.createOnly, true);
  assert.deepEqual(read(text).problems, []);
  assert.match(complaints(policy("  ingress: [null]\n"))[0] ?? "", /spec\.ingress\[0\]: .*null.*left out/);
});

test("a null in a Kubernetes NetworkPolicy becomes Go's zero value, on create and on apply", () => {
  const [located] = read(
    kubernetesPolicy(
      "  podSelector: {matchLabels: {app: }}\n  ingress: [null]\n  egress: [{to: , ports: [{port: 53}]}]\n",
    ),
  ).policies;
  assert.deepEqual(located?.original?.spec, {
    podSelector: { matchLabels: { app: "" } },
    ingress: [{}],
    egress: [{ ports: [{ port: 53, protocol: "TCP" }] }],
    policyTypes: ["Ingress", "Egress"],
  });
  assert.deepEqual(
    located?.nulls.map(({ stored }) => stored),
    ['""', "{}", undefined],
  );
  assert.equal(located?.createOnly, false);
});

/** A live API server refuses each of these. */
const refusedByKubernetes: [what: string, spec: string][] = [
  ["port 0", "{podSelector: {}, ingress: [{ports: [{port: 0}]}]}"],
  ["port 70000", "{podSelector: {}, ingress: [{ports: [{port: 70000}]}]}"],
  ["a port in quotes", "{podSelector: {}, ingress: [{ports: [{port: '80'}]}]}"],
  ["an invalid label", "{podSelector: {matchLabels: {a: -x-}}}"],
  ["another protocol", "{podSelector: {}, ingress: [{ports: [{protocol: ICMP, port: 80}]}]}"],
  ["an empty peer", "{podSelector: {}, ingress: [{from: [{}]}]}"],
  ["the end of a range without its start", "{podSelector: {}, ingress: [{ports: [{endPort: 100}]}]}"],
  ["a range that ends before it begins", "{podSelector: {}, ingress: [{ports: [{port: 10, endPort: 1}]}]}"],
  ["another policy type", "{podSelector: {}, policyTypes: [Inbound]}"],
  ["an invalid block", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0}}]}]}"],
  ["a block and pods", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}"],
  ["another operator", "{podSelector: {matchExpressions: [{key: a, operator: Is, values: [b]}]}}"],
  ["In without values", "{podSelector: {matchExpressions: [{key: a, operator: In}]}}"],
  ["Exists with values", "{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}"],
  [
    "an exception that is the whole block",
    "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}",
  ],
];
for (const [what, spec] of refusedByKubernetes)
  test(`a Kubernetes NetworkPolicy with ${what} is left out`, () => {
    const text = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: shop}\nspec: ${spec}\n`;
    const { policies, problems } = read(text);
    assert.deepEqual(policies, []);
    assert.deepEqual(problems[0]?.leftOut, { kind: "NetworkPolicy", name: "db", namespace: "shop" });
    assert.equal(problems[0]?.line, 4);
  });

test("reports another API version, a misspelt kind, and a kind that is not evaluated", () => {
  const text = [
    "apiVersion: cilium.io/v2alpha1\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n",
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicie\nmetadata: {name: b}\n",
    "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: c}\nspec: {}\n",
  ].join("---\n");
  const { problems, policies } = read(text);
  assert.deepEqual(policies, []);
  assert.deepEqual(
    problems.map(({ line, leftOut }) => [line, leftOut?.name]),
    [
      [1, "a"],
      [6, "b"],
      [9, "c"],
    ],
  );
  assert.match(problems[0]?.message ?? "", /use cilium\.io\/v2/);
  assert.match(problems[1]?.message ?? "", /did you mean "CiliumNetworkPolicy"\?/);
  assert.match(problems[2]?.message ?? "", /not evaluated/);
});

test("ignores Cilium's other kinds and other objects", () => {
  const text =
    "apiVersion: cilium.io/v2\nkind: CiliumNode\nmetadata: {name: worker}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
  assert.deepEqual(read(text).problems, []);
});

test("a cluster-scoped object has no namespace, even if kustomize wrote one: the API server removes it", () => {
  const head = (kind: string, api: string) =>
    `apiVersion: ${api}\nkind: ${kind}\nmetadata: {name: a, namespace: shop}\n`;
  const spec = "spec: {endpointSelector: {}, ingress: [{fromEntities: [all]}]}\n";
  const text = [
    `${head("CiliumClusterwideNetworkPolicy", "cilium.io/v2")}${spec}`,
    `${head("CiliumCIDRGroup", "cilium.io/v2")}spec: {externalCIDRs: [10.0.0.0/8]}\n`,
    `${head("ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2")}spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n`,
    head("Namespace", "v1"),
  ].join("---\n");
  const { policies, cidrGroups, namespaces, problems } = read(text, "elsewhere");
  assert.deepEqual(problems, []);
  assert.deepEqual(
    policies.map(({ manifest: { kind, metadata } }) => [kind, metadata]),
    [
      ["CiliumClusterwideNetworkPolicy", { name: "a" }],
      ["ClusterNetworkPolicy", { name: "a" }],
    ],
  );
  assert.deepEqual([cidrGroups.map(({ name }) => name), namespaces.map(({ name }) => name)], [["a"], ["a"]]);
});

test("a policy without a namespace gets the default namespace", () => {
  const text = policy("  ingress: [{}]\n", "metadata: {name: db}");
  assert.equal(read(text, "shop").policies[0]?.manifest.metadata.namespace, "shop");
  assert.equal(read(text).policies[0]?.manifest.metadata.namespace, undefined);
});

test("reads the items of lists as kubectl prints them, with their lines", () => {
  const text = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: cilium.io/v2\n  kind: CiliumNetworkPolicy\n  metadata: {name: a, namespace: shop}\n  spec: {endpointSelector: {}, ingress: [{fromEntitie: [all]}]}\n`;
  const { policies, problems } = read(text);
  assert.equal(policies.length, 1);
  assert.deepEqual(
    problems.map(({ line, path }) => [line, path]),
    [[7, ["spec", "ingress", 0, "fromEntitie"]]],
  );
  const json = JSON.stringify({
    kind: "CiliumNetworkPolicyList",
    apiVersion: "cilium.io/v2",
    items: [policies[0]?.manifest],
  });
  assert.equal(read(json).policies.length, 1);
});

test("the second of two policies with the same name is reported and ignored", () => {
  const { policies, problems } = read([policy("  ingress: [{}]\n"), policy("  egress: [{}]\n")].join("---\n"));
  assert.deepEqual(
    policies.map(({ manifest }) => Object.keys(manifest.spec ?? {})),
    [["endpointSelector", "ingress"]],
  );
  assert.match(problems[0]?.message ?? "", /already defined at p\.yaml:1/);
});

test("an identical policy from a program and from its file is one policy", () => {
  const text = policy("  ingress: [{fromEntities: [world]}]\n");
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(parse(text)).reverse()));
  const { policies, problems } = readManifests([
    { file: "a.yaml", text },
    { file: "b.json", text: reordered },
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    policies.map(({ manifest }) => manifest.metadata.name),
    ["db"],
  );
});

test("in a folder, skips files that are not manifests, but not a manifest that is incomplete", () => {
  const found = (text: string) =>
    readManifests([{ file: "x", text, found: true }]).problems.map(({ message }) => message);
  assert.deepEqual(found("replicas: 3\nimage: {tag: v1}\n"), []);
  assert.deepEqual(found('{"name": "package", "version": "1.0.0"}'), []);
  assert.deepEqual(found("version: 1\nmetadata: {name: blueprint}\nentries: [{client: !Env CLIENT}]\n"), []);
  assert.deepEqual(found("- hosts: all\n  vars: {password: !vault secret}\n"), []);
  assert.deepEqual(found("kind: DaemonSet\nimage: {tag: v1}\n"), []);
  assert.deepEqual(found("apiVersion: v2\nname: chart\n"), []);
  assert.deepEqual(found("spec: {tasks: []}\n"), []);
  assert.match(found("kind: Secret\ndata: !vault secret\n")[0] ?? "", /tag !vault/);
  assert.match(found("apiVersion: cilium.io/v2\nmetadata: {name: a}\n")[0] ?? "", /no `kind`/);
  assert.match(found("metadata: {name: a}\nspec: {ingress: []}\n")[0] ?? "", /no `kind`/);
  assert.match(readManifests([{ file: "x", text: "replicas: 3\n" }]).problems[0]?.message ?? "", /no `kind`/);
});

const kubernetesPolicy = (spec: string) =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: shop}\nspec:\n${spec}`;

test("a Kubernetes NetworkPolicy is translated into Cilium's terms, and problems point to where it was written", () => {
  const text = [
    "  podSelector: {matchLabels: {app: db}}",
    "  ingress:",
    "    - from:",
    "        - podSelector: {matchLabels: {app: web}}",
    "        - ipBlock: {cidr: 10.0.0.0/8}",
    "      ports:",
    "        - port: 80",
    "        - port: 443",
  ].join("\n");
  const { policies, problems } = read(kubernetesPolicy(text));
  assert.deepEqual(problems, []);
  const [located] = policies;
  assert.equal(located?.manifest.kind, "NetworkPolicy");
  const second = ["spec", "ingress", 1];
  const lines = [
    ["spec", "endpointSelector", "matchLabels"],
    ["spec", "ingress", 0, "fromEndpoints", 0],
    [...second, "fromCIDRSet", 0, "cidr"],
    [...second, "toPorts", 1, "ports", 0],
    second,
  ].map((path) => located?.document.position(path).line);
  assert.deepEqual(lines, [5, 8, 9, 12, 7]);
});

test("a Kubernetes NetworkPolicy that no cluster would accept is left out and reported", () => {
  const problemsOf = (spec: string) => {
    const { policies, problems } = read(kubernetesPolicy(spec));
    assert.deepEqual(policies, []);
    assert.deepEqual(problems.map(({ leftOut }) => leftOut?.name).slice(0, 1), ["db"]);
    return problems.map(({ line, message }) => `${line} ${message}`).join("\n");
  };
  assert.match(problemsOf("  podSelector: {}\n  ingress: [{from: [{}]}]\n"), /^6 .*podSelector, namespaceSelector/);
  assert.match(
    problemsOf('  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: "10.0.0.0/8", except: ["11.0.0.0/8"]}}]}]\n'),
    /^6 "11\.0\.0\.0\/8" is not a CIDR within 10\.0\.0\.0\/8 and smaller than it\. The policy is left out$/,
  );
});

test("a Kubernetes NetworkPolicy with an unknown field is read without it, as Helm creates it", () => {
  const { policies, problems } = read(kubernetesPolicy("  podSelector: {}\n  ingress:\n    - form: []\n"));
  assert.deepEqual(policies[0]?.original?.spec?.ingress, [{}]);
  assert.match(problems.map(formatProblem).join(), /:7:7: .*there is no such field.*did you mean "from"\?$/);
});

test("a Kubernetes NetworkPolicy without a pod selector applies to every pod, as it is stored", () => {
  const { policies, problems } = read(kubernetesPolicy("  ingress: [{}]\n"));
  assert.deepEqual((policies[0]?.original as KubernetesNetworkPolicy | undefined)?.spec?.podSelector, {});
  assert.deepEqual(problems, []);
});

test("a policy without a valid name is reported, never skipped", () => {
  const said = (metadata: string) =>
    read(
      `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: ${metadata}, spec: {endpointSelector: {}, ingress: [{}]}}`,
    ).problems.map(({ message, fix }) => [message, fix].filter(Boolean).join("; "));
  for (const [metadata, words] of [
    ["{name: '', namespace: shop}", /^CiliumNetworkPolicy has no `metadata.name`; give it one$/],
    ["{namespace: shop}", /^CiliumNetworkPolicy has no `metadata.name`; give it one$/],
    ["{name: 1}", /^expected text, found 1; quote it$/],
    ["{name: [a]}", /^expected text, found a list; write a name$/],
    ["{name: p, namespace: 7}", /^expected text, found 7; quote it$/],
    ["{name: p, namespace: {}}", /^expected text, found a mapping; write a name$/],
    ["[{name: p}]", /^expected a mapping with the name of the CiliumNetworkPolicy, found a list$/],
    ["{generateName: p-}", /has `generateName` and no `name`: kubectl apply refuses it/],
    ["null", /^CiliumNetworkPolicy has no `metadata`$/],
  ] as const) {
    const messages = said(metadata);
    assert.equal(messages.length, 1, metadata);
    assert.match(messages[0] ?? "", words, metadata);
  }
});

test("reports any object whose name is not text, and any Linkerd object without a name", () => {
  const said = (apiVersion: string, kind: string, metadata: string) =>
    read(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: ${metadata}, spec: {}}`).problems.map(
      ({ message }) => message,
    );
  const named = "{name: n, namespace: shop}";
  for (const [apiVersion, kind] of [
    ["policy.linkerd.io/v1beta3", "Server"],
    ["policy.linkerd.io/v1alpha1", "NetworkAuthentication"],
    ["gateway.networking.k8s.io/v1", "GRPCRoute"],
    ["cilium.io/v2", "CiliumNodeConfig"],
    ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
    ["discovery.k8s.io/v1", "EndpointSlice"],
  ] as const)
    assert.deepEqual(said(apiVersion, kind, named), ["expected text, found false; quote it"], kind);
  assert.deepEqual(said("policy.linkerd.io/v1beta3", "Server", "{namespace: shop}"), [
    "Server has no `metadata.name`; give it one",
  ]);
  assert.deepEqual(said("policy.linkerd.io/v1beta3", "Server", "null"), ["Server has no `metadata`"]);
  assert.deepEqual(said("example.com/v1", "Config", "{namespace: shop}"), []);
});
