// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluatedPolicy } from "../../../lib/cilium/api/policy";
import { formatProblem } from "../../../lib/common/problem";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluate } from "../../../lib/manifests/evaluate";
import { compile } from "../../../lib/reachability";
import { diffReachability } from "../../../lib/reachability/diff";
import { stateOf } from "../../../lib/reachability/verdict";

const head = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: k}\n";
const on =
  "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {enable-k8s-cluster-network-policy: 'true'}\n";
const spec =
  "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n";
const read = (text: string) => readManifests([{ file: "k.yaml", text }]);
const complaints = (text: string) => read(text).problems.map(formatProblem);

test("a ClusterNetworkPolicy counts where the agent reads it, and is reported where it does not", () => {
  const told = read(head + spec + on);
  assert.deepEqual([told.problems, told.unseen, told.policies[0]?.manifest.unread], [[], [], undefined]);
  const untold = read(head + spec);
  assert.match(
    untold.unseen[0]?.reason ?? "",
    /unless enable-k8s-cluster-network-policy is true, which nothing here sets: one is left out/,
  );
  assert.equal(untold.unseen[0]?.line, 1);
  assert.match(untold.policies[0]?.manifest.unread ?? "", /nothing sets it/);
  const off = read(head + spec + on.replace("true", "false"));
  assert.match(
    off.unseen[0]?.reason ?? "",
    /it sets enable-k8s-cluster-network-policy to false: the agent does not read kind ClusterNetworkPolicy/,
  );
  assert.match(off.policies[0]?.manifest.unread ?? "", /cilium-config sets .* to false/);
});

test("Cilium's chart values enable it as well, but cilium-config takes precedence", () => {
  const release = (enabled: boolean) =>
    `---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cilium, namespace: kube-system}\nspec: {chart: {spec: {chart: cilium}}, values: {k8sClusterNetworkPolicy: {enabled: ${enabled}}}}\n`;
  assert.equal(read(head + spec + release(true)).policies[0]?.manifest.unread, undefined);
  assert.notEqual(read(head + spec + release(false)).policies[0]?.manifest.unread, undefined);
  assert.equal(read(head + spec + release(false) + on).policies[0]?.manifest.unread, undefined);
});

test("its parts are positioned where they are written", () => {
  const text = `${head}spec:
  tier: Baseline
  priority: 1
  subject:
    namespaces: {}
  egress:
    - action: Pass
      to:
        - namespaces: {}
    - action: Deny
      protocols:
        - tcp: {destinationPort: {number: 80}}
      to:
        - namespaces: {}
        - networks: [10.0.0.0/8]
`;
  const [policy] = read(text + on).policies;
  const lineOf = (...path: (string | number)[]) => policy?.document.position(path).line;
  assert.equal(lineOf("spec", "endpointSelector"), 7);
  assert.equal(lineOf("spec", "egress", 0), 10);
  assert.equal(lineOf("spec", "egressDeny", 1), 13);
  assert.equal(lineOf("spec", "egressDeny", 1, "toCIDR"), 18);
  assert.equal(lineOf("spec", "egressDeny", 0, "toPorts", 0), 15);
});

for (const [what, value, message] of [
  ["no priority", "spec: {tier: Admin, subject: {namespaces: {}}}", /spec.*priority/],
  ["another tier", "spec: {tier: Normal, priority: 1, subject: {namespaces: {}}}", /tier/],
  ["two subjects", "spec: {tier: Admin, priority: 1, subject: {namespaces: {}, pods: {podSelector: {}}}}", /subject/],
  ["a priority that is too high", "spec: {tier: Admin, priority: 1001, subject: {namespaces: {}}}", /priority/],
  [
    "a rule without peers",
    "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: []}]}",
    /from/,
  ],
  [
    "nodes as a source",
    "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{nodes: {}}]}]}",
    /from/,
  ],
  [
    "a range that ends before it begins",
    "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 9, end: 8}}}}]}]}",
    /Start port must be less than End port/,
  ],
  [
    "an invalid block",
    "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.0]}]}]}",
    /Invalid CIDR format/,
  ],
  [
    "a named port for a block",
    "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}], protocols: [{destinationNamedPort: http}]}]}",
    /networks\/nodes\/domainNames peer cannot be set with namedPorts/,
  ],
] as const)
  test(`a ClusterNetworkPolicy with ${what} is left out`, () => {
    const { policies, problems } = read(`${head}${value}\n${on}`);
    assert.deepEqual(policies, []);
    assert.match(problems.map(formatProblem).join("\n"), message);
    assert.deepEqual(problems.find(({ leftOut }) => leftOut)?.leftOut, { kind: "ClusterNetworkPolicy", name: "k" });
  });

