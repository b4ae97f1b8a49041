import { meshPortAlone } from "../../../lib/lint/rules/mesh-port-alone";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { withMesh } from "../../support/with-mesh";
import { testRule } from "../rule-tester";
import { client, fromClient, http, podinfo } from "../specs";

const only4143 = 'toPorts: [{ports: [{port: "4143", protocol: TCP}]}]';
const opaque = (scenario: Parameters<NonNullable<Parameters<typeof testRule>[1]["passes"][0]["cluster"]>>[0]) => ({
  ...scenario,
  endpoints: scenario.endpoints.map((one) =>
    one.id === "podinfo" ? withMesh(one, { injected: true, opaquePorts: [9898, 9797] }) : one,
  ),
});

testRule(meshPortAlone, {
  finds: [
    {
      what: "in ingress",
      spec: `${podinfo}\ningress: [{${fromClient}, ${only4143}}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /no meshed request to podinfo travels on 4143 here/]],
    },
    {
      what: "in egress",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], ${only4143}}]`,
      finds: [["spec.egress[0].toPorts[0].ports[0].port", /podinfo/]],
    },
  ],
  passes: [
    {
      what: "with transport header",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${only4143}}]`,
    },
    {
      what: "beside the application's port",
      spec: `${podinfo}\ningress: [{${fromClient}, ${only4143}}, {${fromClient}, ${http}}]`,
    },
    { what: "of opaque ports", cluster: opaque, spec: `${podinfo}\ningress: [{${fromClient}, ${only4143}}]` },
    {
      what: "for pods that are not meshed",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], ${only4143}}]`,
    },
  ],
});
