import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, Explainer, type PolicySource, proposeChange, type Scenario } from "../../../lib/reachability";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { evaluated } from "../../oracle/oracle";
import { pod } from "../meshed-pod";
import { judgeChange } from "./judged";

const endpoints = [
  pod("cart", { ports: [{ port: 8080 }, { port: 9090 }], inbound: {} }),
  pod("other", { ports: [{ port: 8080 }], inbound: {} }),
  pod("web"),
  pod("job"),
  pod("shared", { serviceAccount: "job" }),
  pod("plain", { mesh: { injected: false } }),
  { id: "192.0.2.7", ip: "192.0.2.7" },
];
const made = (kind: string, name: string, spec: object) => ({
  apiVersion: kind === "Server" ? "policy.linkerd.io/v1beta3" : "policy.linkerd.io/v1alpha1",
  kind,
  metadata: { namespace: "shop", name },
  spec,
});
const http = made("Server", "http", { podSelector: { matchLabels: { app: "cart" } }, port: 8080 });
const admitting = (ref: object) =>
  made("AuthorizationPolicy", "clients", {
    targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
    requiredAuthenticationRefs: [ref],
  });
const web = admitting({ kind: "ServiceAccount", name: "web" });
const shut = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { namespace: "shop", name: "cart" },
  spec: {
    endpointSelector: { matchLabels: { app: "cart" } },
    ingress: [
      {
        fromEndpoints: [{ matchLabels: { app: "web" } }],
        toPorts: [{ ports: [{ port: "8080", protocol: "TCP" }] }],
      },
    ],
  },
} as PolicySource;
type Objects = readonly Readonly<Record<string, unknown>>[];

const scenarioOf = (objects: Objects, defaultPolicy?: string): Scenario => ({
  endpoints,
  mesh: {
    transportMode: TransportMode.Transparent,
    authorization: { objects, ...(defaultPolicy !== undefined && { defaultPolicy }) },
  },
});

/** The change that opens a flow, held against the engine: it opens this and what it says, and no part of it is too many. */
async function opening(from: string, scenario: Scenario, policies: PolicySource[] = []) {
  const flow = { from, to: "shop/cart", proto: "TCP", port: 8080 };
  const explainer = new Explainer(policies, scenario, {
    locateObject: (index) => ({ file: "mesh.yaml", line: index + 1 }),
  });
  const outcome = await judgeChange({ scenario, policies } as never, flow, async (asked) => [
    ...compile(evaluated({ policies: asked.policies }), asked.scenario).verdicts(),
  ]);
  return { outcome, told: explainer.explain(flow), change: proposeChange(explainer, flow) };
}

test("explains a Server's denial by its objects and their places, and opens it with a new policy", async () => {
  const { outcome, told, change } = await opening("shop/job", scenarioOf([http, web]));
  assert.equal(outcome, "opened");
  assert.match(
    told.sentence,
    /^shop\/job → shop\/cart TCP 8080 is denied: Linkerd refuses it: Server http admits only sa web\.shop \(403\)\.$/,
  );
  assert.deepEqual(told.linkerd?.objects, [
    { kind: "Server", namespace: "shop", name: "http", place: { file: "mesh.yaml", line: 1 } },
  ]);
  assert.deepEqual(
    change?.edits.map(({ layer, action, values }) => ({ layer, action, values })),
    [
      {
        layer: "linkerd",
        action: "create",
        values: [
          {
            apiVersion: "policy.linkerd.io/v1alpha1",
            kind: "AuthorizationPolicy",
            metadata: { name: "cart-admit-job", namespace: "shop" },
            spec: {
              targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
              requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "job", namespace: "shop" }],
            },
          },
        ],
      },
    ],
  );
  // Linkerd cannot distinguish workloads with the same account.
  assert.deepEqual(
    change?.opens.map(({ from, to, port }) => ({ from, to, port })),
    [{ from: ["shop/shared"], to: "shop/cart", port: 8080 }],
  );
});

