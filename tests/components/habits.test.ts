import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  AuthorizationPolicy,
  Cilium,
  ClusterwideNetworkPolicy,
  Endpoints,
  Fence,
  Identity,
  Injection,
  Linkerd,
  LinkerdGrpcRoute,
  LinkerdHttpRoute,
  LinkerdServer,
  MeshTlsAuthentication,
  NetworkAuthentication,
  NetworkPolicy,
  Peer,
  Podinfo,
  Port,
  SlowCooker,
  Target,
} from "../../lib";
import { KindCluster, Sandbox } from "../../lib/kind";
import type { Recording, Registration } from "../../lib/pulumi-engine";
import { recorded } from "../support/recorded";
import { withKeys } from "../support/with-keys";

/** What users expect of every component: its options reach everything that it creates, and two of a kind fit in one program. */

const namespace = "shop";
const endpointSelector = Endpoints.labels({ app: "web" });
const ingress = [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(8080)] }];
const workload = (name: string) => ({ name, namespace, endpoints: Endpoints.labels({ app: name }) });
const edges = [{ from: workload("web"), to: workload("api"), ports: [Port.tcp(8080)] }];

type Make = (name: string, opts: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;
const components: { [name: string]: Make } = {
  Cilium: (name, opts) => new Cilium(name, {}, opts),
  Linkerd: (name, opts) => new Linkerd(name, {}, opts),
  Injection: (name, opts) =>
    new Injection(name, { namespace, deployments: ["web"], statefulSets: ["db"], daemonSets: ["log"] }, opts),
  NetworkPolicy: (name, opts) => new NetworkPolicy(name, { namespace, endpointSelector, ingress }, opts),
  ClusterwideNetworkPolicy: (name, opts) => new ClusterwideNetworkPolicy(name, { endpointSelector, ingress }, opts),
  Fence: (name, opts) => new Fence(name, { edges, enforce: "both" }, opts),
  Podinfo: (name, opts) => new Podinfo(name, { namespace }, opts),
  SlowCooker: (name, opts) => new SlowCooker(name, { namespace, target: "http://podinfo:9898" }, opts),
  LinkerdServer: (name, opts) =>
    new LinkerdServer(name, { namespace, pods: { matchLabels: { app: "api" } }, port: 8080 }, opts),
  LinkerdHttpRoute: (name, opts) =>
    new LinkerdHttpRoute(name, { namespace, server: "api", requests: [{ pathPrefix: "/api" }] }, opts),
  LinkerdGrpcRoute: (name, opts) => new LinkerdGrpcRoute(name, { namespace, server: "api", calls: "all" }, opts),
  AuthorizationPolicy: (name, opts) =>
    new AuthorizationPolicy(name, { namespace, target: Target.server("api"), required: { meshTls: "clients" } }, opts),
  MeshTlsAuthentication: (name, opts) =>
    new MeshTlsAuthentication(name, { namespace, identities: [Identity.account("web", namespace)] }, opts),
  NetworkAuthentication: (name, opts) =>
    new NetworkAuthentication(name, { namespace, networks: [{ cidr: "192.0.2.0/24" }] }, opts),
  KindCluster: (name, opts) => new KindCluster(name, {}, opts),
  Sandbox: (name, opts) => new Sandbox(name, {}, opts),
};
/** Components that create their own provider. */
const withoutProvider = ["KindCluster", "Sandbox"];

/** The component of that name, and everything registered below it. */
function familyOf({ registrations }: Recording, name: string): { component: Registration; below: Registration[] } {
  const component = registrations.find((found) => found.name === name && found.type.startsWith("meshfence:"));
  assert.ok(component, name);
  const family = new Set([component.urn]);
  const below = registrations.filter(({ urn, parent }) => family.has(parent ?? "") && family.add(urn));
  assert.ok(below.length > 0, `${name} has no children`);
  return { component, below };
}

test("covers every component that the library exports", () => {
  const exported = Object.entries({ ...require("../../lib"), ...require("../../lib/kind") }).filter(
    ([, value]) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource,
  );
  const names = exported.map(([name]) => name);
  assert.deepEqual(names.sort(), Object.keys(components).sort());
});

for (const [kind, make] of Object.entries(components)) {
  const cluster = withoutProvider.includes(kind) ? {} : { provider: undefined as k8s.Provider | undefined };

  test(`${kind}: its options reach everything that it creates`, async () => {
    const seen = new Set<string>();
    const recording = await recorded(
      () => {
        const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
        const other = new k8s.core.v1.Namespace("other", {}, { provider });
        make("own", {
          ...("provider" in cluster ? { provider } : {}),
          protect: true,
          retainOnDelete: true,
          dependsOn: other,
          aliases: [{ name: "former" }],
          transforms: [({ name }) => void seen.add(name)],
        });
      },
      { respond: withKeys() },
    );
    const { component, below } = familyOf(recording, "own");
    const other = recording.registrations.find(({ name }) => name === "other");
    assert.ok(component.dependencies.includes(other?.urn ?? ""), "it waits for what it depends on");
    assert.deepEqual(
      component.aliases.map((alias) => (typeof alias === "string" ? alias : alias.name)),
      ["former"],
    );
    for (const { name, protect, retainOnDelete, provider, type, custom } of below) {
      assert.ok(
        name.startsWith("own-"),
        `${name}: a child that is called so whatever the component is called clashes with another's`,
      );
      assert.ok(seen.has(name), `transforms do not reach ${name}`);
      assert.deepEqual([protect, retainOnDelete], [true, true], name);
      if (custom && type.startsWith("kubernetes:") && "provider" in cluster)
        assert.match(provider ?? "", /::cluster$/, name);
    }
    const first = Math.min(...below.map(({ urn }) => recording.registrations.findIndex((found) => found.urn === urn)));
    assert.ok(first > recording.registrations.findIndex(({ name }) => name === "other"), "so do its children");
  });

  test(`${kind}: two of them fit in one program`, async () => {
    const recording = await recorded(
      () => {
        for (const name of ["one", "two"]) {
          const provider = new k8s.Provider(`cluster-${name}`, { kubeconfig: "{}" });
          make(name, "provider" in cluster ? { provider } : {});
        }
      },
      { respond: withKeys() },
    );
    const [one, two] = ["one", "two"].map((name) => familyOf(recording, name).below);
    assert.equal(one?.length, two?.length);
  });
}
