import assert from "node:assert/strict";
import { test } from "node:test";
import { admitNetworkPolicy } from "../../lib/kubernetes/network-policy/admit";

const policy = (spec: unknown, metadata: unknown = { name: "x" }) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata,
  spec,
});
const stored = (spec: unknown) => {
  const admission = admitNetworkPolicy(policy(spec));
  assert.ok(admission.accepted, JSON.stringify(admission));
  return admission.object.spec;
};
const faults = (spec: unknown, metadata?: unknown) => {
  const admission = admitNetworkPolicy(policy(spec, metadata));
  return admission.accepted ? [] : admission.faults.map(({ path, code }) => `${path.join(".")}:${code}`);
};

test("fills in policy types and protocols, and drops what is empty", () => {
  assert.deepEqual(stored({ podSelector: {}, egress: [] }), { podSelector: {}, policyTypes: ["Ingress"] });
  assert.deepEqual(stored({ egress: [{ ports: [{ port: 53 }], to: [] }] }), {
    podSelector: {},
    egress: [{ ports: [{ protocol: "TCP", port: 53 }] }],
    policyTypes: ["Ingress", "Egress"],
  });
});

test("reads null as the zero value of Go's type, which widens the policy", () => {
  assert.deepEqual(stored(null), { podSelector: {}, policyTypes: ["Ingress"] });
  assert.deepEqual(stored({ podSelector: null, ingress: [null] }), {
    podSelector: {},
    ingress: [{}],
    policyTypes: ["Ingress"],
  });
  assert.deepEqual(stored({ podSelector: { matchLabels: { app: null } }, ingress: [{ from: null, ports: null }] }), {
    podSelector: { matchLabels: { app: "" } },
    ingress: [{}],
    policyTypes: ["Ingress"],
  });
  assert.deepEqual(faults({ ingress: [{ from: [null] }] }), ["spec.ingress.0.from.0:required"]);
});

const ingress = (rule: unknown) => ({ podSelector: {}, ingress: [rule] });

test("checks ports, ranges and port names", () => {
  for (const port of [0, 65536, -1, "80", "", "a--b", "-a", "a-", "UPPER", "sixteen-letters-"]) {
    assert.deepEqual(faults(ingress({ ports: [{ port }] })), ["spec.ingress.0.ports.0.port:invalid"], String(port));
  }
  for (const port of [1, 65535, "http", "a-1", "1a"])
    assert.deepEqual(faults(ingress({ ports: [{ port }] })), [], String(port));
  assert.deepEqual(faults(ingress({ ports: [{ port: 80.5 }, { port: true }, { port: 2 ** 31 }] })), [
    "spec.ingress.0.ports.0.port:malformed",
    "spec.ingress.0.ports.1.port:malformed",
    "spec.ingress.0.ports.2.port:malformed",
  ]);
  const ends = [
    { endPort: 80 },
    { port: "http", endPort: 80 },
    { port: 80, endPort: 79 },
    { port: 80, endPort: 65536 },
  ];
  assert.deepEqual(
    faults(ingress({ ports: ends })),
    [0, 1, 2, 3].map((index) => `spec.ingress.0.ports.${index}.endPort:invalid`),
  );
  assert.deepEqual(faults(ingress({ ports: [{ protocol: "ICMP", port: 1 }] })), [
    "spec.ingress.0.ports.0.protocol:unsupported",
  ]);
});

test("an exception must be inside its block and smaller, with IPv4-mapped IPv6 addresses as IPv4", () => {
  const block = (cidr: string, ...except: string[]) => faults(ingress({ from: [{ ipBlock: { cidr, except } }] }));
  assert.deepEqual(block("10.0.0.0/8", "10.1.0.0/16", "010.2.0.0/16"), []);
  assert.deepEqual(block("10.0.0.0/8", "::ffff:10.1.0.0/112"), []);
  for (const except of ["10.0.0.0/8", "11.0.0.0/16", "0.0.0.0/0", "10.1.0.0", "::/96"]) {
    assert.deepEqual(block("10.0.0.0/8", except), ["spec.ingress.0.from.0.ipBlock.except.0:invalid"], except);
  }
  assert.deepEqual(block("::ffff:10.0.0.0/104", "10.1.0.0/16"), ["spec.ingress.0.from.0.ipBlock.except.0:invalid"]);
  assert.deepEqual(block(""), ["spec.ingress.0.from.0.ipBlock:required"]);
  assert.deepEqual(block("10.0.0.1"), ["spec.ingress.0.from.0.ipBlock.cidr:invalid"]);
});

test("a peer has either selectors or a block, and its selectors are checked", () => {
  const peer = (given: unknown) => faults(ingress({ from: [given] }));
  assert.deepEqual(peer({}), ["spec.ingress.0.from.0:required"]);
  assert.deepEqual(peer({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }), ["spec.ingress.0.from.0:forbidden"]);
  const expression = (given: unknown) => peer({ podSelector: { matchExpressions: [given] } });
  const at = "spec.ingress.0.from.0.podSelector.matchExpressions.0";
  assert.deepEqual(expression({ key: "a", operator: "In" }), [`${at}:required`]);
  assert.deepEqual(expression({ key: "a", operator: "Exists", values: ["b"] }), [`${at}.values:forbidden`]);
  assert.deepEqual(expression({ key: "a", operator: "Is" }), [`${at}.operator:invalid`]);
  assert.deepEqual(expression({ key: "", operator: "Exists" }), [`${at}.key:invalid`]);
  assert.deepEqual(expression({ key: "a", operator: "In", values: ["-"] }), [`${at}.values.0:invalid`]);
  assert.deepEqual(peer({ podSelector: { matchLabels: { "a b": "c" } } }), [
    "spec.ingress.0.from.0.podSelector.matchLabels.a b:invalid",
  ]);
});

test("checks unknown fields and metadata, as for every object", () => {
  assert.deepEqual(faults({ podSelector: {}, Ingress: [] }), ["spec.Ingress:unknown-field"]);
  assert.deepEqual(faults({ podSelector: {}, policyTypes: ["Ingress", "Egress", "Ingress"] }), [
    "spec.policyTypes:invalid",
  ]);
  assert.deepEqual(faults({}, { name: "A" }), ["metadata.name:invalid"]);
  assert.deepEqual(faults({}, {}), ["metadata:required"]);
  assert.deepEqual(faults({}, { generateName: "x-" }), []);
  assert.deepEqual(faults({}, { name: "x", labels: { a: 1 } }), ["metadata.labels.a:malformed"]);
  assert.deepEqual(faults({}, { name: "x", labels: { a: "b c" } }), ["metadata.labels.a:invalid"]);
  assert.deepEqual(faults({}, { name: "x", nmae: "y" }), ["metadata.nmae:unknown-field"]);
});