test("adds the account to an authentication that a policy requires already", async () => {
  const objects = [
    http,
    admitting({ group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name: "clients" }),
    made("MeshTLSAuthentication", "clients", { identityRefs: [{ kind: "ServiceAccount", name: "web" }] }),
  ];
  const { outcome, change } = await opening("shop/job", scenarioOf(objects));
  assert.equal(outcome, "opened");
  assert.deepEqual(
    change?.edits.map(({ policy, action, path, values }) => ({ policy, action, path, values })),
    [
      {
        policy: 2,
        action: "add",
        path: ["spec", "identityRefs"],
        values: [{ kind: "ServiceAccount", name: "job", namespace: "shop" }],
      },
    ],
  );
});

test("opens both layers with one change if both deny", async () => {
  const { outcome, told, change } = await opening("shop/job", scenarioOf([http, web]), [shut]);
  assert.equal(outcome, "opened");
  assert.match(told.sentence, /no ingress rule of shop\/cart allows it, and Linkerd refuses it: Server http admits/);
  assert.deepEqual(change?.edits.map(({ layer = "cilium" }) => layer).sort(), ["cilium", "linkerd"]);
});

test("admits a client without an identity by its network, and reports who else that admits", async () => {
  const pods = await opening("shop/plain", scenarioOf([http, web]));
  assert.equal(pods.outcome, "opened");
  assert.ok(pods.change?.opens.some(({ from }) => from.includes("shop/job")));
  const address = await opening("192.0.2.7", scenarioOf([http, web]));
  assert.equal(address.outcome, "opened");
  assert.deepEqual(address.change?.edits[0]?.values[0], {
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "NetworkAuthentication",
    metadata: { name: "cart-admit-192-0-2-7", namespace: "shop" },
    spec: { networks: [{ cidr: "192.0.2.7/32" }] },
  });
});

test("adds a Server to a port without one, and leaves others what the default policy gives", async () => {
  const denied = await opening("shop/job", scenarioOf([], "deny"));
  assert.equal(denied.outcome, "opened");
  assert.deepEqual(
    denied.change?.edits.map(({ action }) => action),
    ["create", "create"],
  );
  const meshed = await opening("shop/plain", scenarioOf([], "all-authenticated"));
  assert.equal(meshed.outcome, "opened");
  assert.deepEqual(meshed.change?.closes, []);
});

test("for an allowed flow, Linkerd's step names what admits it", async () => {
  const { told } = await opening("shop/web", scenarioOf([http, web]));
  assert.match(told.sentence, /is allowed with mTLS: Linkerd by Server http, AuthorizationPolicy clients\.$/);
  assert.deepEqual(told.linkerd?.admittedBy, ["AuthorizationPolicy clients"]);
});

const nearestTo = async (from: string, ...objects: Objects) => {
  const { told } = await opening(from, scenarioOf([http, web, ...objects]));
  const { nearest } = told.linkerd ?? {};
  return (
    nearest && `${nearest.name}${nearest.place === undefined ? "" : ` at ${nearest.place.line}`}: ${nearest.words}`
  );
};
const jobs = (spec: object, namespace = "shop") => ({
  ...made("AuthorizationPolicy", "jobs", {
    targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
    requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "job", namespace: "shop" }],
    ...spec,
  }),
  metadata: { namespace, name: "jobs" },
});

test("an AuthorizationPolicy that does not apply is the nearest miss, with the reason", async () => {
  const lost = {
    requiredAuthenticationRefs: [{ group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name: "x" }],
  };
  assert.match(
    (await nearestTo("shop/job", jobs(lost))) ?? "",
    /^jobs at 3: Linkerd ignores it as a whole: there is no MeshTLSAuthentication shop\/x$/,
  );
  assert.equal(
    await nearestTo("shop/job", jobs({}, "other")),
    "jobs at 3: it is in namespace other, so it applies only to Servers there, not to those in shop",
  );
  const elsewhere = (name: string) => jobs({ targetRef: { group: "policy.linkerd.io", kind: "Server", name } });
  assert.equal(
    await nearestTo("shop/job", elsewhere("htpp")),
    "jobs at 3: it applies to Server htpp, which does not exist; this port belongs to Server http",
  );
  const grpc = made("Server", "grpc", { podSelector: { matchLabels: { app: "cart" } }, port: 9090 });
  assert.equal(
    await nearestTo("shop/job", elsewhere("grpc"), grpc),
    "jobs at 3: it applies to Server grpc, but this port belongs to Server http",
  );
  const wrong = jobs({ requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "job", namespace: "jobs" }] });
  assert.equal(
    await nearestTo("shop/job", wrong),
    "jobs at 3: it admits the account job of jobs, but shop/job runs as the account job of shop",
  );
});

