import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Endpoints, Entity, type NetworkPolicySpec, networkPolicy, Peer, Port } from "../../lib/cilium/model";
import { Linkerd } from "../../lib/components/linkerd";
import { ClusterwideNetworkPolicy } from "../../lib/components/policies/clusterwide-network-policy";
import { Fence, type FenceArgs } from "../../lib/components/policies/fence";
import { NetworkPolicy, type NetworkPolicyArgs } from "../../lib/components/policies/network-policy";
import { fenceAuthorizations, fenceManifests } from "../../lib/fence/fence";
import { run, Unknown } from "../../lib/pulumi-engine";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { bothModes, failure, inputs, only, recorded } from "../support/recorded";

const options = (): pulumi.ComponentResourceOptions => ({
  provider: new k8s.Provider("cluster", { kubeconfig: "{}" }),
});
const server: NetworkPolicySpec = {
  name: "server",
  namespace: "shop",
  annotations: { team: "payments" },
  endpointSelector: Endpoints.labels({ app: "server" }),
  ingress: [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(9898)] }],
};
const workload = (name: string) => ({ name, namespace: "shop", endpoints: Endpoints.labels({ app: name }) });
const edges = [{ from: workload("client"), to: workload("server"), ports: [Port.tcp(9898)] }];
const fence = (transportMode?: TransportMode) => ({ edges, ...(transportMode && { transportMode }) });
const cnp = "kubernetes:cilium.io/v2:CiliumNetworkPolicy";

for (const mode of bothModes) {
  test(`${mode}: registers the model's manifest in an explicit namespace, and waits until Cilium calls it valid`, async () => {
    const recording = await recorded(() => void new NetworkPolicy("server", server, options()), { mode });
    const policy = only(recording, cnp);
    const { metadata, ...rest } = networkPolicy(server);
    assert.deepEqual(inputs(policy), {
      ...rest,
      metadata: { ...metadata, annotations: { team: "payments", "pulumi.com/waitFor": "condition=Valid" } },
    });
    assert.equal(metadata.namespace, "shop");
    assert.deepEqual(policy.customTimeouts, { create: "2m", update: "2m", delete: undefined });
    assert.equal(policy.parent, only(recording, "meshfence:index:NetworkPolicy").urn);
    assert.equal(policy.provider, only(recording, "pulumi:providers:kubernetes").urn);
  });

  test(`${mode}: two runs register the same policy, byte for byte`, async () => {
    const run = async () =>
      JSON.stringify(
        only(await recorded(() => void new NetworkPolicy("server", server, options()), { mode }), cnp).inputs,
      );
    assert.equal(await run(), await run());
  });

  test(`${mode}: a fence creates the policies of both ends`, async () => {
    const recording = await recorded(() => ({ names: new Fence("shop", fence(), options()).policyNames }), { mode });
    const policies = recording.registrations.filter(({ type }) => type === cnp);
    policies.sort((left, right) => left.name.localeCompare(right.name));
    assert.deepEqual(
      policies.map((policy) => {
        const { metadata, ...rest } = inputs(policy) as { metadata: { annotations: unknown } };
        const { annotations: _, ...named } = metadata;
        return { ...rest, metadata: named };
      }),
      JSON.parse(JSON.stringify(fenceManifests(fence()))),
    );
    assert.deepEqual(recording.outputs, { names: ["shop/client-egress", "shop/server-ingress"] });
  });
}

test("a fence accepts workloads of the same name in two namespaces", async () => {
  const api = (namespace: string) => ({ name: "api", namespace, endpoints: Endpoints.labels({ app: "api" }) });
  const edges = [{ from: api("orders"), to: api("payments"), ports: [Port.tcp(8443)] }];
  const both = [...edges, { from: api("payments"), to: api("orders"), ports: [Port.tcp(8080)] }];
  const { registrations } = await recorded(() => void new Fence("borders", { edges: both }, options()));
  assert.equal(new Set(registrations.filter(({ type }) => type === cnp).map(({ urn }) => urn)).size, 4);
});

