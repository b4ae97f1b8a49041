import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  clusterwideNetworkPolicy,
  Endpoints,
  type NetworkPolicySpec,
  networkPolicy,
  Peer,
  type PolicyManifest,
  Port,
} from "../../lib/cilium/model";
import { allow } from "../../lib/fence/intent";
import type { Workload } from "../../lib/fence/workload";
import { fromYaml } from "../../lib/input/manifests/policy-from-yaml";
import { lint } from "../../lib/lint";
import { compile } from "../../lib/reachability";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { clusterwideSpec, namespacedSpec } from "../cilium/model/arbitraries";
import { runs } from "../support/runs";
import { scenario } from "./scenario";

const client: Workload = { name: "client", namespace: "demo", endpoints: Endpoints.labels({ app: "client" }) };
const podinfo: Workload = { name: "podinfo", namespace: "demo", endpoints: Endpoints.labels({ app: "podinfo" }) };
const edge = { from: client, to: podinfo, ports: [Port.tcp(9898)] };
const { Transparent, TransportHeader } = TransportMode;

const intended = (mode: TransportMode) => allow([edge], { transportMode: mode }).map(networkPolicy);
const idsOf = (policies: readonly PolicyManifest[], mode: TransportMode) =>
  lint(policies, scenario(mode)).map(({ rule }) => rule);

describe("policies generated from edges", () => {
  const rows: [TransportMode, number, boolean][] = [
    [Transparent, 9898, true],
    [Transparent, 9797, false],
    [TransportHeader, 9898, true],
    // As measured: 4143 opens every port.
    [TransportHeader, 9797, true],
  ];
  for (const [mode, port, expected] of rows)
    it(`${expected ? "let" : "do not let"} the client reach ${port} in the mode ${mode}`, () => {
      const verdict = compile(intended(mode), scenario(mode)).verdict({
        from: "client",
        to: "podinfo",
        proto: "TCP",
        port,
      });
      assert.equal(verdict.allowed, expected, JSON.stringify(verdict));
    });

  it("let nobody else in", () => {
    const reachability = compile(intended(Transparent), scenario());
    for (const from of ["old", "db", "world"])
      assert.equal(reachability.verdict({ from, to: "podinfo", proto: "TCP", port: 9898 }).ingress, "denied", from);
  });

  it("have no finding except the one that transport-header makes unavoidable", () => {
    assert.deepEqual(idsOf(intended(Transparent), Transparent), []);
    assert.deepEqual(idsOf(intended(TransportHeader), TransportHeader), ["mesh-port-opens-all", "mesh-port-opens-all"]);
  });

  it("are reported if made for the other mode", () => {
    assert.deepEqual(idsOf(intended(Transparent), TransportHeader), ["mesh-port-blocked", "mesh-port-blocked"]);
  });
});

describe("what a meshed pod needs", () => {
  const component = (name: string) => ({
    id: `linkerd/${name}`,
    namespace: "mesh-system",
    labels: { "linkerd.io/control-plane-component": name },
    mesh: { injected: true },
  });
  const prometheus = {
    id: "viz/prometheus",
    namespace: "mesh-viz",
    labels: { component: "prometheus", "linkerd.io/extension": "viz" },
    mesh: { injected: true },
  };
  const installed = (mode: TransportMode) => {
    const { endpoints, ...rest } = scenario(mode);
    return { ...rest, endpoints: [...endpoints, component("identity"), component("destination"), prometheus] };
  };
  const essentials = new Set(["dns-cut-off", "control-plane-cut-off", "viz-cut-off"]);
  const found = (policies: readonly PolicyManifest[], mode: TransportMode) =>
    lint(policies, installed(mode)).filter(({ rule }) => essentials.has(rule));

  for (const mode of [Transparent, TransportHeader])
    it(`is looked up in the scenario, at its own ports, in the mode ${mode}`, () => {
      const settings = { transportMode: mode, controlPlaneNamespace: "mesh-system", vizNamespace: "mesh-viz" };
      const right = allow([edge], settings).map(networkPolicy);
      // The scenario has no tap, so the default is assumed.
      assert.deepEqual(
        found(right, mode).map(({ message }) => message),
        ["viz cannot reach tap (4190) of podinfo"],
      );
      assert.deepEqual(
        found(intended(mode), mode).map(({ rule, severity }) => [rule, severity]),
        [
          ["control-plane-cut-off", "error"],
          ["viz-cut-off", "warning"],
        ],
      );
    });

  it("is only an info for viz if nothing shows that viz is installed", () => {
    const closed = networkPolicy({
      name: "p",
      namespace: "demo",
      endpointSelector: podinfo.endpoints,
      ingress: [{ from: [Peer.nothing()] }],
    });
    const [finding] = lint([closed], scenario()).filter(({ rule }) => rule === "viz-cut-off");
    assert.equal(finding?.severity, "info");
  });
});

