import assert from "node:assert/strict";
import { test } from "node:test";
import { holdBack } from "../../lib/pulumi-engine";
import { App, names } from "./parts";

const program = () => {
  const first = new App("first");
  const second = new App("second", {}, { dependsOn: first });
  new App("third", { values: { from: second.release.id } });
  new App("aside");
};
const options = { project: "project", stack: "stack", program };

test("only dependents of a resource wait for it", async () => {
  const { before, after, recording } = await holdBack(options, ({ name }) => name === "first-release");
  assert.equal(recording.error, undefined);
  // A component is registered with its inputs. The third one's come from the second, so all of it waits.
  assert.deepEqual(names(before).sort(), [
    "aside",
    "aside-namespace",
    "aside-release",
    "first",
    "first-namespace",
    "first-release",
  ]);
  const apps = ["second", "third"].flatMap((name) => [name, `${name}-namespace`, `${name}-release`]);
  assert.deepEqual(names(after).sort(), apps.sort());
});

test("resources inside a component run in order if they depend on each other", async () => {
  const { before } = await holdBack(options, ({ name }) => name === "aside-namespace");
  assert.ok(names(before).includes("aside-namespace"));
  assert.ok(!names(before).includes("aside-release"));
});

test("a hold that matches no resource is an error", async () => {
  await assert.rejects(
    holdBack(options, ({ name }) => name === "fist-release"),
    /nothing was proven/,
  );
});
