import assert from "node:assert/strict";
import { test } from "node:test";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { App, names, record } from "./parts";

test("an error thrown by the program is the recording's error, as it is", async () => {
  const thrown = new Error("no such thing");
  const recording = await record(() => {
    throw thrown;
  });
  assert.equal(recording.error, thrown);
  assert.deepEqual(recording.diagnostics, [{ severity: "error", message: "no such thing" }]);
});

test("an error in an apply that nothing awaits is the recording's error, too", async () => {
  const thrown = new pulumi.ResourceError("no such thing", undefined);
  const recording = await record(() => {
    const config = new kubernetes.core.v1.ConfigMap("config", { data: { a: "b" } });
    config.data.apply(() => {
      throw thrown;
    });
  });
  assert.equal(recording.error, thrown);
});

test("concurrent runs get only their own errors", async () => {
  const failing = (message: string) => () => {
    const config = new kubernetes.core.v1.ConfigMap(message, { data: { a: "b" } });
    config.data.apply(() => {
      throw new Error(message);
    });
  };
  const [first, second, third] = await Promise.all([
    record(failing("one")),
    record(failing("two")),
    record(() => ({})),
  ]);
  assert.equal((first.error as Error).message, "one");
  assert.equal((second.error as Error).message, "two");
  assert.equal(third.error, undefined);
});

test("when a resource fails, nothing that depends on it starts, and the run ends with its error", async () => {
  const failure = new Error("chart not found");
  const recording = await record(
    () => {
      const first = new App("first");
      new App("second", {}, { dependsOn: first });
    },
    {
      mode: "update",
      respond: ({ name }) => {
        if (name === "first-release") throw failure;
        return undefined;
      },
    },
  );
  assert.equal(recording.error, failure);
  assert.deepEqual(names(recording.registrations), ["first", "first-namespace", "first-release"]);
  assert.equal(recording.diagnostics.length, 1);
  assert.match(recording.diagnostics[0]?.urn ?? "", /first-release$/);
});

test("a run after a failed one is not affected by it", async () => {
  await record(() => {
    throw new Error("first");
  });
  const recording = await record(() => void new App("app"));
  assert.equal(recording.error, undefined);
  assert.deepEqual(names(recording.registrations), ["app", "app-namespace", "app-release"]);
});

test("restores the process's listeners", async () => {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  await Promise.all([record(() => ({})), record(() => void new App("app"))]);
  assert.deepEqual(
    events.map((event) => process.rawListeners(event)),
    before,
  );
});
