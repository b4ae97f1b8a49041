import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { type FakeApiServer, failure, fakeApiServer, json } from "../cluster/api-server";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

/** The recording of a sandbox on a live API server. */
const recorded = JSON.parse(
  readFileSync(path.join(__dirname, "..", "cluster", "recordings", "transparent.json"), "utf8"),
) as Record<string, { apiVersion?: string; kind: string; metadata: { namespace?: string; name: string } }[]>;

const kinds: Readonly<Record<string, string>> = {
  namespaces: "Namespace",
  nodes: "Node",
  pods: "Pod",
  services: "Service",
  deployments: "Deployment",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
  ciliumnetworkpolicies: "CiliumNetworkPolicy",
};

const objects = Object.values(recorded).filter(Array.isArray).flat();

/** An API server with the recorded objects that forbids some. It fails on any request that does not just read. */
async function serving(forbidden: readonly string[] = []): Promise<FakeApiServer> {
  const server = await fakeApiServer({
    http: (request, response) => {
      const resource = /\/([a-z]+)(\?|$)/.exec(request.url ?? "")?.[1] ?? "";
      if (request.method !== "GET") return json(response, 500, failure(500, "this only reads"));
      if (forbidden.includes(resource)) return json(response, 403, failure(403, `${resource} is forbidden`));
      const kind = kinds[resource];
      if (kind === undefined) return json(response, 404, failure(404, "not found"));
      const items = objects.filter((one) => one.kind === kind);
      json(response, 200, { apiVersion: items[0]?.apiVersion ?? "v1", kind: `${kind}List`, metadata: {}, items });
    },
  });
  after(() => server.close());
  return server;
}

async function kubeconfigOf(server: FakeApiServer): Promise<string> {
  const file = path.join(temporaryDirectory(), "kubeconfig");
  writeFileSync(file, server.kubeconfigText);
  return file;
}

test("reads a running cluster without changing it", async () => {
  const server = await serving(["nodes", "cronjobs"]);
  const options = ["--kubeconfig", await kubeconfigOf(server), "--context", "fake"];
  const { status, stdout, stderr } = await meshfenceShared(["reach", ...options, "--format", "json"]);
  assert.deepEqual([status, stderr], [0, ""]);
  const report = JSON.parse(stdout) as {
    unseen: { object: string; file: string; fix: string }[];
    endpoints: { id: string }[];
  };
  assert.ok(
    report.endpoints.some(({ id }) => id === "cilium-linkerd/podinfo"),
    JSON.stringify(report.endpoints),
  );
  const nodes = report.unseen.find(({ object }) => object === "the nodes of the cluster");
  assert.equal(nodes?.file, "cluster fake");
  assert.match(nodes?.fix ?? "", /resources: \["nodes"\].*verbs: \["list"\]/);
  assert.ok(server.requests.every((request) => request.startsWith("GET ")));
});

test("explains a flow of a running cluster", async () => {
  const server = await serving();
  const options = ["--kubeconfig", await kubeconfigOf(server)];
  const { status, stdout } = await meshfenceShared(["explain", "client", "podinfo", "9898", ...options]);
  assert.equal(status, 0);
  assert.match(stdout.replace(/\s+/g, " "), /^✓ cilium-linkerd\/client → cilium-linkerd\/podinfo TCP 9898 is allowed/);
  assert.match(stdout, /cluster fake/);
});

test("applying the current state changes nothing, and what an apply would open is listed with its file", async () => {
  const server = await serving();
  const options = ["--kubeconfig", await kubeconfigOf(server)];
  const policies = objects.filter((one) => one.kind === "CiliumNetworkPolicy");
  assert.ok(policies.length > 0);
  const folder = temporaryDirectory();
  const file = path.join(folder, "policies.json");
  // As its author wrote it, without what the API server fills in.
  const written = policies.map((policy) => {
    const { apiVersion, kind, metadata, spec } = policy as (typeof policies)[number] & { spec: object };
    return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, spec };
  });
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: written }));
  const same = await meshfenceShared(["diff", "--live", folder, ...options, "--format", "json"]);
  const { opened: none, closed, changed } = JSON.parse(same.stdout) as Record<string, unknown[]>;
  assert.deepEqual([same.stderr, none, closed, changed], ["", [], [], []]);

  const first = written.find(({ spec }) => "ingress" in spec);
  assert.ok(first);
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [{ ...first, spec: { ...first.spec, ingress: [{ fromEntities: ["world"] }] } }],
    }),
  );
  const gate = ["--fail-on", "opened:world", "--allow-unseen"];
  const opened = await meshfenceShared(["diff", "--live", folder, ...options, ...gate]);
  assert.equal(opened.status, 1, opened.stderr);
  assert.match(opened.stdout, /^Reachability: \d+ opened/);
});

test("explains that a cluster does not answer", async () => {
  const server = await serving();
  const kubeconfig = await kubeconfigOf(server);
  await server.close();
  const { status, stderr } = await meshfenceShared(["lint", "--kubeconfig", kubeconfig]);
  assert.equal(status, 2);
  assert.match(stderr, /^error: .*cannot connect to http:\/\/127\.0\.0\.1/);
  const lost = await meshfenceShared(["reach", "--kubeconfig", kubeconfig, "--context", "nowhere"]);
  assert.match(lost.stderr, /has no context "nowhere"; it has fake, lost/);
});
