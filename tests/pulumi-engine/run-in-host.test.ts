import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type HostedRunOptions, runInHost } from "../../lib/pulumi-engine";
import { temporaryDirectory } from "../plan/fixture";
import { languageHost } from "../support/language-host";

const folder = languageHost("pulumi-language-test");
const host = { name: "pulumi-language-test", file: path.join(folder, "pulumi-language-test") };

/** Runs a program with this behaviour. */
function record(program: object, options: Partial<HostedRunOptions> = {}) {
  const root = temporaryDirectory();
  writeFileSync(path.join(root, "program.json"), JSON.stringify(program));
  return runInHost({
    host,
    program: { root, directory: root, entryPoint: "." },
    project: "shop",
    stack: "dev",
    mode: "preview",
    seconds: 60,
    ...options,
  });
}

const namespace = { type: "kubernetes:core/v1:Namespace", name: "ns" };

test("runs a program in another language in its host, with the run's settings", async () => {
  const printed: string[] = [];
  const recording = await record(
    { resources: [namespace] },
    {
      config: { "shop:team": "red", "shop:key": "hush" },
      secretConfigKeys: ["shop:key"],
      runtimeOptions: { virtualenv: "venv" },
      printed: (output) => printed.push(output.toString("utf8")),
      respond: ({ name }) => ({ id: `${name}-id` }),
    },
  );
  assert.equal(recording.error, undefined);
  const { urn, type, inputs, provider, id } = recording.registrations.at(-1) ?? {};
  assert.deepEqual(
    { type, id, urn: urn?.split("::").slice(0, 2), provider: provider?.split("::").at(-1) },
    { type: namespace.type, id: "ns-id", urn: ["urn:pulumi:dev", "shop"], provider: "default" },
  );
  const { root, ...given } = inputs ?? {};
  assert.match(String(root), /^meshfence-test-/);
  assert.deepEqual(given, {
    config: { "shop:team": "red", "shop:key": "hush" },
    secrets: ["shop:key"],
    options: { virtualenv: "venv" },
    isPreview: true,
  });
  assert.deepEqual([recording.outputs, printed.join("")], [{ made: 1 }, "printed by the program\n"]);
});

test("reports a failed program's own error", async () => {
  const errors = async (...program: Parameters<typeof record>) => {
    const { error, registrations } = await record(...program);
    return [(error as Error | undefined)?.message, registrations.length];
  };
  assert.deepEqual(await errors({ resources: [namespace], log: "KeyError: 'team'", fails: "" }), [
    "KeyError: 'team'",
    3,
  ]);
  assert.deepEqual(await errors({ fails: "exit status 1" }), ["exit status 1:\nTraceback: line 7", 1]);
  assert.deepEqual(await errors({ resources: [{ type: "nothing", name: "a" }] }), [
    'resource type "nothing" is not of the form package:module:Name',
    1,
  ]);
  const refuses = { respond: () => Promise.reject(new Error("no such chart")) };
  assert.deepEqual(await errors({ resources: [namespace] }, refuses), ["no such chart", 3]);
});

test("explains a host that does not start, ends early or takes too long", async () => {
  const error = async (...program: Parameters<typeof record>) =>
    ((await record(...program)).error as Error | undefined)?.message;
  process.env.HOST_FAILS = "yes";
  assert.equal(await error({}), "pulumi-language-test ended with 3:\nno executor");
  delete process.env.HOST_FAILS;
  assert.match((await error({ exits: true })) ?? "", /dropped|UNAVAILABLE|ECONN|disconnect/i);
  assert.equal(await error({ waits: true }, { seconds: 5 }), "the program took longer than 5 s");
  const absent = { name: "pulumi-language-x", file: path.join(folder, "absent") };
  assert.match((await error({}, { host: absent })) ?? "", /^pulumi-language-x (ended with 127|cannot be started)/);
});
