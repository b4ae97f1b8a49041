import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterError, type Snapshot } from "../../lib/cluster";
import { controlLabels } from "../../lib/cluster/control-namespace";
import { removeAbandoned } from "../../lib/verify/strangers/abandoned";

test("reports leftovers it cannot remove and verifies anyway; an interruption stops it", async () => {
  const metadata = { name: "left", labels: controlLabels, creationTimestamp: "2020-01-01T00:00:00Z" };
  const snapshot = { namespaces: [{ metadata }] } as unknown as Pick<Snapshot, "namespaces">;
  const failing = { removeControlNamespace: () => Promise.reject(new ClusterError("other", "no such luck")) };
  const notes = await removeAbandoned(failing, snapshot, new AbortController().signal);
  assert.deepEqual(notes, [
    { text: "Could not remove namespace left, left behind by a verification that was killed: no such luck." },
  ]);
  await assert.rejects(removeAbandoned(failing, snapshot, AbortSignal.abort()), ClusterError);
});
