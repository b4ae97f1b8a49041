import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluateBoth } from "../../../lib/manifests/evaluate";

const state = (items: object[]) =>
  readManifests([{ file: "a.json", text: JSON.stringify({ apiVersion: "v1", kind: "List", items }) }]);

test("names pods it had no room for as not seen", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: `p${index}`, namespace: "shop" },
      spec: { endpointSelector: { matchLabels: { app: `a${index}` } }, ingress: [{}] },
    }));
  const unseen = (count: number) => {
    const { before } = evaluateBoth(state(many(count)), state([]), { namespace: "default" });
    return before.unseen.map(({ object }) => object);
  };
  assert.deepEqual(unseen(320), []);
  assert.match(unseen(3020)[0] ?? "", /^\d+ more sets of pods that policies select$/);
});
