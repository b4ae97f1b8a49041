import assert from "node:assert/strict";
import { test } from "node:test";
import { ownHolder } from "../../lib/common/holder";
import type { Execute, Execution } from "../../lib/common/process";
import { dockerOutside } from "../../lib/verify/outside/docker";
import { hostAndPort, namedOutside } from "../../lib/verify/outside/outside";

const done = (stdout: string, code = 0, stderr = ""): Execution => ({ kind: "ended", code, stdout, stderr });
const node = JSON.stringify([
  {
    Config: { Image: "kindest/node:v1", Labels: { "io.x-k8s.kind.cluster": "meshfence" } },
    NetworkSettings: { Networks: { kind: {} } },
  },
]);
const request = { nodes: ["meshfence-control-plane"], image: "podinfo:6", port: 9898 };

/** A Docker that answers command lines by prefix. */
function docker(answers: { [start: string]: Execution }) {
  const said: string[] = [];
  const execute: Execute = async (command, args) => {
    const line = [command, ...args].join(" ");
    said.push(line);
    const start = Object.keys(answers).find((one) => line.startsWith(`docker ${one}`));
    return start === undefined ? done("") : (answers[start] ?? done(""));
  };
  return { execute, said };
}
const kind = {
  "container inspect": done(node),
  "image inspect": done("sha256:1"),
  run: done("id"),
  inspect: done("172.18.0.9\n"),
};

test("starts a server on the cluster's network, from a local image, and removes it", async () => {
  const { execute, said } = docker(kind);
  const found = await dockerOutside(execute, request);
  assert.ok("address" in found);
  assert.equal(found.address, "172.18.0.9");
  const started = said.find((line) => line.startsWith("docker run")) ?? "";
  assert.match(
    started,
    /--network kind .*--memory 128m --pids-limit 64 --read-only --cap-drop ALL --security-opt no-new-privileges --label \S+ podinfo:6$/,
  );
  assert.match(started, /--pull never/);
  assert.ok(started.includes(`--label meshfence.dev/holder=${ownHolder()} `));
  await found.remove();
  assert.match(said.at(-1) ?? "", /^docker rm --force --volumes meshfence-verify-[0-9a-f]{8}$/);
});

test("without the image, uses the node's own, which refuses connections", async () => {
  const { execute, said } = docker({ ...kind, "image inspect": done("", 1, "No such image") });
  const found = await dockerOutside(execute, request);
  assert.ok("address" in found);
  assert.match(said.find((line) => line.startsWith("docker run")) ?? "", /--entrypoint sleep kindest\/node:v1 86400$/);
  assert.match(found.description, /refuses/);
});

test("removes what an earlier run left, and nothing that another run uses", async () => {
  const [machine, ...rest] = ownHolder().split("_");
  const gone = [machine, rest[0], 2 ** 22 + 1, rest[2]].join("_");
  const elsewhere = ["0123456789abcdef", rest[0], 2 ** 22 + 1, rest[2]].join("_");
  const ps = done(`aaa ${gone}\nbbb ${ownHolder()}\nccc \nddd ${elsewhere}\n`);
  const { execute, said } = docker({ ...kind, ps });
  await dockerOutside(execute, request);
  assert.ok(said.some((line) => line.includes("--filter label=meshfence.dev/holder --format")));
  const removed = said.filter((line) => line.startsWith("docker rm"));
  assert.deepEqual(removed, ["docker rm --force --volumes aaa"]);
});

test("without a kind cluster on this machine, says so and starts nothing", async () => {
  const cases: [Execution, RegExp][] = [
    [{ kind: "absent" }, /docker is not installed/],
    [{ kind: "timeout" }, /does not answer/],
    [done("", 1), /is not a container of the Docker engine here/],
    [
      done(JSON.stringify([{ Config: { Image: "x", Labels: {} }, NetworkSettings: { Networks: { bridge: {} } } }])),
      /not a node of kind/,
    ],
  ];
  for (const [answer, words] of cases) {
    const { execute, said } = docker({ ...kind, "container inspect": answer });
    const found = await dockerOutside(execute, request);
    assert.ok("absent" in found);
    assert.match(found.absent, words);
    assert.ok(!said.some((line) => line.startsWith("docker run")));
  }
});

test("removes a container that does not start or gets no address", async () => {
  for (const answers of [
    { ...kind, run: done("", 125, "port is in use") },
    { ...kind, inspect: done("\n") },
  ]) {
    const { execute, said } = docker(answers);
    assert.ok("absent" in (await dockerOutside(execute, request)));
    assert.match(said.at(-1) ?? "", /^docker rm --force --volumes meshfence-verify-/);
  }
});

test("uses a named server as given", async () => {
  assert.deepEqual(hostAndPort("192.0.2.7:8080"), { host: "192.0.2.7", port: 8080 });
  assert.deepEqual(hostAndPort("[2001:db8::1]:80"), { host: "2001:db8::1", port: 80 });
  for (const bad of ["192.0.2.7", "host:", ":80", "host:0", "host:70000", "2001:db8::1:80x", "a b:80"]) {
    assert.equal(hostAndPort(bad), undefined, bad);
  }
  const found = await namedOutside("192.0.2.7", 8080);
  assert.ok("address" in found);
  assert.deepEqual([found.address, found.port], ["192.0.2.7", 8080]);
});
