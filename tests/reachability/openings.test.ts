import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EgressRule, IngressRule } from "../../lib/cilium/api/policy";
import { append } from "../../lib/common/maps";
import { readManifests } from "../../lib/input/manifests/read";
import { edgesOfObjects } from "../../lib/input/scenario/edges";
import { scenarioOf } from "../../lib/input/scenario/scenario";
import { compile, type Reachability } from "../../lib/reachability";
import { type Change, diffReachability, edgesOf, type Side } from "../../lib/reachability/diff";
import { portWords } from "../../lib/reachability/words";
import { policy as anyPolicy, workload as anyWorkload } from "../input/manifests/samples";
import { runs } from "../support/runs";

type State = ReturnType<typeof readManifests>;
const stateOf = (items: unknown[]): State =>
  readManifests([{ file: "a", text: JSON.stringify({ kind: "List", apiVersion: "v1", items }) }]);

type Tested = Side & { reachability: Reachability };

function sides(before: State, after: State): [Tested, Tested] {
  const told = [...before.policies, ...after.policies].map(({ manifest }) => manifest);
  const side = (of: State, other: State): Tested => {
    const scenario = scenarioOf(of, told, {}, other);
    return {
      scenario,
      reachability: compile(
        of.policies.map(({ manifest }) => manifest),
        scenario,
      ),
    };
  };
  return [side(before, after), side(after, before)];
}

const workload = (name: string, ports: number[] = [], annotations = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: {
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: { containers: [{ name, ports: ports.map((containerPort) => ({ containerPort })) }] },
    },
  },
});
const policy = (spec: object) => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "web", namespace: "shop" },
  spec: { endpointSelector: { matchLabels: { app: "web" } }, ...spec },
});
const nobody = { fromEntities: ["none"] };
const ports = (...list: { port: string; endPort?: number; protocol?: string }[]) => [{ ports: list }];
const shown = (changes: readonly Change[]) =>
  [...edgesOf(changes)].map((edge) => `${edge.from} > ${edge.to} ${portWords(edge)}`);

/** What is opened at `web` between two ingress rules. */
function openedBetween(before: IngressRule, after: IngressRule, { ports = [80], annotations = {} } = {}): string[] {
  const state = (ingress: IngressRule) =>
    stateOf([workload("web", ports, annotations), policy({ ingress: [ingress] })]);
  return shown(diffReachability(...sides(state(before), state(after))).opened);
}
const world = (rule: IngressRule = {}): IngressRule => ({ fromEntities: ["world"], ...rule });

test("a workload without a known port opens at any port", () => {
  assert.deepEqual(openedBetween(nobody, world(), { ports: [] }), [
    "world > shop/web TCP any port",
    "world > shop/web UDP any port, SCTP and ICMP too",
  ]);
});

test("a range without known listeners opens", () => {
  assert.deepEqual(openedBetween(nobody, world({ toPorts: ports({ port: "9000", endPort: 9999 }) })), [
    "world > shop/web TCP 9000-9999",
    "world > shop/web UDP 9000-9999",
    "world > shop/web SCTP 9000-9999",
  ]);
  const udp = world({ toPorts: ports({ port: "9000", endPort: 9999, protocol: "UDP" }) });
  assert.deepEqual(openedBetween(nobody, udp), ["world > shop/web UDP 9000-9999"]);
});

test("a range opens around a port of it that was open already", () => {
  const one = world({ toPorts: ports({ port: "9000" }) });
  assert.deepEqual(openedBetween(one, world({ toPorts: ports({ port: "9000", endPort: 9999 }) })), [
    "world > shop/web TCP 9001-9999",
    "world > shop/web UDP 9001-9999",
    "world > shop/web SCTP 9001-9999",
  ]);
});

test("ICMP opens, and type 0 means all types", () => {
  const icmp = (type: number | string, family?: "IPv4" | "IPv6") =>
    world({ icmps: [{ fields: [{ type, ...(family && { family }) }] }] });
  assert.deepEqual(openedBetween(nobody, icmp(8)), ["world > shop/web ICMP type 8"]);
  assert.deepEqual(openedBetween(nobody, icmp("EchoRequest", "IPv6")), ["world > shop/web ICMPv6 type 128"]);
  assert.deepEqual(openedBetween(nobody, icmp(0)), ["world > shop/web ICMP any type"]);
  assert.deepEqual(openedBetween(world({ toPorts: ports({ port: "0" }) }), world()), [
    "world > shop/web ICMP any type, ICMPv6 too",
  ]);
});