test("there is no nearest miss if no policy is near, or the client is admitted", async () => {
  assert.equal(await nearestTo("192.0.2.7"), undefined);
  assert.equal(await nearestTo("shop/web"), undefined);
});

test("closes an edge in Linkerd's list if that is the smallest change, and names workloads that share the account", async () => {
  const objects = [
    http,
    admitting({ group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name: "clients" }),
    made("MeshTLSAuthentication", "clients", {
      identityRefs: [
        { kind: "ServiceAccount", name: "web" },
        { kind: "ServiceAccount", name: "job" },
      ],
    }),
  ];
  const { outcome, change } = await opening("shop/web", scenarioOf(objects));
  assert.equal(outcome, "closed");
  assert.deepEqual(
    change?.edits.map(({ layer, policy, action, path, values }) => ({ layer, policy, action, path, values })),
    [{ layer: "linkerd", policy: 2, action: "replace", path: ["spec", "identityRefs", 0], values: [] }],
  );
  assert.deepEqual([change?.opens, change?.closes], [[], []]);
  // Two workloads share the account, so a Cilium policy that denies one of them closes less.
  const shared = await opening("shop/job", scenarioOf(objects));
  assert.equal(shared.outcome, "closed");
  assert.deepEqual(
    shared.change?.edits.map(({ layer }) => layer),
    [undefined],
  );
  assert.deepEqual(shared.change?.closes, []);
  // The last identity stays: without it, Linkerd would ignore the whole policy.
  const last = [...objects.slice(0, 2), made("MeshTLSAuthentication", "clients", { identities: ["*"] })];
  const closed = await opening("shop/web", scenarioOf(last));
  assert.deepEqual(
    closed.change?.edits.map(({ layer }) => layer),
    [undefined],
  );
});

test("removes a policy that admits only the account, however it names it", async () => {
  const mtls = (spec: object) => [
    http,
    admitting({ group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name: "clients" }),
    made("MeshTLSAuthentication", "clients", spec),
  ];
  const identity = "web.shop.serviceaccount.identity.linkerd.cluster.local";
  for (const objects of [
    [http, web],
    mtls({ identityRefs: [{ kind: "ServiceAccount", name: "web" }] }),
    mtls({ identities: [identity] }),
  ]) {
    const { outcome, change } = await opening("shop/web", scenarioOf(objects));
    assert.equal(outcome, "closed");
    assert.deepEqual(change?.edits, [
      {
        ...{ layer: "linkerd", policy: 1, action: "remove", path: [], values: [] },
        words: "remove AuthorizationPolicy shop/clients, which admits the account web of shop alone",
      },
    ]);
    assert.deepEqual([change?.opens, change?.closes], [[], []]);
  }
  // Two policies admit the account, so both go. An account of the same name in another namespace stays.
  const both = [http, web, { ...web, metadata: { namespace: "shop", name: "also" } }];
  const twice = await opening("shop/web", scenarioOf(both));
  assert.deepEqual([twice.outcome, twice.change?.edits.map(({ policy }) => policy)], ["closed", [1, 2]]);
  const other = admitting({ kind: "ServiceAccount", name: "web", namespace: "ops" });
  const far = await opening(
    "shop/web",
    scenarioOf([http, other, { ...web, metadata: { namespace: "shop", name: "also" } }]),
  );
  assert.deepEqual(
    far.change?.edits.map(({ policy }) => policy),
    [2],
  );
});
