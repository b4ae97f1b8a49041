import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Endpoints, Peer, Port } from "../../lib/cilium/model";
import { Cilium } from "../../lib/components/cilium/cilium";
import { Linkerd } from "../../lib/components/linkerd";
import { Fence, type FenceArgs } from "../../lib/components/policies/fence";
import { type ReachabilityArgs, reachabilityOf } from "../../lib/components/reachability-of";
import { fenceManifests } from "../../lib/fence/fence";
import { Unknown } from "../../lib/pulumi-engine";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { failure, recorded } from "../support/recorded";

const namespace = "shop";
const app = (name: string) => ({ name, namespace, endpoints: Endpoints.labels({ app: name }) });
const edges = [{ from: app("client"), to: app("server"), ports: [Port.tcp(9898)] }];
let made = 0;
const options = () => ({ provider: new k8s.Provider(`cluster-${++made}`, { kubeconfig: "{}" }) });
const toServer = "shop/client -> shop/server";

/** A Deployment's arguments, with an environment variable that is unknown in a preview, and a secret one. */
const deployment = (name: string, annotations: pulumi.Input<{ [key: string]: string }> = {}) => ({
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: {
        containers: [
          {
            name,
            image: name,
            env: [
              { name: "HOST", value: new k8s.core.v1.Secret(`${name}-host`, {}, options()).id },
              { name: "PASSWORD", value: pulumi.secret("x") },
            ],
            ports: [{ containerPort: 9898 }, { containerPort: 9797 }],
          },
        ],
      },
    },
  },
});
const manifest = (name: string, annotations?: pulumi.Input<{ [key: string]: string }>) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  ...deployment(name, annotations),
});
const meshed = { "linkerd.io/inject": "enabled" };

test("a preview computes who can talk to whom from manifests, as plain text", async () => {
  const { outputs } = await recorded(
    () => ({
      edges: reachabilityOf({
        policies: [new Fence("shop", { edges }, options())],
        objects: [manifest("client"), manifest("server"), manifest("other")],
      }),
    }),
    { mode: "preview" },
  );
  const found = outputs.edges as Record<string, string>;
  assert.equal(found[toServer], "TCP 9898");
  assert.deepEqual(
    Object.keys(found).filter((edge) => edge.endsWith("-> shop/server")),
    ["host -> shop/server", "linkerd-viz/prometheus -> shop/server", "linkerd-viz/tap -> shop/server", toServer],
  );
});

test("a fence's edges are in its reachability, without a mesh and with components passed as arguments", async () => {
  const objects = [manifest("client", meshed), manifest("server", meshed)];
  const reached = async (program: () => ReachabilityArgs) => {
    const { outputs } = await recorded(() => ({ edges: reachabilityOf(program()) }), { mode: "preview" });
    return (outputs.edges as Record<string, string>)[toServer];
  };
  assert.equal(
    await reached(() => ({ policies: [new Fence("shop", { edges }, options())], objects })),
    "TCP 9797, 9898 mTLS through 4143, which admits every port",
  );
  assert.equal(
    await reached(() => {
      const opts = options();
      const cilium = new Cilium("cilium", {}, opts);
      const linkerd = new Linkerd("linkerd", { networkReady: cilium.ready }, opts);
      return { policies: [new Fence("shop", { linkerd, edges }, opts)], objects, cilium, linkerd };
    }),
    "TCP 9898 mTLS",
  );
});

test("with both layers, distinguishes ports that 4143 hides, and requests by route", async () => {
  const account = (name: string) => ({ ...app(name), serviceAccount: name });
  const server = { ...account("server"), ports: [9898, 9797], probes: [{ port: 9898, path: "/healthz" }] };
  const ports = [Port.tcp(9898)];
  const requests = [{ path: "/api" }];
  const edges = [{ from: account("client"), to: server, ports }];
  const withAccount = (name: string) => {
    const made = manifest(name, meshed);
    const { template } = made.spec;
    return {
      ...made,
      spec: { ...made.spec, template: { ...template, spec: { ...template.spec, serviceAccountName: name } } },
    };
  };
  const answer = async (args: Omit<FenceArgs, "edges">, narrowed: { requests?: typeof requests } = {}) => {
    const { outputs } = await recorded(
      () => {
        const fence = new Fence("shop", { ...args, edges: edges.map((edge) => ({ ...edge, ...narrowed })) }, options());
        return { edges: reachabilityOf({ policies: [fence], objects: ["client", "server"].map(withAccount) }) };
      },
      { mode: "preview" },
    );
    return (outputs.edges as { [edge: string]: string })[toServer];
  };
  assert.equal(await answer({}), "TCP 9797, 9898 mTLS through 4143, which admits every port");
  assert.equal(await answer({ enforce: "both" }), "TCP 9898 mTLS through 4143");
  assert.equal(await answer({ enforce: "linkerd" }), "TCP 9898 mTLS through 4143");
  assert.equal(
    await answer({ enforce: "both" }, { requests }),
    "TCP 9898 (/api ✓, GET /healthz ✓, everything else ✗ 404) mTLS through 4143",
  );
});

