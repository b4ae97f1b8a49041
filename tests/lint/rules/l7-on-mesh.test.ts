import { l7OnMesh } from "../../../lib/lint/rules/l7-on-mesh";
import { testRule } from "../rule-tester";
import { client, fromClient, podinfo, watchedDns } from "../specs";

testRule(l7OnMesh, {
  finds: [
    {
      what: "HTTP",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`,
      finds: [["spec.ingress[0].toPorts[0].rules", /between client and podinfo the traffic is Linkerd's mTLS/]],
    },
  ],
  passes: [
    {
      what: "HTTP from pods that are not meshed",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], toPorts: [{ports: [{port: "9898", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`,
    },
    {
      what: "HTTP that is denied, which Cilium does not see",
      spec: `${podinfo}\ningressDeny: [{${fromClient}, toPorts: [{ports: [{port: "9898", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`,
    },
    {
      what: "DNS, which no proxy of Linkerd carries",
      spec: `${client}\negress: [${watchedDns}]`,
    },
  ],
});
