// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { THROUGH_A_NODE } from "../../lib/input/scenario/through-nodes";
import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { evaluate, evaluateBoth } from "../../lib/manifests/evaluate";
import { explainerOf, whyChanged } from "../../lib/manifests/explainer";
import { everyPort } from "../../lib/reachability/every-port";
import { stateOf } from "../../lib/reachability/verdict";
import { everyPair } from "../../lib/scenario/flows";
import { endsWith, opens, toWorld } from "./gate-of-two";

const join = (...texts: string[]) => texts.join("\n---\n");
const web =
  "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}}}}";
const service = (spec = "type: NodePort", annotations = "") =>
  `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, annotations: {${annotations}}}, spec: {${spec}, selector: {app: web}, ports: [{port: 80, targetPort: http}]}}`;
const agent = (...data: string[]) =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {${data.join(", ")}}}`;
const native = agent("routing-mode: native");
const admits = (...entities: string[]) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [${entities.join(", ")}]}]}}`;

/** The state of outside clients that come to the pod through a node; undefined if none do. */
function stateAtWeb(...texts: string[]): string | undefined {
  const manifests = manifestsOf([{ file: "all.yaml", text: join(...texts) }], { namespace: "default" });
  assert.ok(manifests !== undefined);
  const { scenario, reachability } = evaluate(manifests);
  if (!scenario.endpoints.some(({ id }) => id === THROUGH_A_NODE)) return undefined;
  return stateOf(reachability.verdict({ from: THROUGH_A_NODE, to: "shop/web", proto: "TCP", port: 8080 }));
}

describe("outside clients that come through a node", () => {
  const nodes = admits("remote-node");
  for (const [what, expected, ...texts] of [
    ["a NodePort, native routing", "allowed", native, service()],
    ["a LoadBalancer", "allowed", native, service("type: LoadBalancer")],
    ["externalIPs", "allowed", native, service("externalIPs: [203.0.113.4]")],
    ["a ClusterIP", undefined, native, service("type: ClusterIP")],
    ["the client's address is kept", undefined, native, service("type: NodePort, externalTrafficPolicy: Local")],
    ["tunnels, as nothing else is said", undefined, agent("enable-policy: default"), service()],
    ["tunnels", undefined, agent("routing-mode: tunnel"), service()],
    ["native routing as it was called", "allowed", agent("tunnel: disabled"), service()],
    ["nothing says how nodes route", "unknown", service()],
    ["routing that is filled in", "unknown", agent("routing-mode: '${MODE}'"), service()],
    ["kube-proxy, which knows no DSR", "allowed", agent("routing-mode: native", "bpf-lb-mode: dsr"), service()],
    [
      "Cilium with DSR",
      undefined,
      agent("routing-mode: native", "bpf-lb-mode: dsr", "kube-proxy-replacement: 'true'"),
      service(),
    ],
    [
      "Cilium with DSR of TCP",
      undefined,
      agent("routing-mode: native", "bpf-lb-mode: hybrid", "kube-proxy-replacement: 'true'"),
      service(),
    ],
    [
      "Cilium with DSR, but for this Service",
      "unknown",
      agent("routing-mode: native", "bpf-lb-mode: dsr", "kube-proxy-replacement: 'true'"),
      service("type: NodePort", "service.cilium.io/forwarding-mode: snat"),
    ],
    ["a type that is filled in", "unknown", native, service("type: '${TYPE}'")],
  ] as const)
    it(`${what}: ${expected ?? "nobody does"}`, () => assert.equal(stateAtWeb(web, nodes, ...texts), expected));
  it("reads the chart's values", () => {
    const release = (values: string) =>
      `{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: cilium, namespace: kube-system}, spec: {chart: {spec: {chart: cilium, sourceRef: {kind: HelmRepository, name: cilium}}}, values: {${values}}}}`;
    assert.equal(stateAtWeb(web, nodes, service(), release("routingMode: native")), "allowed");
    assert.equal(stateAtWeb(web, nodes, service(), release("eni: {enabled: true}")), "allowed");
    assert.equal(stateAtWeb(web, nodes, service(), release("operator: {replicas: 1}")), undefined);
  });
  it("keep their own identity if the world is admitted too", () => {
    assert.equal(stateAtWeb(web, admits("all"), service()), "allowed");
    assert.equal(stateAtWeb(web, admits("health"), service()), "denied");
    assert.equal(stateAtWeb(web, admits("world"), native, service()), "denied");
  });
});