describe("findings", () => {
  const { policies } = fromYaml(`
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: fine, namespace: demo}
spec: {endpointSelector: {matchLabels: {app: podinfo}}, ingress: [{fromEntities: [all]}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: refused, namespace: demo}
spec: {endpointSelector: {}, ingress: [], egress: []}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: several, namespace: demo}
specs:
  - {endpointSelector: {matchLabels: {app: old}}, ingress: [{}]}
  - {endpointSelector: {matchLabels: {app: nobody}}, ingress: [{toPorts: [{ports: [{port: "1"}]}]}]}
`);

  it("name policy, rule and place, in the order of the policies", () => {
    const found = lint(policies, scenario()).map(({ policy, object, rule, path }) => [
      policy,
      object,
      rule,
      path.join("."),
    ]);
    assert.deepEqual(found, [
      [1, "CiliumNetworkPolicy demo/refused", "refused-policy", "spec"],
      [2, "CiliumNetworkPolicy demo/several", "selects-nothing", "specs.1.endpointSelector"],
      [2, "CiliumNetworkPolicy demo/several", "empty-rule", "specs.0.ingress.0"],
      [2, "CiliumNetworkPolicy demo/several", "ports-without-peer", "specs.1.ingress.0"],
    ]);
  });

  it("ignore a refused policy for the pods that it would select", () => {
    const open = policies.slice(1, 2);
    assert.deepEqual(idsOf(open, Transparent), ["refused-policy"]);
  });

  it("refuse a scenario that contradicts itself", () => {
    const twice = {
      endpoints: [
        { id: "a", namespace: "x" },
        { id: "a", namespace: "x" },
      ],
    };
    assert.throws(() => lint([], twice), { name: "ProblemError", message: /not unique/ });
  });
});

describe("the policy model", () => {
  /** The rules whose traps the constructors make impossible. The other rules depend on the cluster. */
  const ruledOut = new Set([
    "refused-policy",
    "missing-namespace",
    "foreign-namespace-subject",
    "empty-direction",
    "empty-rule",
    "empty-peer-list",
    "empty-port-list",
    "default-deny-without-rules",
    "deny-only",
    "own-namespace-only",
    "ports-without-peer",
    "icmp-type-zero",
    "fqdn-without-dns",
    "native-sidecar-port",
    "l7-on-mesh",
  ]);
  const trapsOf = (policy: PolicyManifest) =>
    lint([policy], scenario()).filter(({ rule, path }) => ruledOut.has(rule) && !path.includes("rules"));

  it("avoids the traps that lint finds", () => {
    fc.assert(
      fc.property(namespacedSpec, (spec) => assert.deepEqual(trapsOf(networkPolicy(spec)), [])),
      { numRuns: runs(300) },
    );
    fc.assert(
      fc.property(clusterwideSpec, (spec) => assert.deepEqual(trapsOf(clusterwideNetworkPolicy(spec)), [])),
      { numRuns: runs(300) },
    );
  });

  it("renders nobody and everybody so that the engine reads them as such", () => {
    const verdict = (spec: Partial<NetworkPolicySpec>, from: string) =>
      compile(
        [networkPolicy({ name: "p", namespace: "demo", endpointSelector: podinfo.endpoints, ...spec })],
        scenario(),
      ).verdict({ from, to: "podinfo", proto: "TCP", port: 9898 }).ingress;
    for (const from of ["client", "old", "db", "world"]) {
      assert.equal(verdict({ ingress: [{ from: [Peer.nothing()] }] }, from), "denied", from);
      assert.equal(verdict({ ingress: [{ from: [Peer.nothing()], ports: [Port.all()] }] }, from), "denied", from);
      assert.equal(verdict({ ingress: [{ from: [Peer.everything()] }] }, from), "allowed", from);
      const own = verdict({ ingress: [{ from: [Peer.ownNamespace()] }] }, from);
      assert.equal(own, from === "client" || from === "old" ? "allowed" : "denied", from);
      const anywhere = verdict({ ingress: [{ from: [Peer.allNamespaces()] }] }, from);
      assert.equal(anywhere, from === "world" ? "denied" : "allowed", from);
    }
    assert.equal(verdict({ ingress: [{ from: [Peer.nothing()] }] }, "host"), "allowed");
  });
});

describe("lint", () => {
  it("never throws on any content of a manifest", () => {
    const fields = [
      "fromEndpoints",
      "toEndpoints",
      "fromEntities",
      "toPorts",
      "ports",
      "port",
      "icmps",
      "fields",
      "type",
      "matchLabels",
      "matchExpressions",
      "toServices",
      "k8sService",
      "toFQDNs",
      "toCIDRSet",
      "cidr",
      "endpointSelector",
      "ingress",
      "egress",
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(null, "", "x", "80", 80, true, [], {}),
        fc.array(tie("tree"), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...fields), tie("tree"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    const rule = fc.record(
      { endpointSelector: tree, ingress: tree, egress: tree, ingressDeny: tree },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(rule, (spec) => {
        const policy = {
          apiVersion: "cilium.io/v2",
          kind: "CiliumNetworkPolicy",
          metadata: { name: "p", namespace: "demo" },
          spec,
        };
        assert.ok(Array.isArray(lint([policy as unknown as PolicyManifest], scenario())));
      }),
      { numRuns: runs(120) },
    );
  });
});
