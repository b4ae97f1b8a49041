import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { type Cluster, ClusterError, clusterObjects, fromKubeconfig } from "../../lib/cluster";
import { restrictedSecurity } from "../../lib/cluster/client/containers";
import { type Answers, type FakeApiServer, failure, fakeApiServer, json, kubeconfigFor } from "./api-server";

const target = { namespace: "shop", name: "web-1", container: "main" };
const limit = { seconds: 5 };

async function withServer(
  answers: Answers,
  use: (cluster: Cluster, server: FakeApiServer) => Promise<void>,
): Promise<void> {
  const server = await fakeApiServer(answers);
  try {
    await use(await fromKubeconfig({ kubeconfigText: server.kubeconfigText }), server);
  } finally {
    await server.close();
  }
}

const rejects = (promise: Promise<unknown>, kind: string, message: RegExp) =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof ClusterError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  });

const success = JSON.stringify({ status: "Success" });
const exitCode = (code: number) =>
  JSON.stringify({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: `${code}` }] },
  });

test("exec: returns what a command prints, in pieces, and its exit status", () =>
  withServer(
    {
      stream: (socket, { url }) => {
        socket.send(1, "hel");
        socket.send(1, "lo\n");
        socket.send(2, "warning\n");
        socket.send(3, url?.includes("command=false") ? exitCode(7) : success);
      },
    },
    async (cluster, { requests }) => {
      const answer = { stdout: "hello\n", stderr: "warning\n", truncated: false };
      assert.deepEqual(await cluster.exec(target, ["echo", "a b"], limit), { ...answer, exitCode: 0 });
      assert.deepEqual(await cluster.exec(target, ["false"], limit), { ...answer, exitCode: 7 });
      assert.match(
        requests[0] ?? "",
        /^UPGRADE \/api\/v1\/namespaces\/shop\/pods\/web-1\/exec\?.*command=echo&command=a%20b&container=main/,
      );
    },
  ));

test("exec: reports a container without the program", () =>
  withServer(
    {
      stream: (socket) =>
        socket.send(3, JSON.stringify(failure(500, 'exec failed: exec: "sh": executable file not found in $PATH'))),
    },
    (cluster) => rejects(cluster.exec(target, ["sh"], limit), "noShell", /has no sh; use a container that has it/),
  ));

test("exec: reports missing permission, with the RBAC rule", () =>
  withServer(
    {
      http: (_, response) =>
        json(response, 403, failure(403, 'pods "web-1" is forbidden: User "u" cannot get "pods/exec"')),
    },
    async (cluster) => {
      await rejects(
        cluster.exec(target, ["sh"], limit),
        "forbidden",
        /cannot get "pods\/exec"; add to a Role of yours in namespace shop:\n- apiGroups: \[""\]\n {2}resources: \["pods\/exec"\]\n {2}verbs: \["get", "create"\]/,
      );
    },
  ));

test("exec: reports a missing pod and rejected credentials", async () => {
  await withServer({ http: (_, response) => json(response, 404, failure(404, 'pods "web-1" not found')) }, (cluster) =>
    rejects(cluster.exec(target, ["sh"], limit), "absent", /pods "web-1" not found/),
  );
  await withServer({ http: (_, response) => json(response, 401, failure(401, "Unauthorized")) }, (cluster) =>
    rejects(
      cluster.exec(target, ["sh"], limit),
      "forbidden",
      /context fake does not accept the credentials; log in again/,
    ),
  );
});

test("exec: reports a connection that ends in the middle, cleanly or not", async () => {
  for (const end of ["close", "reset"] as const) {
    await withServer(
      {
        stream: (socket) => {
          socket.send(1, "half");
          setTimeout(() => socket[end](), 20);
        },
      },
      (cluster) => rejects(cluster.exec(target, ["sh"], limit), "gone", /the connection ended before the command did/),
    );
  }
});

test("exec: ends at the time limit and when the caller aborts", () =>
  withServer({ stream: (socket) => socket.send(1, "never ends") }, async (cluster) => {
    await rejects(cluster.exec(target, ["sleep"], { seconds: 0.2 }), "timeout", /no answer within 0.2 s/);
    const signal = AbortSignal.timeout(100);
    await rejects(cluster.exec(target, ["sleep"], { seconds: 60, signal }), "interrupted", /interrupted/);
    await rejects(cluster.exec(target, ["sleep"], { seconds: 60, signal }), "interrupted", /interrupted/);
  }));

