import assert from "node:assert/strict";
import { test } from "node:test";
import { applied } from "../../../lib/input/live/applied";
import type { LocatedDocument } from "../../../lib/input/manifests/document";

const document = (value: object, file = "cluster"): LocatedDocument => ({ file, value, position: () => ({}) });
const after = (live: object[], written: object[]) =>
  applied(
    live.map((one) => document(one)),
    written.map((one) => document(one, "k8s/all.yaml")),
    "default",
  ).after;

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const policy = (metadata: object, spec: object) => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "p", namespace: "shop", ...metadata },
  spec,
});

test("removes what the last apply set and this one does not; keeps what others set", () => {
  const earlier = policy({ labels: { mine: "1" } }, { ingress: [], egress: [] });
  const live = policy(
    { uid: "u", labels: { mine: "1", theirs: "2" }, annotations: { [lastApplied]: JSON.stringify(earlier) } },
    { ingress: [], egress: [], enableDefaultDeny: { ingress: true } },
  );
  const [{ value }] = after([live], [policy({ labels: { new: "3" } }, { ingress: [{}] })]) as [LocatedDocument];
  const { metadata, spec } = value as ReturnType<typeof policy> & { metadata: { labels: object } };
  assert.deepEqual(spec, { ingress: [{}], enableDefaultDeny: { ingress: true } });
  assert.deepEqual(metadata.labels, { theirs: "2", new: "3" });
});

test("without a last apply, replaces the spec and adds to the labels", () => {
  const live = policy({ labels: { theirs: "2" } }, { ingress: [], egress: [] });
  const [{ value, file }] = after([live], [policy({ labels: { mine: "1" } }, { ingress: [{}] })]) as [LocatedDocument];
  const { metadata, spec } = value as ReturnType<typeof policy> & { metadata: { labels: object } };
  assert.deepEqual([spec, metadata.labels, file], [{ ingress: [{}] }, { theirs: "2", mine: "1" }, "k8s/all.yaml"]);
});

test("leaves a workload's pods to its template, in both states", () => {
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {},
  };
  const pod = (name: string, owner: string, hash: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      labels: { "pod-template-hash": hash },
      ownerReferences: [{ controller: true, kind: "ReplicaSet", name: owner }],
    },
  });
  const live = [deployment, pod("web-a-1", "web-a", "a"), pod("web-api-b-1", "web-api-b", "b")];
  const names = (documents: readonly LocatedDocument[]) =>
    documents.map(({ value }) => (value as typeof deployment).metadata.name);
  const { before, after: then } = applied(
    live.map((one) => document(one)),
    [document(deployment)],
    "default",
  );
  assert.deepEqual(
    [names(before), names(then)],
    [
      ["web", "web-api-b-1"],
      ["web", "web-api-b-1"],
    ],
  );
});

test("splits lists, fills in namespaces, and adds new objects", () => {
  const written = {
    apiVersion: "v1",
    kind: "List",
    items: [{ apiVersion: "v1", kind: "Service", metadata: { name: "s" } }],
  };
  const live = { apiVersion: "v1", kind: "Service", metadata: { name: "s", namespace: "default", uid: "u" } };
  assert.equal(after([live], [written]).length, 1);
  assert.equal(after([], [written]).length, 1);
});
