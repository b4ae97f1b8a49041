import assert from "node:assert/strict";
import { it } from "node:test";
import type { PolicyManifest } from "../../../lib/cilium/api/policy";
import { lint } from "../../../lib/lint";
import { meshPortBlocked } from "../../../lib/lint/rules/mesh-port-blocked";
import type { Scenario } from "../../../lib/scenario/scenario";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { withMesh } from "../../support/with-mesh";
import { testRule } from "../rule-tester";
import { scenario } from "../scenario";
import { client, fromClient, http, podinfo } from "../specs";

const opaque = (scenario: Scenario): Scenario => ({
  ...scenario,
  endpoints: scenario.endpoints.map((one) =>
    one.id === "podinfo" ? withMesh(one, { injected: true, opaquePorts: [9898] }) : one,
  ),
});

it("does not recommend the mode transparent for opaque ports", () => {
  const policy: PolicyManifest = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "p", namespace: "demo" },
    spec: {
      endpointSelector: { matchLabels: { app: "podinfo" } },
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { app: "client" } }],
          toPorts: [{ ports: [{ port: "9898" }, { port: "9797" }] }],
        },
      ],
    },
  };
  const found = lint([policy], opaque(scenario(TransportMode.TransportHeader)), { rules: [meshPortBlocked] });
  assert.deepEqual(
    found.map(({ message, fix }) => [
      /9898/.test(message),
      /OutboundTransportMode: transparent|outboundTransportMode/.test(fix),
    ]),
    [
      [false, true],
      [true, false],
    ],
  );
});

testRule(meshPortBlocked, {
  finds: [
    {
      what: "opaque ports, in the mode transparent",
      cluster: opaque,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`,
      finds: [["spec.ingress[0].toPorts[0]", /podinfo on 9898, an opaque port, travel to 4143, which nothing allows/]],
    },

    {
      what: "ingress, with transport header",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`,
      finds: [["spec.ingress[0].toPorts[0]", /requests to podinfo on 9898 travel to 4143, which nothing allows/]],
    },
    {
      what: "egress, with transport header",
      mode: TransportMode.TransportHeader,
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], ${http}}]`,
      finds: [["spec.egress[0].toPorts[0]", /9898 travel to 4143/]],
    },
    {
      what: "a name and a range",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http}, {port: "9700", endPort: 9800}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /9898 and 9797 travel/]],
    },
  ],
  passes: [
    { what: "transparent", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]` },
    {
      what: "4143 allowed elsewhere",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}, {${fromClient}, toPorts: [{ports: [{port: "4143"}]}]}]`,
    },
    {
      what: "an unmeshed client",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], ${http}}]`,
    },
  ],
});