test("all ports open around one that was open already", () => {
  const eighty = world({ toPorts: ports({ port: "80" }) });
  assert.deepEqual(openedBetween(eighty, world()), ["world > shop/web any other port or protocol"]);
  // If a listener is known, its port and all ports are two separate openings.
  assert.deepEqual(
    openedBetween(nobody, eighty),
    ["TCP", "UDP", "SCTP"].map((protocol) => `world > shop/web ${protocol} 80`),
  );
  assert.deepEqual(openedBetween(nobody, world()), [
    "world > shop/web TCP 80",
    "world > shop/web any other port or protocol",
  ]);
  const all = world({ toPorts: ports({ port: "1", endPort: 65_535, protocol: "TCP" }) });
  assert.deepEqual(openedBetween(nobody, all), ["world > shop/web TCP 80", "world > shop/web TCP 1-65535"]);
});

test("reports every protocol that opens, not only the one with most ports", () => {
  const eighty = ports({ port: "80", protocol: "TCP" });
  const before = world({ toPorts: eighty });
  const after = world({ toPorts: [...eighty, ...ports({ port: "0", protocol: "ANY" })] });
  assert.deepEqual(openedBetween(before, after), [
    "world > shop/web TCP any other port",
    "world > shop/web UDP any port",
    "world > shop/web SCTP any port",
  ]);
});

test("reports lost mTLS even if no port is known", () => {
  const state = (inject: string) =>
    stateOf([
      workload("web", [], { "linkerd.io/inject": inject }),
      workload("client", [], { "linkerd.io/inject": "enabled" }),
    ]);
  const { changed } = diffReachability(...sides(state("enabled"), state("disabled")));
  assert.deepEqual(shown(changed), ["shop/web > shop/client TCP any port", "shop/client > shop/web TCP any port"]);
});

test("the first pod with a proxy changes nothing between the others", () => {
  const others = [workload("web", [80]), workload("client", [80])];
  const meshed = workload("meshed", [80], { "linkerd.io/inject": "enabled" });
  const { changed, unchanged } = diffReachability(...sides(stateOf(others), stateOf([...others, meshed])));
  assert.deepEqual(changed, []);
  assert.ok(unchanged.allowed > 0);
});

test("on a mesh, UDP opens beside TCP, which travels inside 4143", () => {
  const pods = (toPorts?: IngressRule["toPorts"]): IngressRule => ({
    fromEndpoints: [{}],
    ...(toPorts && { toPorts }),
  });
  const annotations = { "linkerd.io/inject": "enabled" };
  const state = (ingress: IngressRule) =>
    stateOf([workload("web", [80], annotations), workload("client", [], annotations), policy({ ingress: [ingress] })]);
  const { opened } = diffReachability(...sides(state(pods(ports({ port: "4143", protocol: "TCP" }))), state(pods())));
  assert.deepEqual(shown(opened), ["shop/client > shop/web UDP any port, SCTP and ICMP too"]);
});

test("egress opens like ingress: other ports of the world, nodes, ICMP, pods without ports", () => {
  const opened = (before: EgressRule, after: EgressRule) => {
    const state = (egress: EgressRule) => stateOf([workload("web"), workload("db"), policy({ egress: [egress] })]);
    return shown(diffReachability(...sides(state(before), state(after))).opened);
  };
  const none: EgressRule = { toEntities: ["none"] };
  const https: EgressRule = { toEntities: ["world"], toPorts: ports({ port: "443" }) };
  assert.deepEqual(opened(https, { toEntities: ["world"] }), ["shop/web > world any other port or protocol"]);
  assert.deepEqual(opened(none, { toEntities: ["world"], icmps: [{ fields: [{ type: 8 }] }] }), [
    "shop/web > world ICMP type 8",
  ]);
  assert.deepEqual(opened(none, { toEntities: ["host"] }), ["shop/web > host any port or protocol"]);
  assert.deepEqual(opened(none, { toEndpoints: [{ matchLabels: { app: "db" } }] }), [
    "shop/web > shop/db any port or protocol",
  ]);
});

test("a known TCP port does not stand for other protocols that open with it", () => {
  const any = (port: string) => ({ fromEntities: ["world"], toPorts: ports({ port }) });
  assert.deepEqual(openedBetween(nobody, any("80")), [
    "world > shop/web TCP 80",
    "world > shop/web UDP 80",
    "world > shop/web SCTP 80",
  ]);
});

test("the stack's output reports the same", () => {
  const edges = (ingress: IngressRule, declared: number[] = []) =>
    edgesOfObjects([workload("web", declared), policy({ ingress: [ingress] })], {}).edges["world -> shop/web"];
  assert.equal(edges(world()), "TCP any port");
  assert.equal(edges(world({ toPorts: ports({ port: "9000", endPort: 9999 }) })), "TCP 9000-9999");
  assert.equal(edges(world({ icmps: [{ fields: [{ type: 8 }] }] }), [80]), "ICMP type 8");
});

