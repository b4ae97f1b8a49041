import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { fileOfPlan } from "../../lib/cli/input/program";
import { reachReport } from "../../lib/cli/reports/reach";

import { AuthorizationPolicy } from "../../lib/components/authorization/authorization-policy";
import { LinkerdGrpcRoute } from "../../lib/components/authorization/grpc-route";
import { LinkerdHttpRoute } from "../../lib/components/authorization/http-route";
import { MeshTlsAuthentication } from "../../lib/components/authorization/mesh-tls-authentication";
import { NetworkAuthentication } from "../../lib/components/authorization/network-authentication";
import { LinkerdServer } from "../../lib/components/authorization/server";
import { type ReachabilityArgs, reachabilityOf } from "../../lib/components/reachability-of";
import { Identity, type LinkerdManifest, Target } from "../../lib/linkerd/model";
import { evaluate } from "../../lib/manifests/evaluate";
import { planOf } from "../../lib/plan";
import * as plugin from "../../lib/plugin";
import { reachText } from "../../lib/report/reach/reach-text";
import { bothModes, failure, inputs, only, recorded } from "../support/recorded";

const namespace = "shop";
let made = 0;
const options = (): pulumi.ComponentResourceOptions => ({
  provider: new k8s.Provider(`cluster-${++made}`, { kubeconfig: "{}" }),
});

/** Clients that may GET below /api on a server's port. */
function everyKind(opts: pulumi.ComponentResourceOptions) {
  const identities = [Identity.account("web", namespace)];
  return [
    new LinkerdServer("api", { namespace, pods: { matchLabels: { app: "api" } }, port: 8080 }, opts),
    new LinkerdHttpRoute("read", { namespace, server: "api", requests: [{ pathPrefix: "/api" }] }, opts),
    new MeshTlsAuthentication("clients", { namespace, identities }, opts),
    new AuthorizationPolicy(
      "clients",
      { namespace, target: Target.httpRoute("read"), required: { meshTls: "clients" } },
      opts,
    ),
    new NetworkAuthentication("office", { namespace, networks: [{ cidr: "192.0.2.0/24" }] }, opts),
    new LinkerdGrpcRoute("calls", { namespace, server: "other", calls: "all" }, opts),
  ];
}

const workload = (name: string) => ({
  apiVersion: "apps/v1" as const,
  kind: "Deployment" as const,
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { "linkerd.io/inject": "enabled" } },
      spec: { serviceAccountName: name, containers: [{ name, image: name, ports: [{ containerPort: 8080 }] }] },
    },
  },
});
const objects = ["web", "batch", "api"].map(workload);

for (const mode of bothModes)
  test(`${mode}: registers each Linkerd kind as the model's manifest, as a child of its component`, async () => {
    const manifests: LinkerdManifest[] = [];
    const recording = await recorded(
      () => void manifests.push(...everyKind(options()).flatMap((component) => component.manifests)),
      { mode },
    );
    const custom = recording.registrations.filter(({ type }) => /^kubernetes:(policy\.linkerd|gateway)/.test(type));
    const byKind = (all: readonly unknown[]) => new Map((all as LinkerdManifest[]).map((one) => [one.kind, one]));
    assert.equal(custom.length, 6);
    assert.deepEqual(byKind(custom.map(inputs)), byKind(manifests));
    for (const { parent } of custom) assert.match(parent ?? "", /::meshfence:index:[A-Z]/);
  });

test("a preview knows their effect without a cluster", async () => {
  const { outputs } = await recorded(
    () => {
      const policies: ReachabilityArgs["policies"] = everyKind(options());
      return { edges: reachabilityOf({ policies, objects, transportMode: "transparent" }) };
    },
    { mode: "preview" },
  );
  const edges = outputs.edges as { [edge: string]: string };
  assert.equal(edges["shop/web -> shop/api"], "TCP 8080 (/api/* ✓, everything else ✗ 404) mTLS");
  assert.equal(edges["shop/batch -> shop/api"], undefined);
});

test("reach sees them in a plan", async () => {
  const recording = await recorded(
    () => {
      const opts = options();
      everyKind(opts);
      for (const one of objects)
        new k8s.apps.v1.Deployment(one.metadata.name, one, { provider: opts.provider as k8s.Provider });
    },
    { mode: "preview" },
  );
  const read = { namespace: "default" };
  const state = evaluate(manifestsOf([fileOfPlan({ plan: planOf(recording) })], read), read);
  assert.deepEqual(state.problems, []);
  assert.match(reachText(reachReport(state)), /\/api\/\* ✓, everything else ✗ 404/);
});

