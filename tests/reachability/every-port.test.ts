import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../lib/input/manifests/read";
import { scenarioOf } from "../../lib/input/scenario/scenario";
import { compile } from "../../lib/reachability";
import { everyPort } from "../../lib/reachability/every-port";
import { portsWords } from "../../lib/reachability/words";
import { flowPort } from "../../lib/scenario/flows";

const pod = (name: string, ports = "") =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: x, labels: {app: ${name}}}, spec: {containers: [{name: c, image: i, ports: [${ports}]}]}}`;

/** What is asked about everybody, and who is allowed what of it. */
function asked(...documents: string[]) {
  const manifests = readManifests([{ file: "a.yaml", text: documents.join("\n---\n") }]);
  assert.deepEqual(manifests.problems, []);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  const scenario = scenarioOf(manifests, policies);
  const reachability = compile(policies, scenario);
  const { every, named } = everyPort(scenario, reachability);
  const portsOf = (endpoints: typeof every, id: string) =>
    portsWords((endpoints.find((one) => one.id === id)?.ports ?? []).map(flowPort));
  return {
    ports: (id: string) => portsOf(every, id),
    named: (id: string) => portsOf(named, id),
    allowed: (from: string, to: string) =>
      portsWords(
        (every.find((one) => one.id === to)?.ports ?? [])
          .map(flowPort)
          .filter((port) => reachability.verdict({ from, to, ...port }).allowed),
      ),
  };
}

const egress = (rules: string) =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: x}, spec: {podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [${rules}]}}`;

test("asks about a port that an egress policy allows at every possible target, whatever it declares", () => {
  const { ports, allowed } = asked(
    pod("a"),
    pod("b", "{containerPort: 5353}"),
    egress("{ports: [{port: 5353, protocol: UDP}]}"),
  );
  assert.equal(ports("x/b"), "TCP 5353, any other port or protocol, UDP 5353");
  assert.equal(allowed("x/a", "x/b"), "UDP 5353");
  assert.equal(allowed("x/a", "host"), "UDP 5353");
  assert.equal(allowed("x/b", "x/a"), ports("x/a"), "nothing keeps it");
});

test("one port stands for a range, and for the rest of a range around another", () => {
  const { ports, allowed } = asked(
    pod("a"),
    pod("b"),
    egress("{ports: [{port: 1, endPort: 1023}, {port: 80}, {port: 8080, protocol: SCTP}]}"),
  );
  assert.equal(allowed("x/a", "x/b"), "TCP 1-79 and 81-1023, 80, SCTP 8080");
  assert.equal(ports("x/b"), "TCP 1-79 and 81-1023, 80, any other port or protocol, SCTP 8080");
});

test("asks about one port of a workload without ports, and otherwise only about named ports", () => {
  const { ports, named } = asked(pod("a"), pod("b", "{containerPort: 80}"));
  assert.equal(named("x/a"), "any port or protocol");
  assert.equal(named("x/b"), "TCP 80");
  assert.equal(ports("x/b"), "TCP 80, any other port or protocol");
  assert.equal(named("host"), "", "in a picture nodes are asked nothing");
});