test("a clusterwide policy has no namespace", async () => {
  const args = {
    name: "no-world",
    endpointSelector: Endpoints.all(),
    ingress: [{ from: [Peer.entity(Entity.Cluster)] }],
  };
  const recording = await recorded(() => void new ClusterwideNetworkPolicy("no-world", args, options()));
  const { metadata } = inputs(only(recording, "kubernetes:cilium.io/v2:CiliumClusterwideNetworkPolicy"));
  assert.deepEqual(metadata, { name: "no-world", annotations: { "pulumi.com/waitFor": "condition=Valid" } });
});

test("a policy's manifest is available as plain data before it is created", async () => {
  await recorded(() => {
    assert.deepEqual(new NetworkPolicy("server", server, options()).manifests, [networkPolicy(server)]);
    const { manifests } = new Fence("shop", fence(), { provider: new k8s.Provider("other", {}) });
    manifests.apply((policies) => assert.deepEqual(policies, fenceManifests(fence())));
  });
});

test("reports all problems of a policy as one error of its component, each with path and fix, before anything is created", async () => {
  const wrong: NetworkPolicyArgs = { ...server, name: "Server", ingress: [{ from: [], ports: [Port.tcp(98980)] }] };
  const message = await failure(() => void new NetworkPolicy("server", wrong, options()), { mode: "preview" });
  assert.match(message, /3 problems/);
  assert.match(message, /name: .*server/);
  assert.match(message, /ingress\[0\]\.from: .*Peer\.nothing\(\)/);
  assert.match(message, /ingress\[0\]\.ports\[0\]/);
});

test("refuses L7 rules, with the reason", async () => {
  const ports = [{ ...Port.tcp(9898), rules: { http: [{ method: "GET" }] } }];
  const wrong: NetworkPolicyArgs = { ...server, ingress: [{ from: [Peer.endpoints({ app: "client" })], ports }] };
  const message = await failure(() => void new NetworkPolicy("server", wrong, options()), { mode: "preview" });
  assert.match(
    message,
    /ingress\[0\]\.ports\[0\]\.rules: L7 rules are refused: between meshed pods Cilium sees only Linkerd's mTLS/,
  );
});

test("a fence opens 4143 only where the transport mode puts it on the wire", () => {
  const opens4143 = (mode?: TransportMode) => /"4143"/.test(JSON.stringify(fenceManifests(fence(mode))));
  assert.equal(opens4143(), true, "nothing said: as Linkerd's chart");
  assert.equal(opens4143(TransportMode.Transparent), false);
  assert.equal(opens4143(TransportMode.TransportHeader), true);
});

test("an edge has a caller and a callee", async () => {
  const [edge] = edges;
  const half = [
    { ...edge, from: undefined },
    { ...edge, to: undefined },
  ] as unknown as FenceArgs["edges"];
  const message = await failure(() => void new Fence("shop", { edges: half }, options()));
  assert.match(message, /edges\[0\]\.from: it does not say who calls; give a workload that you fence, or a Peer/);
  assert.match(message, /edges\[1\]\.to: it does not say who is called/);
});

test("a fence accepts the mesh itself, and resolves its mode once", async () => {
  const linkerd = { transportMode: pulumi.output(TransportMode.Transparent) };
  const opened = async (args: Omit<FenceArgs, "edges">) => {
    const recording = await recorded(() => void new Fence("shop", { edges, ...args }, options()), { mode: "preview" });
    return JSON.stringify(recording.registrations.filter(({ type }) => type === cnp)).includes("4143");
  };
  assert.equal(await opened({ linkerd }), false);
  assert.equal(await opened({ transportMode: linkerd.transportMode }), false);
  assert.equal(await opened({ linkerd: { transportMode: pulumi.output(TransportMode.TransportHeader) } }), true);
  assert.equal(await opened({}), true);
  const twice = { edges, linkerd, transportMode: TransportMode.Transparent };
  assert.match(
    await failure(() => void new Fence("shop", twice, options())),
    /transportMode: `linkerd` already sets it/,
  );
  const wrong = { edges, transportMode: "transparant" as TransportMode };
  assert.match(await failure(() => void new Fence("shop", wrong, options())), /"transparant" is not a transport mode/);
});