test("reports another version and the kinds that preceded it", () => {
  assert.match(complaints(head.replace("v1alpha2", "v1") + spec).join(), /use policy\.networking\.k8s\.io\/v1alpha2/);
  assert.match(
    complaints(head.replace("v1alpha2", "v1alpha1").replace("Cluster", "BaselineAdmin") + spec).join(),
    /today a ClusterNetworkPolicy in the tier Baseline/,
  );
  assert.match(
    complaints(head.replace("ClusterNetworkPolicy", "ClusterNetworkpolicy") + spec).join(),
    /did you mean "ClusterNetworkPolicy"/,
  );
  assert.match(
    complaints(`${head + spec}---\n${head}${spec.replace("priority: 1", "priority: 2")}${on}`).join(),
    /is already defined at k\.yaml:1/,
  );
});

test("a variable leaves everything unknown in the directions that the policy has", () => {
  const { policies, unseen } = read(head + spec.replace("priority: 1", "priority: '${PRIO}'") + on);
  assert.match(unseen.map(({ reason }) => reason).join(), /PRIO/);
  const [policy] = policies.map(({ manifest }) => manifest);
  assert.ok(policy);
  const scenario = { endpoints: ["a", "b"].map((id) => ({ id, namespace: "shop", labels: { app: id } })) };
  const flow = { from: "a", to: "b", proto: "TCP", port: 80 };
  const { egress, ingress, unknown } = compile([policy], scenario).verdict(flow);
  assert.deepEqual([egress, ingress], ["allowed", "unknown"]);
  assert.match(unknown?.join() ?? "", /PRIO/);
  // This holds even if a Cilium policy denies, because this one is evaluated first.
  const denying: EvaluatedPolicy = {
    kind: "CiliumNetworkPolicy",
    metadata: { name: "b", namespace: "shop" },
    spec: { endpointSelector: {}, ingressDeny: [{ fromEntities: ["all"] }] },
  };
  assert.equal(compile([policy, denying], scenario).verdict(flow).ingress, "unknown");
  const after = { ...policy, ordered: { ...policy.ordered, tier: "Baseline" } } as EvaluatedPolicy;
  assert.equal(compile([after, denying], scenario).verdict(flow).ingress, "denied");
});

const evaluatedOf = (text: string) => evaluate(readManifests([{ file: "k.yaml", text: text + on + pods }]));
const pods = ["web", "api"]
  .map(
    (name) =>
      `---\n{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}, tier: "\${T}", ring: "\${R}"}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}\n`,
  )
  .join("");
const rules = (tier: string, ...ingress: string[]) =>
  `---\n${head.replace("name: k", `name: ${tier.toLowerCase()}`)}spec: {tier: ${tier}, priority: 1, subject: {namespaces: {}}, ingress: [${ingress.join(", ")}]}\n`;
const rule = (action: string, labels: string) =>
  `{action: ${action}, from: [{pods: {podSelector: {matchLabels: {${labels}}}}}]}`;

test("two policies that use one variable in opposite ways are not equal", () => {
  const [accept, deny] = ["Accept", "Deny"].map((action) => evaluatedOf(rules("Admin", rule(action, "app: '${X}'"))));
  assert.ok(accept && deny);
  const sides = (before: typeof accept, after: typeof accept) => diffReachability(before, after);
  const isEdge = ({ from, to }: { from: readonly string[]; to: string }) =>
    from.includes("shop/web") && to === "shop/api";
  assert.equal(sides(accept, deny).unclear.find(isEdge)?.may, "either");
  assert.equal(sides(accept, accept).unclear.find(isEdge), undefined);
});

test("passing one tier does not imply passing another", () => {
  const admin = rules("Admin", rule("Pass", "tier: x"), "{action: Accept, from: [{namespaces: {}}]}");
  const baseline = rules("Baseline", rule("Pass", "ring: x"), "{action: Deny, from: [{namespaces: {}}]}");
  const { reachability } = evaluatedOf(admin + baseline);
  const verdict = reachability.verdict({ from: "shop/web", to: "shop/api", proto: "TCP", port: 80 });
  assert.deepEqual(verdict.unknown, ["the value of ${T}"], "past the first and not past the second it is denied");
});

test("what a policy that may not apply to a pod allows is unknown where the Baseline tier denies it", () => {
  const maybe =
    "---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: '${X}'}}, ingress: [{fromEntities: [all]}]}}\n";
  const stateIn = (text: string) =>
    stateOf(evaluatedOf(text).reachability.verdict({ from: "shop/web", to: "shop/api", proto: "TCP", port: 80 }));
  assert.equal(stateIn(maybe), "allowed", "with the policy and without it");
  assert.equal(stateIn(maybe + rules("Baseline", "{action: Deny, from: [{namespaces: {}}]}")), "unknown");
});
