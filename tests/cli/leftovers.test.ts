import assert from "node:assert/strict";
import { test } from "node:test";
import { describeLeftovers, leftovers, nodeImages } from "../../lib/cli/sandbox/leftovers";
import type { Execute } from "../../lib/common/process";

/** A Docker with these objects. */
function docker(has: { network?: boolean; users?: string[]; nodes?: string[]; images?: string[] }): Execute {
  return async (command, args) => {
    assert.equal(command, "docker");
    const ended = (stdout: string[], code = 0) =>
      ({ kind: "ended", code, stdout: stdout.map((line) => `${line}\n`).join(""), stderr: "" }) as const;
    const asked = args.join(" ");
    if (asked.startsWith("network ls --filter name=^kind$")) return ended(has.network ? ["kind"] : []);
    if (asked === "ps --all --quiet --filter network=kind") return ended(has.users ?? []);
    if (asked.startsWith("ps --all --filter label=io.x-k8s.kind.cluster=mine ")) return ended(has.nodes ?? []);
    if (asked.startsWith("image inspect ")) {
      return has.images?.includes(args.at(-1) ?? "") ? ended(["sha256:1"]) : ended([], 1);
    }
    throw new Error(`unexpected: docker ${asked}`);
  };
}
const state = { directory: "/home/me/.local/share/meshfence" };

test("names what kind leaves behind, with the command that removes it", async () => {
  const execute = docker({ network: true, nodes: ["kindest/node:v1", "kindest/node:v1"], images: ["kindest/node:v1"] });
  const images = await nodeImages(execute, "mine");
  assert.deepEqual(describeLeftovers(await leftovers(execute, images, state)), [
    "The sandbox is gone. These stay, because others may use them:",
    '  Docker\'s network "kind", which kind creates once for all clusters',
    "    docker network rm kind",
    "  the nodes' image",
    "    docker image rm kindest/node:v1",
    "  /home/me/.local/share/meshfence, the state folder of all your stacks, with the passphrase of their secrets",
  ]);
});

test("offers no command to remove what other clusters use", async () => {
  const found = await leftovers(docker({ network: true, users: ["abc"] }), [], {});
  assert.deepEqual(found, [{ what: 'Docker\'s network "kind", which other containers use' }]);
});

test("says that nothing is left only if nothing is", async () => {
  assert.deepEqual(describeLeftovers(await leftovers(docker({}), ["gone:1"], {})), ["Nothing is left behind."]);
  const silent = await leftovers(async () => ({ kind: "absent" }), [], {});
  assert.match(
    describeLeftovers(silent).join("\n"),
    /use them:\n {2}what kind clusters share in Docker; Docker did not answer$/,
  );
});
