import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterError, factsOf, type InboundAnswers, podsRule, type Snapshot } from "../../lib/cluster";
import { readServer } from "../../lib/linkerd/policy/inbound-api";
import type { PolicyView } from "../../lib/linkerd/policy/view";
import { askController, controllerPorts, type PredictedPort } from "../../lib/verify/controller";
import type { Probe } from "../../lib/verify/probe";
import { serverBytes } from "./policy-api";
import { type RecordedController, recordedController } from "./recordings";

const signal = new AbortController().signal;
const asking = { namespace: "linkerd", signal, pauseSeconds: 0.001 };

/** The predictions for the ports in the recorded cluster, or in a variation of it. */
function predicted(change: (recorded: RecordedController) => void = () => undefined): PredictedPort[] {
  const recorded = recordedController();
  change(recorded);
  const empty = { nodes: [], services: [], controllers: [], policies: [], cidrGroups: [], otherPolicies: [] };
  const none = { ciliumEndpoints: [], configMaps: [], certificates: [], agents: [], missing: [] };
  const about = { context: "c", readAt: "2026-11-26T04:00:00Z", scope: { namespaces: ["shop"] } };
  const facts = factsOf({ ...about, ...empty, ...none, ...recorded } as Snapshot);
  const probes = Object.keys(recorded.answers).map((key) => {
    const [id = "", port] = key.split(" ");
    const pod = facts.workloads.find((workload) => workload.id === id)?.pods[0];
    assert.ok(pod, key);
    const target = {
      id,
      ip: pod.ip,
      pod: { namespace: pod.namespace, name: pod.name, container: "c" },
      meshed: true,
      ours: false,
    };
    return { kind: "http", target, port: Number(port) } as Probe;
  });
  return controllerPorts([...probes, ...probes], facts);
}

/** The recorded controller's answer. */
const told = ({ to, port }: { to: string; port: number }): PolicyView => {
  const answer = recordedController().answers[`${to} ${port}`];
  assert.ok(answer, `${to} ${port}`);
  return readServer(serverBytes(answer));
};

const controller = { namespace: "linkerd", name: "linkerd-destination-1" };
const answering = (answer: (port: PredictedPort, round: number) => PolicyView | string) => {
  let round = 0;
  return {
    inboundPolicies: async (_: string, ports: readonly unknown[]): Promise<InboundAnswers> => {
      round++;
      return { controller, answers: (ports as PredictedPort[]).map((port) => answer(port, round)) };
    },
    rounds: () => round,
  };
};

test("a recorded controller agrees with the prediction for each port", async () => {
  const ports = predicted();
  assert.deepEqual(
    ports.map(({ to, port }) => `${to} ${port}`).sort(),
    Object.keys(recordedController().answers).sort(),
  );
  const cluster = answering(told);
  const report = await askController(cluster, ports, asking);
  assert.deepEqual(
    report?.ports.map(({ to, port, state, how }) => [`${to} ${port}`, state, ...how]),
    [
      ["shop/cart 9898", "agrees", "Server cart-http"],
      ["shop/cart 9999", "agrees", "default policy all-unauthenticated"],
      ["shop/catalog 9898", "agrees", "Server catalog-http"],
      ["shop/frontend 9898", "agrees", "default policy all-unauthenticated"],
      ["shop/redis 6379", "agrees", "default policy all-unauthenticated"],
    ],
  );
  assert.deepEqual([report?.answeredBy, cluster.rounds()], ["linkerd/linkerd-destination-1", 1]);
});

/** The result for the cart's port if the cluster differs from what the controller has. */
async function difference(change: (recorded: RecordedController) => void, port = 9898): Promise<string[]> {
  const ports = predicted(change).filter((one) => one.to === "shop/cart" && one.port === port);
  const report = await askController(answering(told), ports, asking);
  const [found] = report?.ports ?? [];
  return [found?.state ?? "", ...(found?.how ?? [])];
}

type Spec = { spec: Record<string, unknown> };
const specOf = (recorded: RecordedController, kind: string, name: string): Record<string, unknown> => {
  const found = recorded.authorization.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return (found as unknown as Spec).spec;
};

