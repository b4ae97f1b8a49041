import fc from "fast-check";
import type {
  ClusterNetworkPolicy,
  ClusterNetworkPolicySpec,
  OrderedPeer,
  OrderedProtocol,
} from "../../lib/cilium/api/cluster-network-policy";
import type { LabelSelector } from "../../lib/kubernetes/label-selector";
import { cases } from "./generator";
import type { Case } from "./oracle";
import { settingsCases } from "./settings-generator";

const oneOf = fc.constantFrom;

const namespaceSelector = oneOf<LabelSelector>(
  {},
  {},
  { matchLabels: { team: "a" } },
  { matchLabels: { team: "b" } },
  { matchLabels: { "kubernetes.io/metadata.name": "infra" } },
  { matchExpressions: [{ key: "team", operator: "NotIn", values: ["a"] }] },
  { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] },
  { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["shop", "default"] }] },
  { matchExpressions: [{ key: "team", operator: "Near" as "In", values: ["a"] }] },
  { matchLabels: { "any:team": "a" } },
);

const podSelector = oneOf<LabelSelector>(
  {},
  {},
  { matchLabels: { app: "web" } },
  { matchLabels: { app: "db" } },
  { matchLabels: { "any:app": "web" } },
  { matchLabels: { "io.kubernetes.pod.namespace": "infra" } },
  { matchLabels: { "io.cilium.k8s.policy.cluster": "east" } },
  { matchLabels: { "io.cilium.k8s.policy.cluster": "" } },
  { matchLabels: { "io.cilium.k8s.namespace.labels.team": "b" } },
  { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
  { matchExpressions: [{ key: "app", operator: "In", values: [] }] },
  { matchExpressions: [{ key: "io.cilium.k8s.policy.cluster", operator: "Exists" }] },
  { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] },
);

const namespacedPods = fc.record({ namespaceSelector, podSelector }, { requiredKeys: ["podSelector"] });
const inside: fc.Arbitrary<OrderedPeer> = fc.oneof(
  namespaceSelector.map((namespaces) => ({ namespaces })),
  namespacedPods.map((pods) => ({ pods })),
);
const networks = oneOf<string[]>(
  ["10.0.0.0/8"],
  ["0.0.0.0/0"],
  ["::/0", "0.0.0.0/0"],
  ["192.0.2.7/32", "10.9.9.9/8"],
  ["2001:db8::/32"],
);
const domainNames = oneOf<string[]>(
  ["api.example.com"],
  ["*.example.com"],
  ["example.com.", "*.org"],
  ["API.example.com"],
);
const outside: fc.Arbitrary<OrderedPeer> = fc.oneof(
  { weight: 4, arbitrary: networks.map((blocks) => ({ networks: blocks })) },
  { weight: 3, arbitrary: domainNames.map((names) => ({ domainNames: names })) },
  { weight: 1, arbitrary: oneOf<OrderedPeer>({ nodes: {} }, { nodes: { matchLabels: { app: "web" } } }) },
);

const destinationPort = oneOf(
  { number: 80 },
  { number: 8080 },
  { number: 53 },
  { number: 9090 },
  { range: { start: 8000, end: 9090 } },
  { range: { start: 1, end: 65535 } },
  { range: { start: 53, end: 80 } },
);
const protocol: fc.Arbitrary<OrderedProtocol> = fc.oneof(
  { weight: 6, arbitrary: destinationPort.map((port) => ({ tcp: { destinationPort: port } })) },
  { weight: 2, arbitrary: destinationPort.map((port) => ({ udp: { destinationPort: port } })) },
  { weight: 1, arbitrary: destinationPort.map((port) => ({ sctp: { destinationPort: port } })) },
  {
    weight: 4,
    arbitrary: oneOf(
      "http",
      "HTTP",
      "dns",
      "metrics",
      "80",
      "0x50",
      "my_port",
      "99999",
      "a-much-too-long-name",
      "053",
      "",
    ).map((destinationNamedPort) => ({ destinationNamedPort })),
  },
);
const protocols = fc.array(protocol, { minLength: 1, maxLength: 3 });
const action = oneOf("Accept" as const, "Deny" as const, "Pass" as const, "Pass" as const);

const ingress = fc.record(
  { action, protocols, from: fc.array(inside, { minLength: 1, maxLength: 2 }) },
  { requiredKeys: ["action", "from"] },
);
const egress = fc
  .record(
    {
      action,
      protocols,
      to: fc.array(fc.oneof({ weight: 4, arbitrary: inside }, { weight: 1, arbitrary: outside }), {
        minLength: 1,
        maxLength: 2,
      }),
    },
    { requiredKeys: ["action", "to"] },
  )
  // Otherwise Cilium would refuse nearly every policy.
  .map((rule) =>
    rule.to.some(({ domainNames: names }) => names !== undefined) ? { ...rule, action: "Accept" as const } : rule,
  );

const rules = <T>(rule: fc.Arbitrary<T>) => fc.array(rule, { maxLength: 4 });

const spec: fc.Arbitrary<ClusterNetworkPolicySpec> = fc.record({
  tier: oneOf("Admin", "Baseline"),
  priority: oneOf(0, 1, 1, 7, 7, 1000),
  subject: fc.oneof(
    { weight: 3, arbitrary: fc.constant<ClusterNetworkPolicySpec["subject"]>({ namespaces: {} }) },
    { weight: 3, arbitrary: namespaceSelector.map((namespaces) => ({ namespaces })) },
    { weight: 3, arbitrary: namespacedPods.map((pods) => ({ pods })) },
  ),
  ingress: rules(ingress),
  egress: rules(egress),
});

const policies: fc.Arbitrary<ClusterNetworkPolicy[]> = fc.array(spec, { minLength: 1, maxLength: 5 }).map((specs) =>
  specs.map((one, place) => ({
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    metadata: { name: `k${place + 1}` },
    spec: JSON.parse(JSON.stringify(one)) as ClusterNetworkPolicySpec,
  })),
);

/** {@link cases} with ClusterNetworkPolicies, and with fewer policies of the other kinds. */
export const tieredCases: fc.Arbitrary<Case> = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: cases }, { weight: 1, arbitrary: settingsCases }), policies, fc.nat(4))
  .map(([asked, tiered, others]) => ({ ...asked, policies: [...tiered, ...asked.policies.slice(0, others)] }));
