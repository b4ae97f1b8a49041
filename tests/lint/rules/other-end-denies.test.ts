import { otherEndDenies } from "../../../lib/lint/rules/other-end-denies";
import { testRule } from "../rule-tester";
import { client, namespaceKey, old } from "../specs";

const toDb = `{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: db}}], toPorts: [{ports: [{port: "5432", protocol: TCP}]}]}`;
const db = (peer: string, port = "5432") => ({
  namespace: "shop",
  spec: `endpointSelector: {matchLabels: {app: db}}\ningress: [{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: demo, app: ${peer}}}], toPorts: [{ports: [{port: "${port}", protocol: TCP}]}]}]`,
});

testRule(otherEndDenies, {
  finds: [
    {
      what: "egress to a pod that admits others",
      spec: `${old}\negress: [${toDb}]`,
      beside: [db("client")],
      finds: [
        [
          "spec.egress[0].toEndpoints",
          /this allows nothing: under the policies at the other end, db never admits old here/,
        ],
      ],
    },
    {
      what: "egress on a port that the other end does not allow",
      spec: `${client}\negress: [${toDb}]`,
      beside: [db("client", "5433")],
      finds: [["spec.egress[0].toEndpoints", /db never admits client/]],
    },
    {
      what: "ingress from a pod that may connect nowhere",
      spec: `${old}\ningress: [{fromEndpoints: [{matchLabels: {app: client}}], toPorts: [{ports: [{port: http}]}]}]`,
      beside: [{ spec: `${client}\negress: [{toEntities: [none]}]` }],
      finds: [["spec.ingress[0].fromEndpoints", /client never connects to old/]],
    },
  ],
  passes: [
    { what: "both", spec: `${client}\negress: [${toDb}]`, beside: [db("client")] },
    { what: "an end without policies", spec: `${client}\negress: [${toDb}]` },
    {
      what: "one of several pods",
      spec: `endpointSelector: {matchExpressions: [{key: app, operator: In, values: [client, old]}]}\negress: [${toDb}]`,
      beside: [db("client")],
    },
    {
      what: "pods that may exist without being described",
      facts: { unseenPods: ["shop"] },
      spec: `${old}\negress: [${toDb}]`,
      beside: [db("client")],
    },
    {
      what: "more peers than pods",
      spec: `${old}\negress: [{toEntities: [cluster]}]`,
      beside: [db("client")],
    },
  ],
});
