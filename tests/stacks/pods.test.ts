import assert from "node:assert/strict";
import { test } from "node:test";
import { fromKubeconfig } from "../../lib/cluster";
import { meshedNamespaceLabels } from "../../lib/linkerd/install/names";
import { fakeApiServer, json } from "../cluster/api-server";
import { stack, stacks } from "./support";

interface Container {
  name: string;
  resources?: { requests?: object; limits?: { memory?: string } };
  securityContext?: object;
}
interface Pod {
  automountServiceAccountToken?: boolean;
  hostNetwork?: boolean;
  hostPID?: boolean;
  containers: Container[];
  volumes?: object[];
}

const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** @throws if a pod has more privileges than it needs */
function assertModest(pod: Pod, what: string): void {
  assert.equal(pod.automountServiceAccountToken, false, what);
  assert.deepEqual([pod.hostNetwork, pod.hostPID], [undefined, undefined], what);
  for (const { name, resources, securityContext } of pod.containers) {
    const { runAsUser, runAsGroup: _, ...context } = (securityContext ?? {}) as { [field: string]: unknown };
    assert.deepEqual(context, restricted, `${what} ${name}`);
    assert.ok(Number(runAsUser) > 0, `${what} ${name}`);
    assert.ok(resources?.requests !== undefined && resources.limits?.memory !== undefined, `${what} ${name}`);
  }
  for (const volume of pod.volumes ?? []) assert.ok(!("hostPath" in volume), what);
}

test("every pod that a stack's components create is unprivileged", async () => {
  let seen = 0;
  for (const name of stacks) {
    const { registrations } = await stack(name);
    for (const { type, inputs, name: resource } of registrations) {
      const { spec } = inputs as { spec?: { template?: { spec?: Pod } } };
      if (!/^kubernetes:(apps|batch|core)\/v1:(Deployment|DaemonSet|StatefulSet|Job|Pod)$/.test(type)) continue;
      const pod = spec?.template?.spec;
      assert.ok(pod !== undefined, `${name} ${resource}`);
      assertModest(pod, `${name} ${resource}`);
      seen++;
    }
  }
  assert.ok(seen >= 6, `${seen}`);
});

test("every namespace that a component creates has labels for Pod Security", async () => {
  const { registrations } = await stack("sandbox");
  const namespaces = registrations.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
  assert.ok(namespaces.length >= 4);
  const [level = ""] = Object.keys(meshedNamespaceLabels);
  for (const { inputs } of namespaces) {
    const { metadata } = inputs as { metadata: { name: string; labels?: { [key: string]: string } } };
    // All of them have meshed pods, whose init container takes NET_ADMIN and NET_RAW.
    assert.equal(metadata.labels?.[level], "privileged", metadata.name);
  }
});

test("a verification's control pod is unprivileged, and its namespace has labels for Pod Security", async () => {
  const made: { kind: string; metadata: { labels: { [key: string]: string } }; spec: Pod }[] = [];
  const server = await fakeApiServer({
    http: async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (request.method === "POST") made.push(JSON.parse(Buffer.concat(chunks).toString()));
      const running = { podIP: "10.0.0.1", containerStatuses: [{ name: "control", state: { running: {} } }] };
      const there = request.method === "POST" || /\/pods\//.test(request.url ?? "");
      json(response, there ? 200 : 404, { metadata: {}, spec: { nodeName: "n" }, status: running });
    },
  });
  try {
    const cluster = await fromKubeconfig({ kubeconfigText: server.kubeconfigText });
    await cluster.createControlPod({ image: "i" }, { seconds: 5 });
  } finally {
    await server.close();
  }
  const [namespace, pod] = made;
  assert.deepEqual([namespace?.kind, pod?.kind], ["Namespace", "Pod"]);
  assert.equal(namespace?.metadata.labels["pod-security.kubernetes.io/enforce"], "privileged");
  assertModest(pod?.spec ?? { containers: [] }, "control");
});