test("finds the ports that a policy opens whatever the cluster's name", () => {
  const cluster = "k8s:io.cilium.k8s.policy.cluster";
  const ingress = [{ fromEntities: ["world"], toPorts: ports({ port: "8080", protocol: "TCP" }) }];
  const clusterwide = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumClusterwideNetworkPolicy",
    metadata: { name: "web" },
    spec: { endpointSelector: { matchLabels: { app: "web", [cluster]: "prod" } }, ingress },
  };
  const asked = (clusterName?: string) => {
    const { edges } = edgesOfObjects([workload("web"), clusterwide], { clusterName });
    return edges["world -> shop/web"];
  };
  assert.deepEqual([asked("prod"), asked()], ["TCP 8080", undefined]);
});

const state = fc
  .tuple(fc.array(anyPolicy, { maxLength: 3 }), fc.array(anyWorkload, { maxLength: 3 }))
  .map(([policies, workloads]) => stateOf([...policies, ...workloads]));
const anyPort = fc.oneof(
  fc.record({ proto: fc.constantFrom("TCP", "UDP", "SCTP"), port: fc.integer({ min: 1, max: 65_535 }) }),
  fc.record({
    proto: fc.constantFrom("TCP", "UDP", "SCTP"),
    port: fc.constantFrom(53, 80, 443, 4143, 5432, 8080, 9000),
  }),
  fc.record({ proto: fc.constantFrom("ICMP", "ICMPv6"), port: fc.integer({ min: 1, max: 255 }) }),
);

/** What is told of two ends. */
function toldOf(changes: readonly Change[]): Map<string, string[]> {
  const told = new Map<string, string[]>();
  for (const edge of edgesOf(changes)) append(told, `${edge.from} > ${edge.to}`, portWords(edge));
  return told;
}

/** Whether `any other port or protocol`, `UDP any port, SCTP and ICMP too` say something of a protocol. */
function speaksOf(text: string, proto: string): boolean {
  const both = proto === "ICMPv6" && / ICMP too$/.test(text);
  return both || text.endsWith("or protocol") || new RegExp(`\\b${proto}\\b`).test(text);
}

test("every opening is reported, with its peers and protocols, whatever the port", () => {
  const [shut, open] = [nobody, world()].map((ingress) => stateOf([workload("web"), policy({ ingress: [ingress] })]));
  assert.ok(shut !== undefined && open !== undefined);
  let opened = 0;
  fc.assert(
    fc.property(state, state, anyPort, (a, b, asked) => {
      const [before, after] = sides(a, b);
      const told = toldOf(diffReachability(before, after).opened);
      const kept = before.scenario.endpoints.filter(({ id }) =>
        after.scenario.endpoints.some((other) => other.id === id),
      );
      for (const { id: from } of kept) {
        for (const { id: to } of kept) {
          if (from === to) continue;
          const [was, is] = [before, after].map(({ reachability }) => reachability.verdict({ from, to, ...asked }));
          if (is?.allowed !== true || was?.allowed !== false) continue;
          if (was.wire?.refused !== undefined || (was.egress !== "denied" && was.ingress !== "denied")) continue;
          opened++;
          const words = told.get(`${from} > ${to}`) ?? [];
          assert.ok(
            words.some((text) => speaksOf(text, asked.proto)),
            `${from} > ${to} ${portWords(asked)}: ${words}`,
          );
        }
      }
    }),
    { numRuns: runs(60), examples: [[shut, open, { proto: "TCP", port: 9000 }]] },
  );
  assert.ok(opened > 0, "nothing was opened");
});

test("reach asks about what it can show, and names endpoints that it did not ask about", () => {
  const scenarioWith = (...objects: unknown[]) => {
    const read = stateOf(objects);
    return scenarioOf(
      read,
      read.policies.map(({ manifest }) => manifest),
    );
  };
  const portsOf = (ingress: IngressRule[], declared: number[] = []) =>
    scenarioWith(workload("web", declared), policy({ ingress }))
      .endpoints.find(({ id }) => id === "shop/web")
      ?.ports?.map(({ protocol = "TCP", ...port }) => portWords({ proto: protocol, ...port }));
  assert.deepEqual(portsOf([world()]), ["TCP any port"]);
  assert.deepEqual(portsOf([{}]), []);
  assert.deepEqual(portsOf([nobody]), []);
  assert.deepEqual(portsOf([world()], [80]), ["TCP 80"]);
  assert.deepEqual(portsOf([world({ toPorts: ports({ port: "9000", endPort: 9999 }) })], [9898]), ["TCP 9898"]);
  assert.deepEqual(portsOf([world({ icmps: [{ fields: [{ type: 8 }] }] }), world()]), ["ICMP type 8", "TCP any port"]);
  // No rule names the example port.
  const named = scenarioWith(workload("web"), policy({ ingress: [world()], ingressDeny: [] }), {
    ...policy({ egress: [{ toPorts: ports({ port: "1", endPort: 99 }, { port: "100" }) }] }),
    metadata: { name: "other", namespace: "shop" },
  });
  assert.deepEqual(named.endpoints.find(({ id }) => id === "shop/web")?.ports, [
    { port: 101, protocol: "TCP", standsFor: { protocols: ["TCP"], ports: "all" } },
  ]);
});