test("uses the L7 proxy setting of the given network, not the chart's default", async () => {
  const names = [{ from: app("client"), to: Peer.fqdn("api.example.com"), ports: [Port.tcp(443)] }];
  const refused = async (l7Proxy: boolean) => {
    const { outputs } = await recorded(
      () => {
        const opts = options();
        const cilium = new Cilium("cilium", { l7Proxy }, opts);
        const policies = [new Fence("shop", { edges: names }, opts)];
        return { edges: reachabilityOf({ policies, objects: [manifest("client")], cilium }) };
      },
      { mode: "preview" },
    );
    return Object.keys(outputs.edges as object).filter((edge) => edge.startsWith("refused policy"));
  };
  assert.deepEqual(await refused(true), []);
  assert.deepEqual(await refused(false), ["refused policy shop/client-egress"]);
});

test("reads resources once they are known: injection from Namespaces, policies from custom resources", async () => {
  const program = () => {
    const opts = options();
    const policies = fenceManifests({ edges, transportMode: TransportMode.TransportHeader });
    return {
      edges: reachabilityOf({
        policies: policies.map((policy) => new k8s.apiextensions.CustomResource(policy.metadata.name, policy, opts)),
        objects: [
          new k8s.core.v1.Namespace("shop", { metadata: { name: namespace, annotations: meshed } }, opts),
          new k8s.apps.v1.Deployment("client", deployment("client"), opts),
          new k8s.apps.v1.Deployment("server", deployment("server"), opts),
        ],
        transportMode: pulumi.output(TransportMode.TransportHeader),
      }),
    };
  };
  const { outputs } = await recorded(program);
  const found = outputs.edges as Record<string, string>;
  assert.equal(found[toServer], "TCP 9797, 9898 mTLS through 4143, which admits every port");
});

test("unknown inputs in a preview make the answer unknown", async () => {
  const { outputs } = await recorded(
    () => {
      const annotations = new k8s.core.v1.Secret("mesh", {}, options()).id.apply(() => meshed);
      return { edges: reachabilityOf({ policies: [], objects: [manifest("server", annotations)] }) };
    },
    { mode: "preview" },
  );
  assert.ok(outputs.edges instanceof Unknown);
});

test("a policy that Cilium refuses gets a line with the reason", async () => {
  const dns = {
    apiVersion: "cilium.io/v2" as const,
    kind: "CiliumNetworkPolicy" as const,
    metadata: { name: "dns", namespace },
    spec: {
      endpointSelector: {},
      egress: [{ toPorts: [{ ports: [{ port: "53" }], rules: { dns: [{ matchPattern: "*" }] } }] }],
    },
  };
  const { outputs } = await recorded(() => ({
    edges: reachabilityOf({ policies: [dns], objects: [manifest("server")], l7Proxy: false }),
  }));
  assert.match((outputs.edges as Record<string, string>)["refused policy shop/dns"] ?? "", /l7Proxy=false/);
});

test("refuses settings that an installation already gives, since the two may differ", async () => {
  const linkerd = { transportMode: TransportMode.TransportHeader };
  const cilium = { l7Proxy: true, clusterName: "east" };
  const twice = { transportMode: TransportMode.Transparent, l7Proxy: false, clusterName: "west" };
  const program = () => ({ edges: reachabilityOf({ policies: [], objects: [], linkerd, cilium, ...twice }) });
  const message = await failure(program);
  assert.match(message, /^reachabilityOf: 3 problems\n {2}transportMode: `linkerd` already sets it; leave it out\n/);
  assert.match(message, /\n {2}l7Proxy: `cilium` already sets it; .*\n {2}clusterName: `cilium` already sets it; /);
});

test("an error names everything that cannot be read", async () => {
  const message = await failure(() => ({
    edges: reachabilityOf({
      policies: [
        { apiVersion: "policy.networking.k8s.io/v1alpha1", kind: "AdminNetworkPolicy", metadata: { name: "new" } },
      ],
      objects: [{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "bare" } }],
    }),
  }));
  assert.match(message, /Deployment default\/bare, spec\.template: has no pod template/);
  assert.match(message, /AdminNetworkPolicy is not evaluated: Cilium does not read this kind/);
});