describe("why a diff reports outside clients that come through a node", () => {
  const whyOf = (before: string, after: string) => {
    const [was, is] = [before, after].map((text) =>
      manifestsOf([{ file: "all.yaml", text }], { namespace: "default" }),
    );
    assert.ok(was !== undefined && is !== undefined);
    const sides = evaluateBoth(was, is, {});
    const flow = { from: THROUGH_A_NODE, to: "shop/web", proto: "TCP", port: 8080 };
    return whyChanged(sides)(flow).map(({ words }) => words);
  };
  const state = (type: string, peer = "remote-node") => join(web, admits(peer), native, service(`type: ${type}`));
  const rule = "rule 1 of shop/web (all.yaml:3)";
  it("names the Service if no policy changed", () => {
    const [words] = whyOf(state("ClusterIP"), state("NodePort"));
    assert.equal(
      words,
      `Service shop/web (all.yaml:7) forwards clients outside the cluster through a node, in whose identity policies see them, and ${rule} allows it`,
    );
    assert.deepEqual(whyOf(state("NodePort"), state("ClusterIP")), [
      "Service shop/web (all.yaml:7) no longer forwards clients outside the cluster through a node",
    ]);
  });
  it("names the policy if the Service did not change", () => {
    assert.deepEqual(whyOf(state("NodePort", "health"), state("NodePort")), [`${rule} allows it`]);
  });
});

describe("a node that runs the API server also has its identity", () => {
  const whole = (peer: string) => join(web, native, service(), admits(peer));
  opens("the API server, and whoever comes through its node", whole("health"), whole("kube-apiserver"), [
    "opened:world",
  ]);
  it("an API server outside the cluster is on no node", () => {
    const outside =
      "{apiVersion: v1, kind: Endpoints, metadata: {name: kubernetes, namespace: default}, subsets: [{addresses: [{ip: 203.0.113.9}], ports: [{port: 443}]}]}";
    const [before, after] = ["health", "kube-apiserver"].map((peer) => join(whole(peer), outside));
    assert.deepEqual(endsWith(before ?? "", after ?? "", ["opened:world"]), [0]);
  });
  it("leaves out such nodes if no policy distinguishes them", () => {
    const manifests = manifestsOf([{ file: "all.yaml", text: whole("remote-node") }], { namespace: "default" });
    assert.ok(manifests !== undefined);
    const led = evaluate(manifests).scenario.endpoints.filter((endpoint) => endpoint.forwardedTo !== undefined);
    assert.deepEqual(
      led.map(({ id }) => id),
      [THROUGH_A_NODE],
    );
  });
});

it("are never targets", () => {
  const text = join(web, native, service(), admits("remote-node"));
  const manifests = manifestsOf([{ file: "all.yaml", text }], { namespace: "default" });
  assert.ok(manifests !== undefined);
  const { scenario, reachability } = evaluate(manifests);
  const { every } = everyPort(scenario, reachability);
  assert.ok(every.some(({ id }) => id === THROUGH_A_NODE));
  assert.deepEqual(
    [...everyPair(every)].filter(({ to }) => to === THROUGH_A_NODE),
    [],
  );
});

it("lint finds rules that admit them as a node", () => {
  const found = (peer: string) => {
    const text = join(web, native, service(), admits(peer));
    const manifests = manifestsOf([{ file: "all.yaml", text }], { namespace: "default" });
    assert.ok(manifests !== undefined);
    return lintManifests(evaluate(manifests), anyProject).findings.map(({ rule }) => rule);
  };
  for (const peer of ["remote-node", "kube-apiserver"]) assert.deepEqual(found(peer), ["world-through-node"], peer);
  assert.deepEqual(found("world"), []);
});

