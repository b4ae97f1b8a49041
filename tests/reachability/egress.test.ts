import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../lib/input/manifests/read";
import { evaluate } from "../../lib/manifests/evaluate";
import { everyPort } from "../../lib/reachability/every-port";
import { stateOf } from "../../lib/reachability/verdict";
import { standsForWords } from "../../lib/scenario/port-group";

const workload = (name: string, annotations = "") => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec: {template: {metadata: {labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled${annotations}}}, spec: {serviceAccountName: same, containers: [{name: c, ports: [{containerPort: 80}]}]}}}
`;
const base = `${workload("web")}${workload("past", ", config.linkerd.io/skip-outbound-ports: '443'")}${workload("plain").replace("inject: enabled", "inject: disabled")}`;
const network = (name: string, spec: string, namespace = "linkerd-egress") => `---
apiVersion: policy.linkerd.io/v1alpha1
kind: EgressNetwork
metadata: {name: ${name}, namespace: ${namespace}}
spec: {${spec}}
`;
const route = (kind: string, version: string, spec: string) => `---
apiVersion: gateway.networking.k8s.io/${version}
kind: ${kind}
metadata: {name: out, namespace: linkerd-egress}
spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: all, port: 443}], ${spec}}
`;
const deny = network("all", "trafficPolicy: Deny");
const read = (...texts: string[]) => evaluate(readManifests([{ file: "all.yaml", text: [base, ...texts].join("") }]));
const ask = (evaluated: ReturnType<typeof read>, from: string, to = "world", port = 443, proto = "TCP") =>
  evaluated.reachability.verdict({ from, to, proto, port });

test("an EgressNetwork restricts what meshed pods send out of the cluster, and only them", () => {
  const evaluated = read(deny);
  assert.deepEqual(evaluated.problems, []);
  assert.deepEqual(evaluated.unseen, []);
  const web = ask(evaluated, "shop/web");
  assert.equal(web.allowed, false);
  assert.equal(stateOf(web), "denied");
  assert.match(web.linkerd?.reason ?? "", /^EgressNetwork linkerd-egress\/all keeps the client's proxy from sending/);
  assert.deepEqual(web.linkerd?.objects?.[0], { kind: "EgressNetwork", namespace: "linkerd-egress", name: "all" });
  assert.equal(ask(evaluated, "shop/plain").allowed, true, "no proxy");
  assert.equal(
    ask(evaluated, "shop/past").allowed,
    true,
    "the port passes its proxy by, though the account is the same",
  );
  assert.equal(ask(evaluated, "shop/past", "world", 80).allowed, false);
  assert.equal(ask(evaluated, "shop/web", "world", 443, "UDP").allowed, true, "proxies carry TCP alone");
  assert.equal(ask(evaluated, "shop/web", "shop/plain", 80).allowed, true, "pods are in the cluster");
  assert.equal(ask(evaluated, "shop/web", "kube-apiserver", 6443).allowed, true);
  assert.equal(ask(read(network("all", "trafficPolicy: Allow")), "shop/web").linkerd, undefined);
});

test("an EgressNetwork does not apply to ports that bypass the proxy by namespace or chart, nor to the cluster's networks", () => {
  const chart = (values: string) =>
    `---\n{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r, namespace: linkerd}, spec: {chart: {spec: {chart: linkerd-control-plane}}, values: ${values}}}\n`;
  const skipped = read(deny, chart("{proxyInit: {ignoreOutboundPorts: '8000-8100,443'}}"));
  const ports = [80, 443, 8050, 4567].map((port) => ask(skipped, "shop/web", "world", port).allowed);
  assert.deepEqual(ports, [false, true, true, false]);
  assert.equal(ask(read(deny), "shop/web", "world", 4567).allowed, true, "one of the chart's own");
  const namespace =
    "---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {config.linkerd.io/skip-outbound-ports: '443'}}}\n";
  assert.equal(ask(read(deny, namespace), "shop/web").allowed, true);
  const block = network("partner", "networks: [{cidr: 203.0.113.0/24}], trafficPolicy: Allow");
  assert.equal(ask(read(deny), "shop/web", "world").allowed, false);
  const policy =
    "---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {}, egress: [{toCIDR: [203.0.113.0/24, 198.51.100.0/24]}]}}\n";
  const inside = read(deny, policy, chart("{clusterNetworks: '10.0.0.0/8,203.0.113.0/24'}"));
  assert.equal(ask(inside, "shop/web", "203.0.113.0/24").allowed, true, "an address of the cluster's networks");
  assert.equal(ask(inside, "shop/web", "198.51.100.0/24").allowed, false);
  const all = network("all", "networks: [{cidr: 0.0.0.0/0}], trafficPolicy: Deny");
  const named = read(all, block, route("TCPRoute", "v1alpha2", "rules: [{}]"));
  assert.equal(
    ask(named, "shop/web").allowed,
    false,
    "no route is accepted of one that overlaps the cluster's networks",
  );
});

test("networks' blocks are peers of their own, and routes' ports are distinct from others", () => {
  const partner = network(
    "partner",
    "networks: [{cidr: 203.0.113.0/24, except: [203.0.113.8/29]}], trafficPolicy: Allow",
  );
  const evaluated = read(deny, partner, route("TCPRoute", "v1alpha2", "rules: [{}]"));
  const states = ["203.0.113.0/24", "203.0.113.8/29", "world"].map((to) => [
    to,
    ask(evaluated, "shop/web", to, 25).allowed,
  ]);
  assert.deepEqual(states, [
    ["203.0.113.0/24", true],
    ["203.0.113.8/29", false],
    ["world", false],
  ]);
  assert.equal(ask(evaluated, "shop/web").allowed, true);
  const { every } = everyPort(evaluated.scenario, evaluated.reachability);
  const ports = every
    .find(({ id }) => id === "world")
    ?.ports?.map(({ port, protocol, standsFor }) => [
      protocol,
      standsFor === undefined ? port : standsForWords(standsFor),
    ]);
  assert.deepEqual(ports?.slice(0, 2), [
    ["TCP", 443],
    ["TCP", "any other port"],
  ]);
});

test("lets out what a route takes, and nothing else", () => {
  const requests = (...texts: string[]) =>
    ask(read(deny, ...texts), "shop/web").linkerd?.routes?.map((one) => [one.requests, one.verdict]);
  assert.deepEqual(requests(route("TLSRoute", "v1alpha2", "hostnames: [b.example, a.example], rules: [{}]")), [
    ["TLS to a.example, b.example", "allowed"],
    ["everything else", "denied"],
  ]);
  assert.deepEqual(
    requests(route("HTTPRoute", "v1", "hostnames: [api.example], rules: [{matches: [{method: GET}]}]")),
    [
      ["GET /* at api.example", "allowed"],
      ["everything else", "denied"],
    ],
  );
  const elsewhere = read(deny, route("HTTPRoute", "v1", "rules: [{backendRefs: [{name: proxy, port: 80}]}]"));
  assert.equal(stateOf(ask(elsewhere, "shop/web")), "unknown");
});