test("names the difference if the controller has other objects", async () => {
  assert.deepEqual(
    await difference((recorded) => {
      recorded.authorization = recorded.authorization.filter(({ kind }) => kind !== "Server");
    }),
    ["differs", "the controller applies Server cart-http, but default policy all-unauthenticated was predicted"],
  );
  assert.deepEqual(
    await difference((recorded) => {
      recorded.authorization = recorded.authorization.filter(({ kind }) => kind !== "AuthorizationPolicy");
    }),
    [
      "differs",
      "the controller admits frontend.shop.serviceaccount.identity.linkerd.cluster.local from anywhere through AuthorizationPolicy cart-frontend, which was not predicted",
    ],
  );
  assert.deepEqual(
    await difference((recorded) => {
      specOf(recorded, "MeshTLSAuthentication", "cart-frontend").identityRefs = [
        { kind: "ServiceAccount", name: "web" },
      ];
      specOf(recorded, "Server", "cart-http").proxyProtocol = "HTTP/2";
      specOf(recorded, "Server", "cart-http").accessPolicy = "cluster-authenticated";
    }),
    [
      "differs",
      "the controller says http1, but http2 was predicted",
      "AuthorizationPolicy cart-frontend admits frontend.shop.serviceaccount.identity.linkerd.cluster.local from anywhere according to the controller, but web.shop.serviceaccount.identity.linkerd.cluster.local from anywhere was predicted",
      "the controller does not apply accessPolicy cluster-authenticated, which was predicted",
    ],
  );
});

test("compares routes, their matches and their own authorizations", async () => {
  const route = {
    apiVersion: "policy.linkerd.io/v1beta3",
    kind: "HTTPRoute",
    metadata: { name: "read", namespace: "shop" },
    spec: {
      parentRefs: [{ group: "policy.linkerd.io", kind: "Server", name: "cart-http" }],
      rules: [{ matches: [{ path: { value: "/cart" }, method: "GET" }] }],
    },
  };
  assert.deepEqual(await difference(({ authorization }) => void authorization.push(route)), [
    "differs",
    "the controller does not have HTTPRoute read of policy.linkerd.io, which was predicted",
    "the controller has the default route, which was not predicted",
    "the controller has the probe route, which was not predicted",
  ]);
  const probes = await difference(({ pods }) => {
    for (const { spec } of pods)
      for (const container of spec.containers as { readinessProbe?: { httpGet?: { path: string } } }[])
        if (container.readinessProbe?.httpGet) container.readinessProbe.httpGet.path = "/ok";
  });
  assert.deepEqual(probes, [
    "differs",
    "the probe route matches GET /healthz; GET /readyz according to the controller, but GET /healthz; GET /ok was predicted",
  ]);
});

test("asks a lagging controller again, and reports one that stays behind", async () => {
  const ports = predicted();
  const late = answering((port, round) =>
    round === 1 ? "Linkerd's policy controller answers with gRPC status 5" : told(port),
  );
  const report = await askController(late, ports, asking);
  assert.deepEqual([report?.ports.every(({ state }) => state === "agrees"), late.rounds()], [true, 2]);
  const never = answering(() => "unknown server");
  const other = await askController(never, ports.slice(0, 1), asking);
  assert.deepEqual(other?.ports, [{ to: "shop/cart", port: 9898, state: "not proven", how: ["unknown server"] }]);
  assert.equal(never.rounds(), 3);
});

test("reports no agreement on what is not predicted or what the proxy refuses", async () => {
  const said = (change: (recorded: RecordedController) => void) => difference(change, 9999);
  const grpcServer = {
    apiVersion: "policy.linkerd.io/v1beta3",
    kind: "Server",
    metadata: { name: "calls", namespace: "shop", creationTimestamp: "2026-11-26T03:00:00Z" },
    spec: { podSelector: {}, port: 9999, proxyProtocol: "gRPC" },
  };
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GRPCRoute",
    metadata: { name: "calls", namespace: "shop" },
    spec: {
      parentRefs: [{ group: "policy.linkerd.io", kind: "Server", name: "calls" }],
      rules: [{ matches: [{ headers: [{ name: "x", value: "y" }] }] }],
    },
  };
  assert.deepEqual(await said(({ authorization }) => void authorization.push(grpcServer, route)), [
    "not proven",
    "the proxy refuses what the controller sends, and denies everything: GRPCRoute calls has a match without method",
  ]);
});

test("a controller that cannot be asked leaves its ports unproven, with the missing permission; a lost cluster ends the proof", async () => {
  const [port] = predicted();
  assert.ok(port);
  const failing = (error: ClusterError) => ({ inboundPolicies: () => Promise.reject(error) });
  const rule = podsRule("linkerd");
  const report = await askController(failing(new ClusterError("forbidden", "you may not", { rule })), [port], asking);
  assert.deepEqual(report, {
    absent: { text: "you may not", rules: [rule] },
    ports: [{ to: "shop/cart", port: 9898, state: "not proven", how: ["you may not"] }],
  });
  const absent = await askController(failing(new ClusterError("absent", "none", { cure: "see" })), [port], asking);
  assert.deepEqual(absent?.absent, { text: "none; see" });
  for (const kind of ["interrupted", "unreachable"] as const)
    await assert.rejects(askController(failing(new ClusterError(kind, "gone")), [port], asking), { kind });
  assert.equal(await askController(failing(new ClusterError("absent", "none")), [], asking), undefined);
});
