import assert from "node:assert/strict";
import { test } from "node:test";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Recording } from "../../lib/pulumi-engine";
import { App, find, record } from "./parts";

/** Sends about every kind of value and message. */
const program = () => {
  const key = new tls.PrivateKey("key", { algorithm: "ECDSA" });
  const provider = new kubernetes.Provider("cluster", { kubeconfig: key.privateKeyPem });
  const app = new App(
    "app",
    { values: { list: [1, { hush: pulumi.secret("x") }], empty: {} } },
    { providers: [provider] },
  );
  const transforms: pulumi.ResourceTransform[] = [
    ({ props, opts }) => ({ props: { ...props, immutable: true }, opts }),
  ];
  new kubernetes.core.v1.ConfigMap(
    "config",
    { data: { at: app.urn, id: key.id } },
    { provider, transforms, dependsOn: app },
  );
  kubernetes.core.v1.Namespace.get("read", "kube-system", { provider });
  return { app, pem: key.privateKeyPem };
};

for (const mode of ["preview", "update"] as const) {
  test(`both transports give the same recording of a ${mode}`, async () => {
    const overGrpc = await record(program, { mode, transport: "grpc" });
    const direct = await record(program, { mode, transport: "direct" });
    assert.equal(overGrpc.error, undefined);
    assert.equal(find(direct, "config").inputs.immutable, true);
    assert.deepEqual(byUrn(direct), byUrn(overGrpc));
  });
}

test("both transports give the same errors", async () => {
  const failing = [
    () => [1, 2].map(() => new kubernetes.core.v1.ConfigMap("same", {})),
    () => pulumi.runtime.invoke("some:index:thing", {}),
    () => {
      throw new pulumi.RunError("no");
    },
  ];
  for (const failure of failing) {
    const [overGrpc, direct] = [
      await record(failure as () => unknown, { transport: "grpc" }),
      await record(failure as () => unknown, { transport: "direct" }),
    ];
    assert.ok(overGrpc.error instanceof Error);
    assert.equal(String(direct.error), String(overGrpc.error));
  }
});

test("a failing resource ends the run over both", async () => {
  for (const transport of ["grpc", "direct"] as const) {
    const failure = new Error("no");
    const { error, registrations } = await record(program, {
      mode: "update",
      transport,
      respond: ({ name }) => (name === "key" ? Promise.reject(failure) : undefined),
    });
    assert.equal(error, failure);
    assert.ok(!registrations.some(({ name }) => name === "cluster"));
  }
});

/** Sorts, since independent messages may arrive in another order. */
function byUrn(recording: Recording): Recording {
  return { ...recording, registrations: [...recording.registrations].sort((a, b) => (a.urn < b.urn ? -1 : 1)) };
}