test("a cluster that never answered is unreachable, one that stops answering is gone", async () => {
  const nowhere = await fromKubeconfig({ kubeconfigText: kubeconfigFor("http://127.0.0.1:9") });
  await rejects(nowhere.read({ namespaces: ["shop"] }, limit), "unreachable", /cannot connect to http:\/\/127.0.0.1:9/);
  let alive = true;
  await withServer(
    { http: (_, response) => (alive ? json(response, 200, { status: { allowed: true } }) : response.destroy()) },
    async (cluster) => {
      assert.deepEqual(await cluster.denied([{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }], limit), []);
      alive = false;
      await rejects(cluster.read({ namespaces: ["shop"] }, limit), "gone", /was lost/);
    },
  );
});

test("read: reads all pages, falls back to the namespace if the cluster is forbidden, and lists missing rules", () =>
  withServer(
    {
      http: ({ url = "" }, response) => {
        const address = new URL(url, "http://x");
        const type = { apiVersion: "v1", kind: "PodList" };
        const pod = (name: string) => ({ metadata: { name, namespace: "shop" }, spec: { containers: [] } });
        if (address.pathname === "/api/v1/pods") {
          const last = address.searchParams.get("continue") === "more";
          json(response, 200, { ...type, metadata: last ? {} : { continue: "more" }, items: [pod(last ? "b" : "a")] });
        } else if (address.pathname === "/apis/cilium.io/v2/namespaces/shop/ciliumnetworkpolicies") {
          json(response, 200, {
            apiVersion: "cilium.io/v2",
            kind: "CiliumNetworkPolicyList",
            items: [{ metadata: { name: "p" } }],
          });
        } else json(response, 403, failure(403, `${address.pathname} is forbidden`));
      },
    },
    async (cluster) => {
      const { pods, policies, missing } = await cluster.read({ namespaces: ["shop"] }, limit);
      assert.deepEqual(
        pods.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        ["Pod a", "Pod b"],
      );
      assert.deepEqual(
        policies.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        ["CiliumNetworkPolicy p"],
      );
      const nodes = missing.find(({ what }) => what === "the nodes of the cluster");
      assert.deepEqual(nodes?.rule, { apiGroups: [""], resources: ["nodes"], verbs: ["list"] });
      const configs = missing.find(({ of }) => of === "ciliumnodeconfigs");
      assert.deepEqual(
        [configs?.what, configs?.rule],
        [
          "the CiliumNodeConfigs of the cluster",
          { apiGroups: ["cilium.io"], resources: ["ciliumnodeconfigs"], verbs: ["list"] },
        ],
      );
      assert.ok(missing.some(({ of, rule }) => of === "links" && rule?.apiGroups[0] === "multicluster.linkerd.io"));
      const secret = missing.find(({ what }) => what === "Secret linkerd/linkerd-identity-issuer");
      assert.deepEqual(secret?.rule?.resourceNames, ["linkerd-identity-issuer"]);
    },
  ));