test("a fence without the mesh that its program installs is refused if it would assume another transport mode", async () => {
  const beside =
    (mesh: TransportMode | undefined, args: Omit<FenceArgs, "edges">, inOther = false) =>
    () => {
      const opts = options();
      new Linkerd("linkerd", { ...(mesh && { transportMode: mesh }) }, opts);
      const other = { provider: new k8s.Provider("other", { kubeconfig: "{}" }) };
      new Fence("shop", { edges, ...args }, inOther ? other : opts);
    };
  const refused = await failure(beside(undefined, {}));
  assert.match(
    refused,
    /linkerd: Linkerd "linkerd" of this cluster sends requests as transparent, and a fence without it assumes transport-header/,
  );
  assert.match(refused, /pass it: \{ linkerd, edges \}/);
  await recorded(beside(TransportMode.TransportHeader, {}));
  await recorded(beside(undefined, { transportMode: TransportMode.Transparent }));
  await recorded(beside(undefined, { linkerd: { transportMode: TransportMode.Transparent } }));
  await recorded(beside(undefined, {}, true));
  await recorded(() => {
    const opts = options();
    new Linkerd("linkerd", {}, opts);
    const unmeshed = edges.map(({ from, to, ports }) => ({
      from: { ...from, meshed: false },
      to: { ...to, meshed: false },
      ports,
    }));
    new Fence("shop", { edges: unmeshed }, opts);
  });
});

test("an unknown mode makes the contents of policies unknown, not which policies there are", async () => {
  const program = () => {
    const mode = new k8s.core.v1.ConfigMap("mode", {}, options()).data.apply(() => TransportMode.Transparent);
    const { policyNames } = new Fence(
      "shop",
      { edges, transportMode: mode },
      { provider: new k8s.Provider("other", {}) },
    );
    return { policyNames };
  };
  const recording = await recorded(program, { mode: "preview" });
  const policies = recording.registrations.filter(({ type }) => type === cnp);
  assert.deepEqual(recording.outputs, { policyNames: ["shop/client-egress", "shop/server-ingress"] });
  assert.deepEqual(
    policies.map(({ inputs: { spec } }) => spec instanceof Unknown),
    [true, true],
  );
});

test("the names of policies default to those of their resources", async () => {
  const { name: _, ...nameless } = server;
  const recording = await recorded(() => ({ name: new NetworkPolicy("server", nameless, options()).policyName }));
  assert.deepEqual(inputs(only(recording, cnp)).metadata, {
    name: "server",
    namespace: "shop",
    annotations: { team: "payments", "pulumi.com/waitFor": "condition=Valid" },
  });
  assert.deepEqual(recording.outputs, { name: "server" });
});

test("Pulumi's transforms reach every child", async () => {
  const owned: pulumi.ResourceTransform = ({ type, props, opts }) => {
    if (type !== cnp) return undefined;
    return { props: { ...props, metadata: { ...props.metadata, labels: { owner: "shop" } } }, opts };
  };
  const recording = await recorded(() => void new Fence("shop", fence(), { ...options(), transforms: [owned] }));
  const policies = recording.registrations.filter(({ type }) => type === cnp).map(inputs);
  assert.deepEqual(
    policies.map(({ metadata }) => (metadata as { labels?: unknown }).labels),
    [{ owner: "shop" }, { owner: "shop" }],
  );
});

test("refuses policies whose resources would share a name, since one would replace the other", async () => {
  const [edge] = edges;
  assert.ok(edge);
  const called = (namespace: string, name: string) => ({
    ...edge,
    to: { namespace, name, endpoints: Endpoints.labels({ app: name }) },
  });
  const alike = [called("a", "b-c"), called("a-b", "c")];
  const message = await failure(() => void new Fence("shop", { edges: alike }, options()));
  assert.match(message, /the resources of a\/b-c-ingress and a-b\/c-ingress would have the same name/);
});

