import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import { Podinfo } from "../../lib/components/podinfo/podinfo";
import { SlowCooker, type SlowCookerArgs } from "../../lib/components/slow-cooker/slow-cooker";
import { bothModes, failure, inputs, only, recorded } from "../support/recorded";

const provider = () => new k8s.Provider("cluster", { kubeconfig: "{}" });
const withPodinfo = () => {
  const podinfo = new Podinfo("podinfo", { namespace: "shop" }, { provider: provider() });
  return { url: podinfo.url, endpoint: podinfo.endpoint };
};
const withClient = (args: Partial<SlowCookerArgs> = {}) => {
  const opts = { provider: provider() };
  return void new SlowCooker("client", { namespace: "shop", target: "http://podinfo:9898", ...args }, opts);
};

for (const mode of bothModes) {
  test(`${mode}: podinfo matches its kustomize base`, async () => {
    const recording = await recorded(withPodinfo, { mode });
    const deployment = inputs(only(recording, "kubernetes:apps/v1:Deployment"));
    assert.deepEqual(deployment.metadata, { name: "podinfo", namespace: "shop" });
    const spec = deployment.spec as Record<string, unknown>;
    assert.ok(!("replicas" in spec), "a replica count would fight the autoscaler");
    assert.deepEqual(spec.selector, { matchLabels: { app: "podinfo" } });
    const { metadata, spec: pod } = spec.template as { metadata: { labels: unknown }; spec: { containers: unknown[] } };
    assert.deepEqual(metadata.labels, { app: "podinfo" });
    const [container] = pod.containers as Record<string, unknown>[];
    assert.ok(container);
    assert.equal(container.image, "ghcr.io/stefanprodan/podinfo:6.14.1");
    assert.deepEqual(container.ports, [
      { name: "http", containerPort: 9898, protocol: "TCP" },
      { name: "http-metrics", containerPort: 9797, protocol: "TCP" },
      { name: "grpc", containerPort: 9999, protocol: "TCP" },
    ]);
    assert.deepEqual(container.readinessProbe, {
      exec: { command: ["podcli", "check", "http", "localhost:9898/readyz"] },
      initialDelaySeconds: 5,
      timeoutSeconds: 5,
    });

    assert.deepEqual(inputs(only(recording, "kubernetes:autoscaling/v2:HorizontalPodAutoscaler")).spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 99 } } },
      ],
    });
    assert.deepEqual(inputs(only(recording, "kubernetes:core/v1:Service")).spec, {
      type: "ClusterIP",
      selector: { app: "podinfo" },
      ports: [
        { name: "http", port: 9898, protocol: "TCP", targetPort: "http" },
        { name: "grpc", port: 9999, protocol: "TCP", targetPort: "grpc" },
      ],
    });
    assert.deepEqual(recording.outputs, {
      url: "http://podinfo:9898",
      endpoint: "podinfo.shop.svc.cluster.local:9898",
    });
  });

  test(`${mode}: every part of a workload has the component as parent and its provider`, async () => {
    const recording = await recorded(
      () => {
        withPodinfo();
        new SlowCooker(
          "client",
          { namespace: "shop", target: "http://podinfo:9898" },
          { provider: new k8s.Provider("b", {}) },
        );
      },
      { mode },
    );
    for (const [component, providerName] of [
      ["Podinfo", "cluster"],
      ["SlowCooker", "b"],
    ] as const) {
      const { urn } = only(recording, `meshfence:index:${component}`);
      const children = recording.registrations.filter((registration) => registration.parent === urn);
      assert.ok(children.length >= 2);
      for (const child of children)
        assert.equal(child.provider, only(recording, "pulumi:providers:kubernetes", providerName).urn);
    }
  });

  test(`${mode}: the client requests the tutorial's six paths and is its container's first process`, async () => {
    const recording = await recorded(() => withClient(), { mode });
    const { data } = inputs(only(recording, "kubernetes:core/v1:ConfigMap")) as { data: { urls: string } };
    assert.deepEqual(
      data.urls.split("\n").map((line) => line.replace("http://podinfo:9898", "")),
      ["/env", "/metrics", "/healthz", "/readyz", "/headers", "/version", ""],
    );
    const container = clientContainer(inputs(only(recording, "kubernetes:apps/v1:Deployment")));
    assert.equal(container.image, "docker.io/buoyantio/slow_cooker:1.3.0");
    assert.deepEqual(container.command, ["/slow_cooker/slow_cooker"]);
    assert.deepEqual(container.args, [
      "-qps=5",
      "-concurrency=1",
      "-interval=10s",
      "-timeout=10s",
      "-metric-addr=0.0.0.0:9999",
      "@/etc/slow-cooker/urls",
    ]);
    assert.deepEqual(container.ports, [{ name: "metrics", containerPort: 9999, protocol: "TCP" }]);
  });
}

test("a changed list of paths restarts the client, the same one does not", async () => {
  const annotations = async (paths: string[]) => {
    const recording = await recorded(() => withClient({ paths }));
    return JSON.stringify(podTemplate(inputs(only(recording, "kubernetes:apps/v1:Deployment"))).metadata.annotations);
  };
  assert.equal(await annotations(["/env"]), await annotations(["/env"]));
  assert.notEqual(await annotations(["/env"]), await annotations(["/version"]));
});

test("the load is configurable, and omitted fields keep their defaults", async () => {
  const recording = await recorded(() => withClient({ load: { requestsPerSecond: 50, interval: undefined as never } }));
  const container = clientContainer(inputs(only(recording, "kubernetes:apps/v1:Deployment")));
  assert.deepEqual((container.args as string[]).slice(0, 3), ["-qps=50", "-concurrency=1", "-interval=10s"]);
});

test("a preview refuses what slow_cooker would refuse, before a pod exists", async () => {
  const message = await failure(() => withClient({ load: { requestsPerSecond: 0 } }), { mode: "preview" });
  assert.match(message, /load\.requestsPerSecond: 0 cannot be sent; use a whole number, 1 or more/);
  assert.match(await failure(() => withClient({ paths: ["env"] }), { mode: "preview" }), /did you mean "\/env"\?/);
});

test("a missing provider is an error and never means the kubeconfig's current context", async () => {
  const message = await failure(() => void new Podinfo("podinfo", { namespace: "shop" }));
  assert.match(message, /options\.provider: no Kubernetes provider; pass \{ provider \}/);
});

type PodTemplate = { metadata: { annotations: unknown }; spec: { containers: Record<string, unknown>[] } };
function podTemplate(deployment: Record<string, unknown>): PodTemplate {
  return (deployment.spec as { template: PodTemplate }).template;
}
function clientContainer(deployment: Record<string, unknown>): Record<string, unknown> {
  const [container] = podTemplate(deployment).spec.containers;
  assert.ok(container);
  return container;
}