test("read: reads Linkerd's objects in the newest version that the cluster serves", () =>
  withServer(
    {
      http: ({ url = "" }, response) => {
        const { pathname } = new URL(url, "http://x");
        const list = (kind: string, apiVersion: string, names: string[]) =>
          json(response, 200, {
            apiVersion,
            kind: `${kind}List`,
            items: names.map((name) => ({ metadata: { name } })),
          });
        if (pathname === "/api/v1/pods") list("Pod", "v1", []);
        else if (pathname.startsWith("/apis/cilium.io/v2/ciliumn")) list("CiliumNetworkPolicy", "cilium.io/v2", []);
        else if (pathname.startsWith("/apis/cilium.io/v2/ciliumc"))
          list("CiliumClusterwideNetworkPolicy", "cilium.io/v2", []);
        else if (pathname === "/apis/policy.linkerd.io/v1beta1/servers")
          list("Server", "policy.linkerd.io/v1beta1", ["api"]);
        else if (pathname === "/apis/policy.linkerd.io/v1beta3/httproutes")
          list("HTTPRoute", "policy.linkerd.io/v1beta3", ["read"]);
        else if (pathname === "/apis/policy.linkerd.io/v1alpha1/httplocalratelimitpolicies")
          list("HTTPLocalRateLimitPolicy", "policy.linkerd.io/v1alpha1", ["few"]);
        else if (pathname === "/apis/policy.linkerd.io/v1alpha1/egressnetworks")
          list("EgressNetwork", "policy.linkerd.io/v1alpha1", ["out"]);
        else if (pathname === "/apis/gateway.networking.k8s.io/v1alpha2/tlsroutes")
          list("TLSRoute", "gateway.networking.k8s.io/v1alpha2", ["names"]);
        else if (pathname === "/apis/workload.linkerd.io/v1alpha1/externalworkloads")
          list("ExternalWorkload", "workload.linkerd.io/v1alpha1", ["machine"]);
        else json(response, 404, failure(404, `${pathname} is not found`));
      },
    },
    async (cluster) => {
      const { authorization = [] } = await cluster.read({ namespaces: ["shop"] }, limit);
      assert.deepEqual(
        authorization.map(({ apiVersion, metadata }) => `${apiVersion} ${metadata.name}`),
        [
          "policy.linkerd.io/v1beta1 api",
          "policy.linkerd.io/v1beta3 read",
          "policy.linkerd.io/v1alpha1 few",
          "policy.linkerd.io/v1alpha1 out",
          "gateway.networking.k8s.io/v1alpha2 names",
          "workload.linkerd.io/v1alpha1 machine",
        ],
      );
    },
  ));

test("reads objects of an older Linkerd in the versions that the cluster serves", () =>
  withServer(
    {
      http: ({ url = "" }, response) => {
        const { pathname } = new URL(url, "http://x");
        const [, group, version, resource] = /^\/apis\/(policy.linkerd.io)\/(v1beta2)\/(servers)$/.exec(pathname) ?? [];
        // Every API server has the core's.
        if (pathname.startsWith("/api/v1/") && !pathname.includes("configmaps"))
          return json(response, 200, { apiVersion: "v1", kind: "List", items: [] });
        if (resource === undefined) return json(response, 404, failure(404, `${pathname} is not found`));
        const items = [{ metadata: { name: "api", namespace: "shop" } }];
        json(response, 200, { apiVersion: `${group}/${version}`, kind: "ServerList", items });
      },
    },
    async (_, { kubeconfigText }) => {
      const { objects, missing } = await clusterObjects({ kubeconfigText }, limit);
      const metadata = { name: "api", namespace: "shop" };
      assert.deepEqual(objects, [{ apiVersion: "policy.linkerd.io/v1beta2", kind: "Server", metadata }]);
      assert.deepEqual(missing, []);
    },
  ));

test("read: rejects if it may not read the pods of the namespace itself", () =>
  withServer({ http: (_, response) => json(response, 403, failure(403, "forbidden")) }, (cluster) =>
    rejects(cluster.read({ namespaces: ["shop"] }, limit), "forbidden", /add to a Role of yours in namespace shop/),
  ));

test("control: leaves another process's namespace alone, and removes an interrupted one", async () => {
  const foreign = { metadata: { name: "shop", labels: {} } };
  await withServer({ http: (_, response) => json(response, 200, foreign) }, async (cluster, { requests }) => {
    await rejects(
      cluster.removeControlNamespace({ namespace: "shop" }, limit),
      "other",
      /was not created by meshfence/,
    );
    await rejects(
      cluster.createControlPod({ image: "i", namespace: "shop" }, limit),
      "other",
      /was not created by meshfence/,
    );
    assert.ok(requests.every((request) => request.startsWith("GET")));
  });
  const labels = { "app.kubernetes.io/managed-by": "meshfence", "app.kubernetes.io/name": "meshfence-control" };
  let made = false;
  await withServer(
    {
      http: ({ method, url }, response) => {
        if (method === "POST" && url === "/api/v1/namespaces") made = true;
        const there = url?.startsWith("/api/v1/namespaces/x/") || made;
        json(
          response,
          there ? 200 : 404,
          there ? { metadata: { name: "x", uid: "u", labels }, spec: { containers: [] } } : {},
        );
      },
    },
    async (cluster, { requests }) => {
      const signal = AbortSignal.timeout(300);
      await rejects(
        cluster.createControlPod({ image: "i", namespace: "x" }, { seconds: 9, signal }),
        "interrupted",
        /interrupted/,
      );
      assert.equal(requests.at(-1), "DELETE /api/v1/namespaces/x");
    },
  );
});