describe("gates for the world, if it comes through a node", () => {
  const whole = (...texts: string[]) => join(web, native, ...texts);
  const shut = admits("health");
  opens("the cluster", whole(service(), shut), whole(service(), admits("cluster")), toWorld);
  opens(
    "the Service, which was for the cluster alone",
    whole(service("type: ClusterIP"), admits("cluster")),
    whole(service("type: LoadBalancer"), admits("cluster")),
    toWorld,
  );
  opens(
    "a Service that no longer keeps the client's address",
    whole(service("type: NodePort, externalTrafficPolicy: Local"), admits("remote-node")),
    whole(service(), admits("remote-node")),
    toWorld,
  );
  // No manifest describes the pods.
  const alone = (...texts: string[]) => join(native, service("type: NodePort").replace("http", "8080"), ...texts);
  opens("the cluster, of pods that no manifest has", alone(shut), alone(admits("cluster")), toWorld);
  const all = (text: string) => text.replace("matchLabels: {app: web}", "");
  opens("the cluster, of a whole namespace", alone(all(shut)), alone(all(admits("cluster"))), toWorld);
  it("find nothing if the world is admitted anyway", () => {
    const before = join(web, native, service("type: ClusterIP"));
    assert.deepEqual(endsWith(before, join(web, native, service()), toWorld), [0, 0]);
  });
  it("cannot tell without the routing mode", () => {
    const [before, after] = [shut, admits("cluster")].map((policy) => join(web, service(), policy));
    assert.deepEqual(endsWith(before ?? "", after ?? "", ["opened:world"]), [2]);
    assert.deepEqual(endsWith(after ?? "", before ?? "", ["opened:world"]), [0]);
  });
});