test("refuses policies without a provider", async () => {
  assert.match(await failure(() => void new NetworkPolicy("server", server)), /no Kubernetes provider/);
  assert.match(await failure(() => void new Fence("shop", fence())), /no Kubernetes provider/);
});

test("warns of a trap once, at the policy, with the reason and the fix", async () => {
  const toPods: NetworkPolicyArgs = {
    ...server,
    ingress: [{ from: [Peer.cidr("10.244.1.0/24"), Peer.cidr("10.244.1.0/24")], ports: [Port.tcp(9898)] }],
  };
  const recording = await recorded(() => void new NetworkPolicy("server", toPods, options()), { mode: "preview" });
  const [warning, ...others] = recording.diagnostics.filter(({ severity }) => severity === "warning");
  assert.deepEqual(others, []);
  assert.match(
    warning?.message ?? "",
    /^CiliumNetworkPolicy shop\/server: 10\.244\.1\.0\/24 lies in .*\(cidr-for-cluster\)/,
  );
  assert.match(warning?.message ?? "", /\nWhy: Cilium decides by identity.*\nFix: Select pods with endpoint selectors/);
  assert.equal(warning?.urn, only(recording, "meshfence:index:NetworkPolicy").urn);
});

test("a fence warns on behalf of its policies, which then stay silent", async () => {
  const edges = [{ from: workload("client"), to: Peer.cidr("10.96.0.10/32"), ports: [Port.tcp(443)] }];
  const recording = await recorded(() => void new Fence("shop", { edges }, options()), { mode: "preview" });
  const urns = recording.diagnostics.filter(({ severity }) => severity === "warning").map(({ urn }) => urn);
  assert.deepEqual(urns, [only(recording, "meshfence:index:Fence").urn]);
});

test("a policy without a trap causes no warning", async () => {
  const recording = await recorded(() => {
    new NetworkPolicy("server", server, options());
    new Fence("shop", fence(TransportMode.TransportHeader), { provider: new k8s.Provider("other", {}) });
  });
  assert.deepEqual(recording.diagnostics, []);
});

test("an error of a policy is one message, without everything that Pulumi can reach from it", async () => {
  const { error } = await run({
    project: "meshfence",
    stack: "test",
    mode: "preview",
    program: () => void new Fence("shop", { edges: [] }, options()),
  });
  assert.ok(inspect(error, { depth: null }).length < 5_000);
});

const account = (name: string) => ({ ...workload(name), serviceAccount: name });
const probed = { ...account("server"), probes: [{ port: 9898, path: "/healthz" }] };
const narrow: FenceArgs["edges"] = [
  {
    from: account("client"),
    to: probed,
    ports: [Port.tcp(9898)],
    requests: [{ methods: ["GET"], pathPrefix: "/api" }],
  },
  { from: account("batch"), to: probed, ports: [Port.tcp(9797)] },
];

for (const mode of bothModes) {
  test(`${mode}: with both layers, a fence also creates the Linkerd objects that reachability evaluates`, async () => {
    const spec = { edges: narrow, enforce: "both" } as const;
    const recording = await recorded(() => ({ names: new Fence("shop", spec, options()).serverNames }), { mode });
    const made = recording.registrations.filter(({ type }) => /policy\.linkerd\.io|gateway\./.test(type));
    const byName = (objects: readonly unknown[]) =>
      new Map(
        (objects as ReturnType<typeof fenceAuthorizations>).map((one) => [`${one.kind} ${one.metadata.name}`, one]),
      );
    assert.deepEqual(byName(made.map(inputs)), byName(fenceAuthorizations(spec)));
    assert.ok(made.every(({ parent }) => parent === only(recording, "meshfence:index:Fence").urn));
    assert.deepEqual(recording.outputs, {
      names: ["shop/server-9898", "shop/server-9797", "shop/server-linkerd-admin"],
    });
    assert.equal(recording.registrations.filter(({ type }) => type === cnp).length, 3);
  });
}