test("a pod on behalf of a Job is owned by our namespace alone, takes no traffic and is unprivileged", async () => {
  const labels = { "app.kubernetes.io/managed-by": "meshfence", "app.kubernetes.io/name": "meshfence-control" };
  const spec = {
    ...{ image: "curl", owner: "meshfence-verify-1", namespace: "shop", name: "report", serviceAccount: "reporter" },
    ...{ labels: { app: "report" }, annotations: { "linkerd.io/inject": "enabled" } },
  };
  let body: { metadata?: object; spec?: { [member: string]: unknown } } = {};
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method, url } = request;
    if (url === "/api/v1/namespaces/meshfence-verify-1")
      return json(response, 200, { metadata: { name: "meshfence-verify-1", uid: "u1", labels } });
    if (url === "/api/v1/namespaces/shop") return json(response, 200, { metadata: { name: "shop", labels: {} } });
    if (method === "POST") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      body = JSON.parse(Buffer.concat(chunks).toString());
      return json(response, 201, {});
    }
    const status = { podIP: "10.0.0.9", containerStatuses: [{ name: "control", state: { running: {} } }] };
    json(response, 200, { metadata: { name: "x" }, spec: { nodeName: "n", containers: [] }, status });
  };
  await withServer({ http: (...both) => void answer(...both) }, async (cluster, { requests }) => {
    const { name, ...control } = await cluster.createStandIn(spec, limit);
    assert.deepEqual(control, { namespace: "shop", container: "control", ip: "10.0.0.9", node: "n" });
    assert.match(name, /^meshfence-report-[0-9a-f]{6}$/);
    assert.ok(requests.includes("POST /api/v1/namespaces/shop/pods"));
    const owner = { apiVersion: "v1", kind: "Namespace", name: "meshfence-verify-1", uid: "u1", controller: true };
    assert.deepEqual(body.metadata, {
      ...{ name, labels: { app: "report" }, annotations: spec.annotations },
      ownerReferences: [owner],
    });
    const { containers, activeDeadlineSeconds, ...own } = body.spec ?? {};
    assert.ok(Number(activeDeadlineSeconds) > 0);
    assert.deepEqual(own, {
      ...{ serviceAccountName: "reporter", automountServiceAccountToken: false, restartPolicy: "Never" },
      readinessGates: [{ conditionType: "meshfence.dev/takes-traffic" }],
      ...{ terminationGracePeriodSeconds: 0, tolerations: [{ operator: "Exists" }] },
    });
    const [container] = containers as { securityContext: object }[];
    assert.deepEqual(container?.securityContext, restrictedSecurity);
    await rejects(cluster.createStandIn({ ...spec, owner: "shop" }, limit), "other", /was not created by meshfence/);
    await cluster.removeStandIn({ namespace: "shop", name }, limit);
    assert.ok(requests.includes(`DELETE /api/v1/namespaces/shop/pods/${name}`));
  });
});

test("probe containers: reuses a running one, and reports an image that cannot be pulled", () => {
  const pod = (state: object) => ({
    metadata: { name: "web-1", namespace: "shop" },
    spec: { nodeName: "n", containers: [], ephemeralContainers: [{ name: "meshfence-probe-1", image: "curl" }] },
    status: { ephemeralContainerStatuses: [{ name: "meshfence-probe-1", state }] },
  });
  return withServer(
    { http: (_, response) => json(response, 200, pod({ running: {} })) },
    async (cluster, { requests }) => {
      const probe = await cluster.addProbeContainer(target, "curl", limit);
      assert.deepEqual(probe, { namespace: "shop", name: "web-1", container: "meshfence-probe-1" });
      assert.ok(!requests.some((request) => request.startsWith("PATCH")));
    },
  );
});

