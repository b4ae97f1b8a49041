import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as kubernetes from "@pulumi/kubernetes";
import { Endpoints } from "../../lib/cilium/model";
import { formatPath, ProblemError } from "../../lib/common/problem";
import { Cilium } from "../../lib/components/cilium/cilium";
import { NetworkPolicy } from "../../lib/components/policies/network-policy";
import { run } from "../../lib/pulumi-engine";

const thrownBy = async (program: () => void): Promise<unknown> =>
  (await run({ project: "meshfence", stack: "test", mode: "preview", transport: "direct", program })).error;

test("a refusal is shown at its component, as a message without the component's dependencies", async () => {
  const error = await thrownBy(() => void new Cilium("cilium"));
  assert.ok(error instanceof Error && "hideStack" in error && "resource" in error);
  assert.equal(error.hideStack, true);
  assert.ok(error.resource instanceof Cilium);
  assert.equal(inspect(error), error.stack);
});

test("a program gets the problems of a refusal as data, from its cause", async () => {
  const provider = () => new kubernetes.Provider("cluster", { context: "kind-test" });
  const missing = await thrownBy(() => void new Cilium("cilium"));
  assert.deepEqual(problemsOf(missing), [["missing", "options.provider"]]);
  const arguments_ = await thrownBy(
    () => void new Cilium("cilium", { replaceKubeProxy: true }, { provider: provider() }),
  );
  assert.deepEqual(problemsOf(arguments_), [["missing", "apiServer"]]);
  const policy = { namespace: "shop", endpointSelector: Endpoints.all(), ingress: [] };
  const rejected = await thrownBy(() => void new NetworkPolicy("web", policy, { provider: provider() }));
  assert.deepEqual(problemsOf(rejected), [["empty", "ingress"]]);
});

function problemsOf(error: unknown): string[][] {
  assert.ok(error instanceof Error && error.cause instanceof ProblemError, inspect(error));
  assert.equal(error.message, error.cause.message);
  return error.cause.problems.map(({ code, path = [] }) => [code, formatPath(path)]);
}