test("nobody is shut out during creation: a Server waits for everything that admits clients to it", async () => {
  const recording = await recorded(() => void new Fence("shop", { edges: narrow, enforce: "both" }, options()));
  const byUrn = new Map(recording.registrations.map((one) => [one.urn, one]));
  const needs = (type: string, name: string) => {
    const all = new Set<string>();
    const add = (urn: string) => {
      for (const next of byUrn.get(urn)?.dependencies ?? []) if (!all.has(next)) all.add(next) && add(next);
    };
    add(only(recording, `kubernetes:policy.linkerd.io/${type}`, name).urn);
    return [...all].map((urn) => byUrn.get(urn)?.name).sort();
  };
  assert.deepEqual(needs("v1beta3:Server", "shop-shop-server-9898-server"), [
    "shop-shop-server-9898-requests-1-accounts-authentication",
    "shop-shop-server-9898-requests-1-accounts-authorization",
    "shop-shop-server-9898-requests-1-route",
    "shop-shop-server-9898-requests-2-networks-authentication",
    "shop-shop-server-9898-requests-2-networks-authorization",
    "shop-shop-server-9898-requests-2-route",
  ]);
  assert.deepEqual(needs("v1beta3:Server", "shop-shop-server-9797-server"), [
    "shop-shop-server-9797-accounts-authentication",
    "shop-shop-server-9797-accounts-authorization",
  ]);
});

test("Linkerd's objects wait for the program's Linkerd; Cilium's policies do not", async () => {
  const recording = await recorded(() => {
    const { provider } = options() as { provider: k8s.Provider };
    const linkerd = new Linkerd("linkerd", {}, { provider });
    new Fence("shop", { edges: narrow, enforce: "both", linkerd }, { provider });
  });
  const control = only(recording, "kubernetes:helm.sh/v3:Release", "linkerd-control-plane").urn;
  const dependsOnLinkerd = recording.registrations
    .filter(({ dependencies }) => dependencies.includes(control))
    .map(({ type }) => type);
  for (const kind of ["v1beta3:Server", "v1beta3:HTTPRoute", "v1alpha1:MeshTLSAuthentication"])
    assert.ok(dependsOnLinkerd.includes(`kubernetes:policy.linkerd.io/${kind}`), kind);
  assert.ok(!dependsOnLinkerd.includes(cnp));
});

test("Linkerd alone: creates no Cilium policy, and refuses what Linkerd cannot enforce", async () => {
  const linkerd = { edges: narrow, enforce: "linkerd" } as const;
  const { registrations } = await recorded(() => void new Fence("shop", linkerd, options()));
  assert.equal(registrations.filter(({ type }) => type === cnp).length, 0);
  const world = [{ from: Peer.entity(Entity.World), to: probed, ports: [Port.tcp(9898)] }];
  assert.match(
    await failure(() => void new Fence("shop", { edges: world, enforce: "linkerd" }, options())),
    /edges\[0\]\.from: the peer is not meshed.*enforce: "both"/,
  );
  assert.match(
    await failure(() => void new Fence("shop", { edges: narrow }, options())),
    /edges\[0\]\.requests: Cilium does not see requests inside mTLS; let Linkerd enforce them, too: enforce: "both"/,
  );
});

test("warns of a service account that workloads share, and suggests separate ones", async () => {
  const { diagnostics } = await recorded(() => void new Fence("shop", { edges, enforce: "both" }, options()));
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").map(({ message }) => message);
  assert.match(warnings.join("\n"), /shop\/client runs under the service account "default".*serviceAccount: "client"/);
});

test("reports all problems of both layers at once", async () => {
  const ports = [Port.tcp(98980)];
  const wrong: FenceArgs["edges"] = [{ from: account("client"), to: probed, ports, requests: [{ path: "api" }] }];
  const message = await failure(() => void new Fence("shop", { edges: wrong, enforce: "both" }, options()));
  assert.match(message, /98980/);
  assert.match(message, /"api" does not begin with a slash/);
});