describe("a block of clients whose address a node replaces", () => {
  const block = "203.0.113.0/24";
  const local = service("type: NodePort, externalTrafficPolicy: Local");
  const ingress = (text: string) =>
    `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: web}}, ${text}}}`;
  const nodes = "{fromEntities: [remote-node]}";
  const only = ingress(`ingress: [{fromCIDR: [${block}]}]`);
  const allBut = (more = "") =>
    ingress(`ingress: [{fromCIDRSet: [{cidr: 0.0.0.0/0, except: [${block}]}]}${more && `, ${more}`}]`);
  const denied = ingress(`ingress: [{fromEntities: [all]}], ingressDeny: [{fromCIDR: [${block}]}]`);
  const group = join(
    `{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: bad}, spec: {externalCIDRs: [${block}]}}`,
    ingress("ingress: [{fromEntities: [all]}], ingressDeny: [{fromCIDRSet: [{cidrGroupRef: bad}]}]"),
  );
  const replacing = agent("routing-mode: native", "kube-proxy-replacement: 'true'");
  const tunnel = agent("routing-mode: tunnel", "kube-proxy-replacement: 'true'");
  const kubeProxy = agent("routing-mode: native", "kube-proxy-replacement: 'false'");
  const toBlock = [...toWorld, `opened:${block} through a node`];
  for (const [what, policy, config, gates] of [
    ["denied, and nodes come in", denied, replacing, toBlock],
    ["denied by a group", group, replacing, toWorld],
    ["denied, in tunnels", denied, tunnel, toBlock],
    ["left out, and nodes come in", allBut(nodes), replacing, toBlock],
    ["left out, in tunnels", allBut(), tunnel, toBlock],
    ["left out, at the pod's own node, by kube-proxy", allBut(), kubeProxy, toWorld],
    [
      "denied, and the API server comes in",
      allBut("{fromEntities: [kube-apiserver]}"),
      replacing,
      [...toWorld, `opened:${block} through a control-plane node`],
    ],
  ] as const) {
    const state = (leading: string) => join(web, policy, config, leading);
    // If other clients are admitted but nodes are not, clients that become a node are denied, and admitted again by the reverse change.
    if ((policy === allBut() && config !== tunnel) || policy.includes("kube-apiserver"))
      it(`opens: ${what}`, () =>
        assert.deepEqual(
          endsWith(state(local), state(service()), gates),
          gates.map(() => 1),
        ));
    else opens(what, state(local), state(service()), gates);
    // No client comes by a missing Service.
    opens(`${what}, by a new Service`, state(service("type: ClusterIP")), state(service()), gates);
  }
  opens("admitted, which was shut out", join(web, only, tunnel, service()), join(web, only, tunnel, local), toBlock);
  it("find nothing if a Service that kept it out is removed", () => {
    for (const config of [replacing, tunnel, kubeProxy])
      for (const policy of [only, allBut()]) {
        const states = ["type: ClusterIP", "type: NodePort"].map((type) => join(web, policy, config, service(type)));
        const [none = "", there = ""] = states;
        assert.deepEqual(endsWith(there, none, ["opened"]), [0]);
        if (policy === only) assert.deepEqual(endsWith(none, there, ["opened", "closed"]), [0, 0]);
      }
  });
  opens(
    "the agents' mode, which kept the address",
    join(web, denied, agent("routing-mode: native", "kube-proxy-replacement: 'true'", "bpf-lb-mode: dsr"), service()),
    join(web, denied, replacing, service()),
    toBlock,
  );
  it("find nothing with tunnels if no policy distinguishes blocks", () => {
    for (const [before, after] of [
      [local, service()],
      [service(), local],
    ] as const) {
      const states = [before, after].map((leading) => join(web, admits("world"), tunnel, leading));
      assert.deepEqual(endsWith(states[0] ?? "", states[1] ?? "", ["opened", "closed"]), [0, 0]);
    }
  });
  it("cannot tell without the routing mode, if it decides", () => {
    const state = (policy: string, leading: string) => join(web, policy, leading);
    const some = ingress(`ingress: [{fromEntities: [world]}], ingressDeny: [{fromCIDR: [${block}]}]`);
    assert.deepEqual(endsWith(state(some, local), state(some, service()), ["opened:world"]), [2]);
    assert.deepEqual(endsWith(state(denied, local), state(denied, service()), ["opened:world"]), [1]);
  });
  const evaluated = (text: string) => evaluate(manifestsOf([{ file: "all.yaml", text }], { namespace: "default" }));
  it("is a separate endpoint only if ingress policies of pods behind a Service distinguish it", () => {
    const ids = (policy: string, ...more: string[]) =>
      evaluated(join(web, policy, replacing, ...more)).scenario.endpoints.flatMap(({ id, block }) =>
        block === undefined ? [] : [id],
      );
    assert.deepEqual(ids(only, service()), [`${block} through a node`]);
    assert.deepEqual(ids(only, local), []);
    assert.deepEqual(ids(ingress(`egress: [{toCIDR: [${block}]}]`), service()), []);
    assert.deepEqual(ids(only.replaceAll("shop", "other"), service()), []);
  });
  it("is shown separately only on ports that a Service forwards, in every format", () => {
    const { scenario, reachability } = evaluated(join(web, denied, replacing, service()));
    const { every } = everyPort(scenario, reachability);
    const id = `${block} through a node`;
    const targets = [
      [...everyPair(every)].flatMap(({ from, to, port }) => (from === id ? [`${to} ${port}`] : [])),
      [...reachability.answers(every)].flatMap(({ from, verdict: { to, port } }) =>
        from.includes(id) ? [`${to} ${port}`] : [],
      ),
    ];
    assert.deepEqual(targets, [["shop/web 8080"], ["shop/web 8080"]]);
  });
  describe("names the reason", () => {
    const whyOf = (policy: string, ...config: string[]) => {
      const [was, is] = [local, service()].map((leading) =>
        manifestsOf([{ file: "all.yaml", text: join(web, policy, leading, ...config) }], { namespace: "default" }),
      );
      assert.ok(was !== undefined && is !== undefined);
      const flow = { from: `${block} through a node`, to: "shop/web", proto: "TCP", port: 8080 };
      const why = (before: typeof was, after: typeof was) =>
        whyChanged(evaluateBoth(before, after, {}))(flow).map(({ words }) => words);
      return { there: why(was, is), back: why(is, was) };
    };
    const leads = "Service shop/web (all.yaml:5) forwards clients outside the cluster through a node";
    const rule = "rule 1 of shop/web (all.yaml:3) allows it";
    it("names the reason with tunnels, and what admits it", () => {
      const { there, back } = whyOf(denied, tunnel);
      assert.deepEqual(there, [`${leads}, which hides their address: policies see the world, and ${rule}`]);
      assert.deepEqual(back, [
        "Service shop/web (all.yaml:5) no longer forwards clients outside the cluster through a node: policies see their own address",
      ]);
    });
    it("names the missing fact without the routing mode", () => {
      const { there, back } = whyOf(only);
      assert.deepEqual(there, [`${leads}, which hides their address`]);
      assert.deepEqual(back, [
        `Service shop/web (all.yaml:5) no longer forwards clients outside the cluster through a node: policies see their own address, and ${rule}`,
      ]);
    });
  });
  it("is explained by the identity that the policy sees", () => {
    const both = join(web, denied, tunnel, local, service().replace("name: web", "name: other"));
    const manifests = manifestsOf([{ file: "all.yaml", text: both }], { namespace: "default" });
    assert.ok(manifests !== undefined);
    const explainer = explainerOf(evaluate(manifests));
    const ask = (port: number) =>
      explainer.explain({ from: `${block} through a node`, to: "shop/web", proto: "TCP", port }).ingress;
    assert.deepEqual(
      [8080, 8081].map((port) => [ask(port).verdict, ask(port).matching.map(({ effect }) => effect)]),
      [
        ["allowed", ["allow"]],
        ["denied", ["deny", "allow"]],
      ],
    );
  });
});