test("problems are an error of the component, with path and fix, and nothing is created", async () => {
  const server = () =>
    void new LinkerdServer("api", { namespace, pods: { matchLabels: {} }, port: "8080", name: "Api" }, options());
  const message = await failure(server);
  assert.match(message, /name: .*[aA]pi/);
  assert.match(message, /port: "8080" is not a name that a port can have; write the number without quotes: 8080/);
  assert.match(message, /pods: no label selects every pod of the namespace; write pods: "all"/);
  assert.match(
    await failure(
      () => void new AuthorizationPolicy("a", { namespace, target: Target.namespace(), required: {} }, options()),
    ),
    /required: a policy that requires nothing admits everyone/,
  );
  assert.match(
    await failure(() => void new LinkerdServer("api", { namespace, pods: "all", port: 8080 })),
    /no Kubernetes provider/,
  );
});

test("other languages write them without unions, with the same meaning", async () => {
  const recording = await recorded(() => {
    const opts = options();
    const pods = { matchLabels: { app: "api" } };
    new plugin.LinkerdServer("api", { namespace, pods, portName: "http", accessPolicy: "audit" }, opts);
    new plugin.LinkerdServer("all", { namespace, pods: { all: true }, port: 8080, protocol: "gRPC" }, opts);
    const account = { name: "web", namespace };
    new plugin.MeshTlsAuthentication("clients", { namespace, accounts: [account] }, opts);
    new plugin.AuthorizationPolicy("open", { namespace, target: { kind: "namespace" }, requireNothing: true }, opts);
    new plugin.LinkerdGrpcRoute("calls", { namespace, server: "all", allCalls: true }, opts);
  });
  const spec = (type: string, name: string) => inputs(only(recording, `kubernetes:${type}`, name)).spec;
  const podSelector = { matchLabels: { app: "api" } };
  const server = { accessPolicy: "audit", podSelector, port: "http", proxyProtocol: "unknown" };
  assert.deepEqual(spec("policy.linkerd.io/v1beta3:Server", "api-server"), server);
  assert.deepEqual(spec("policy.linkerd.io/v1beta3:Server", "all-server"), {
    accessPolicy: "deny",
    podSelector: {},
    port: 8080,
    proxyProtocol: "gRPC",
  });
  assert.deepEqual(spec("policy.linkerd.io/v1alpha1:MeshTLSAuthentication", "clients-authentication"), {
    identityRefs: [{ kind: "ServiceAccount", name: "web", namespace }],
  });
  assert.deepEqual(spec("policy.linkerd.io/v1alpha1:AuthorizationPolicy", "open-authorization"), {
    requiredAuthenticationRefs: [],
    targetRef: { kind: "Namespace", name: namespace },
  });
  const both = { namespace, pods: {}, port: 8080, portName: "http" };
  assert.match(
    await failure(() => void new plugin.LinkerdServer("api", both, options())),
    /more than one of port and portName; give `port` for a number, `portName` for a name/,
  );
});

test("a fence in another language accepts both layers, requests, and a meshed caller that is not a workload", async () => {
  const to = { name: "api", namespace, endpoints: { matchLabels: { app: "api" } }, probes: [] };
  const ports = [{ number: 8080, protocol: "TCP" as const }];
  const peer = { kind: "endpoints" as const, endpoints: { matchLabels: { app: "gateway" } } };
  const fromMeshedPeer = { peer, accounts: [{ name: "gateway", namespace: "edge" }] };
  const edge = { fromMeshedPeer, to, ports, requests: [{ path: "/orders" }] };
  const recording = await recorded(() => void new plugin.Fence("shop", { enforce: "both", edges: [edge] }, options()));
  const route = only(recording, "kubernetes:policy.linkerd.io/v1beta3:HTTPRoute");
  assert.match(JSON.stringify(inputs(route)), /"value":"\/orders"/);
  const named = inputs(
    only(
      recording,
      "kubernetes:policy.linkerd.io/v1alpha1:MeshTLSAuthentication",
      "shop-shop-api-8080-requests-1-accounts-authentication",
    ),
  );
  assert.match(JSON.stringify(named), /"name":"gateway","namespace":"edge"/);
  assert.match(
    await failure(() => void new plugin.Fence("shop", { edges: [{ to, ports }] }, options())),
    /edges\[0\]: missing from, fromPeer and fromMeshedPeer/,
  );
});