test("kubeconfig: an unknown context lists the known ones, and a missing cluster is reported", async () => {
  const kubeconfigText = kubeconfigFor("http://127.0.0.1:9");
  await rejects(
    fromKubeconfig({ kubeconfigText, context: "fak" }),
    "absent",
    /no context "fak"; it has fake, lost; did you mean "fake"\?/,
  );
  await rejects(
    fromKubeconfig({ kubeconfigText, context: "lost" }),
    "absent",
    /names the cluster "elsewhere", which is not in it/,
  );
  await rejects(fromKubeconfig({ kubeconfig: "/nonexistent/config" }), "other", /\/nonexistent\/config cannot be read/);
});

/** The answers to lists of pods: each one once, and the last one from then on. */
function busyServer(...answers: ((url: URL, response: ServerResponse) => void)[]) {
  let asked = 0;
  return fakeApiServer({
    http: ({ url = "" }, response) => {
      const address = new URL(url, "http://x");
      if (address.pathname === "/api/v1/pods") answers[Math.min(asked++, answers.length - 1)]?.(address, response);
      else if (/config$/.test(address.pathname)) json(response, 404, failure(404, "not found"));
      else json(response, 200, { apiVersion: "v1", kind: "ThingList", items: [] });
    },
  });
}

const busy = (status: number, after?: string) => (_: URL, response: ServerResponse) =>
  void response
    .writeHead(status, after === undefined ? {} : { "retry-after": after })
    .end(JSON.stringify(failure(status, "too many requests")));
const podList =
  (names: readonly string[], next?: string) =>
  (_: URL, response: ServerResponse): void => {
    const items = names.map((name) => ({ metadata: { name, namespace: "shop" } }));
    json(response, 200, { apiVersion: "v1", kind: "PodList", metadata: { continue: next }, items });
  };

/** The pods that were read, or the reason why not, and the requests. */
async function podsOf(
  ...answers: Parameters<typeof busyServer>
): Promise<{ pods: string[] | string; asked: string[] }> {
  const server = await busyServer(...answers);
  try {
    const { objects } = await clusterObjects({ kubeconfigText: server.kubeconfigText }, limit);
    const pods = objects.map((object) => (object as { metadata: { name: string } }).metadata.name);
    return { pods, asked: pathsOf(server) };
  } catch (error) {
    assert.ok(error instanceof ClusterError, String(error));
    return { pods: error.message, asked: pathsOf(server) };
  } finally {
    await server.close();
  }
}

const pathsOf = ({ requests }: FakeApiServer) => requests.filter((request) => /\/v1\/pods\b/.test(request));

test("an overloaded API server is asked again after its Retry-After, no more often than client-go does", async () => {
  assert.deepEqual((await podsOf(busy(429, "0"), busy(503, "0"), podList(["a"]))).pods, ["a"]);
  const begun = Date.now();
  assert.deepEqual((await podsOf(busy(429, "1"), podList(["a"]))).pods, ["a"]);
  assert.ok(Date.now() - begun >= 1000, "it was asked too early");
  const always = await podsOf(busy(429, "0"));
  assert.match(String(always.pods), /too many requests; the API server has too much to do; try again later$/);
  assert.equal(always.asked.length, 11);
});

test("an API server without Retry-After, or with one past the time limit, is not asked again", async () => {
  for (const answer of [busy(429), busy(429, "100000"), busy(429, "soon"), busy(500), busy(404, "0")]) {
    const { pods, asked } = await podsOf(answer, podList(["a"]));
    assert.equal(typeof pods, "string", String(pods));
    assert.doesNotMatch(String(pods), /no answer within/);
    assert.equal(asked.length, 1);
  }
});

test("a list whose continue token expired is read again in full, once, as client-go does", async () => {
  const expired = busy(410);
  const { pods, asked } = await podsOf(podList(["a"], "more"), expired, podList(["a", "b"]));
  assert.deepEqual(pods, ["a", "b"]);
  assert.deepEqual(asked, [
    "GET /api/v1/pods?limit=500",
    "GET /api/v1/pods?limit=500&continue=more",
    "GET /api/v1/pods",
  ]);
  const ever = await podsOf(podList(["a"], "more"), expired);
  assert.match(String(ever.pods), /the pods of all namespaces: too many requests; try again$/);
  assert.equal(ever.asked.length, 3);
});
