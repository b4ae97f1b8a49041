import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromKubernetes, type KubernetesPolicySpec } from "../../lib/cilium/api/from-kubernetes";
import { lint } from "../../lib/lint";
import type { TransportMode } from "../../lib/scenario/transport-mode";
import { scenario } from "./scenario";

describe("lint of a Kubernetes NetworkPolicy", () => {
  const found = (spec: KubernetesPolicySpec, mode?: TransportMode) => {
    const { policy } = fromKubernetes({
      ...{
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "p", namespace: "demo" },
        spec,
      },
    });
    return lint([policy], scenario(mode)).map(({ rule, object, fix }) => ({ rule, object, fix }));
  };

  it("finds what the mesh does to ports, with advice in Kubernetes' terms", () => {
    const toServer = { podSelector: { matchLabels: { app: "podinfo" } }, ingress: [{ ports: [{ port: 9898 }] }] };
    assert.ok(
      found(toServer, "transport-header").some(
        ({ rule, object }) => rule === "mesh-port-blocked" && object === "NetworkPolicy demo/p",
      ),
    );
    const nobody = { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: "nobody" } } }] }] };
    const [selection] = found(nobody).filter(({ rule }) => rule === "selects-nothing");
    assert.match(selection?.fix ?? "", /add a namespaceSelector/);
  });

  it("does not find traps that only Cilium's policies have, such as an empty rule or a missing peer", () => {
    const podinfo = { podSelector: { matchLabels: { app: "podinfo" } } };
    const open = found(
      {
        podSelector: { matchLabels: { app: "podinfo" } },
        policyTypes: ["Ingress"],
        ingress: [{}, { ports: [{ port: 9797 }] }],
      },
      "transparent",
    );
    // In Cilium's terms a default deny is an empty rule, which lint reports only in Cilium's policies.
    const shut = found({ ...podinfo, policyTypes: ["Ingress"] }, "transparent");
    assert.deepEqual(
      [...open, ...shut].filter(({ rule }) => !rule.endsWith("cut-off")).map(({ rule }) => rule),
      [],
    );
  });
});
