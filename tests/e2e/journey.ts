import assert from "node:assert/strict";
import type { Machine, Proof } from "./machine";
import { Steps } from "./steps";

/**
 * The life of a sandbox. Each step goes on from the one before it; the first that fails ends the journey, and what was made is removed.
 */
export async function journey(machine: Machine): Promise<boolean> {
  const steps = new Steps((line) => process.stdout.write(`${line}\n`));
  const { step } = steps;

  await step("up brings up the whole sandbox", async () => {
    const { stdout } = await machine.succeeds("up");
    assert.match(stdout, /^The sandbox is up after \d+ s\. \d+ created\.$/m);
  });

  await step(
    "no private key and no kubeconfig is in plain text in the state, and none in the working directory",
    async () => {
      const stored = machine.storedState();
      assert.ok(stored.length > 0, "no state was found");
      for (const secret of [/PRIVATE KEY-----/, /client-key-data/]) assert.doesNotMatch(stored, secret);
      assert.deepEqual(await machine.newFiles(), [`Pulumi.${machine.stack}.yaml`]);
    },
  );

  await step(
    "verify finds what was predicted: the API with mTLS, its metrics port shut, the outside shut",
    async () => {
      const proof = await machine.verify();
      assert.deepEqual(client(proof, 9898), { predicted: "allowed", observed: "reachable", mtls: "proven" });
      assert.deepEqual(client(proof, 9797), { predicted: "denied", observed: "denied", mtls: undefined });
      assert.ok(
        proof.edges.some(({ to, observed }) => to.startsWith("outside") && observed === "denied"),
        "nothing outside the cluster was probed",
      );
    },
  );

  await step("a second up changes nothing", async () => {
    const { stdout } = await machine.succeeds("up");
    assert.match(stdout, /^The sandbox is up after \d+ s\. Nothing had to change: \d+ unchanged\.$/m);
  });

  await step("a preview names exactly the edge that a changed policy opens, and verify finds it open", async () => {
    const opened = ["--config", "allowedPorts=[9898,9797]"];
    const { stdout } = await machine.succeeds("up", "--preview", ...opened);
    const edges = stdout.split("\n").filter((line) => /^\s*[-+~] .* -> /.test(line));
    assert.deepEqual(
      edges.map((line) => line.replaceAll(/\s+/g, " ").replace(" :", ":").trim()),
      ['~ client -> podinfo: "TCP 9898 mTLS" => "TCP 9797, 9898 mTLS"'],
    );
    await machine.succeeds("up", ...opened);
    assert.equal(client(await machine.verify(), 9797).observed, "reachable");
    await machine.succeeds("up", "--config", "allowedPorts=[9898]");
  });

  await step(
    "with transport-header Cilium alone no longer tells the ports of podinfo apart, and Linkerd does, as was predicted",
    async () => {
      const otherMode = ["--config", "transportMode=transport-header", "--config"];
      await machine.succeeds("up", ...otherMode, "enforce=cilium");
      const proof = await machine.verify();
      for (const port of [9898, 9797]) {
        assert.deepEqual(
          client(proof, port),
          { predicted: "allowed", observed: "reachable", mtls: "proven" },
          String(port),
        );
      }
      await machine.succeeds("up", ...otherMode, "enforce=both");
      const both = await machine.verify();
      assert.equal(client(both, 9898).observed, "reachable");
      assert.deepEqual(client(both, 9797), { predicted: "denied", observed: "denied", mtls: undefined });
      await machine.succeeds("up", "--config", "transportMode=transparent");
      assert.equal(client(await machine.verify(), 9797).observed, "denied");
    },
  );

  await step("the issuer is renewed, and not one request of the client fails meanwhile", async () => {
    const before = await machine.issuerSerial();
    const since = new Date();
    await machine.succeeds("up", "--config", 'certificates={"issuerHours":8000}');
    assert.notEqual(await machine.issuerSerial(), before, "the issuer is the old one");
    await machine.seesEvent("linkerd", "IssuerUpdated", since);
    await machine.verify();
    const { good, bad } = await machine.clientReport(since);
    assert.ok(good > 0, "the client sent nothing");
    assert.equal(bad, 0);
  });

  await step("a refresh finds nothing changed", async () => {
    const { same: _, ...changes } = await machine.refresh();
    assert.deepEqual(changes, {});
  });

  await step("a cluster that was deleted behind Pulumi's back is noticed, and down recovers", async () => {
    await machine.deleteCluster();
    const up = await machine.run("up");
    assert.equal(up.status, 2);
    assert.match(up.stderr, /this stack's own, and gone/);
    const { stdout } = await machine.succeeds("down");
    assert.match(stdout, /^The sandbox is gone\./m);
    assert.equal(machine.storedState(), "");
  });

  await step("an up that is killed halfway is taken up by the next", async () => {
    await machine.killedAt(/^ {2}creating .*Release .*control-plane/m, "up");
    const next = await machine.run("up");
    if (next.status !== 0) {
      // The lock of an update that had no time to end: the message names the command that takes it away.
      const command = /run `([^`]*pulumi cancel[^`]*)`/.exec(next.stderr)?.[1];
      assert.ok(command, next.stderr);
      await machine.shell(command);
      await machine.succeeds("up");
    }
    assert.equal(client(await machine.verify(), 9898).observed, "reachable");
  });

  await step("down leaves nothing: no container, no network, no file, no context", async () => {
    await machine.succeeds("down");
    assert.deepEqual(await machine.containers(), []);
    assert.deepEqual(await machine.newNetworks(), []);
    assert.deepEqual(await machine.contexts(), []);
    assert.equal(machine.storedState(), "");
  });

  return steps.allPassed;
}

function client({ edges }: Proof, port: number) {
  const edge = edges.find(
    ({ from, to, port: its }) => from === "cilium-linkerd/client" && to === "cilium-linkerd/podinfo" && its === port,
  );
  assert.ok(edge, `no edge from client to podinfo on ${port} in the proof`);
  const { predicted, observed, mtls } = edge;
  return { predicted, observed, mtls: mtls?.state };
}
