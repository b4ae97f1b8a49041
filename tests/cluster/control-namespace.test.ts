import assert from "node:assert/strict";
import { test } from "node:test";
import { abandonedNamespaces } from "../../lib/cluster";

test("a control namespace is abandoned if its process has ended or its pods must have ended, and only if it is ours", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  const labels = { "app.kubernetes.io/managed-by": "meshfence", "app.kubernetes.io/name": "meshfence-control" };
  const namespace = (name: string, minutes: number, holder: string, more: object = {}) => ({
    metadata: {
      ...{ name, labels, annotations: { "meshfence.dev/holder": holder } },
      creationTimestamp: new Date(now - minutes * 60_000).toISOString(),
      ...more,
    },
  });
  const namespaces = [
    namespace("killed-here", 1, "dead"),
    namespace("runs-here", 1, "alive"),
    namespace("runs-elsewhere", 29, "unknown"),
    namespace("killed-elsewhere", 31, "unknown"),
    namespace("made-by-an-older-version", 31, "", { annotations: undefined }),
    namespace("somebodys", 31, "dead", { labels: { "app.kubernetes.io/managed-by": "meshfence" } }),
    namespace("goes-already", 31, "dead", { deletionTimestamp: "2026-11-27T11:59:59Z" }),
  ];
  assert.deepEqual(
    abandonedNamespaces(namespaces, (holder) => holder === "dead", now),
    ["killed-here", "killed-elsewhere", "made-by-an-older-version"],
  );
});
