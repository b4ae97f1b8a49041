import { restrictsNothing } from "../../../lib/lint/rules/restricts-nothing";
import { testRule } from "../rule-tester";
import { client, dns, namespaceKey } from "../specs";

const noLan =
  "endpointSelector: {}\negress: [{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}, {toEntities: [cluster, kube-apiserver]}]";
const toShop = `{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop}}]}`;
const wide = { clusterwide: true, spec: noLan };

testRule(restrictsNothing, {
  finds: [
    {
      what: "a narrow policy that a wide one undoes",
      spec: `${client}\negress: [${dns}, ${toShop}]`,
      beside: [wide],
      finds: [
        [
          "spec.egress",
          /this restricts nothing: spec\.egress\[\d\] of CiliumClusterwideNetworkPolicy p1 allows these pods all of it and more/,
        ],
      ],
    },
    {
      what: "ingress from a few beside ingress from everybody",
      spec: `${client}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}]}]`,
      beside: [{ spec: "endpointSelector: {}\ningress: [{fromEntities: [all]}]" }],
      finds: [["spec.ingress", /restricts nothing/]],
    },
    {
      what: "pods that no manifest describes yet",
      spec: `endpointSelector: {matchLabels: {app: newcomer}}\negress: [${toShop}]`,
      beside: [wide],
      finds: [["spec.egress", /restricts nothing/]],
    },
  ],
  passes: [
    { what: "alone", spec: `${client}\negress: [${dns}, ${toShop}]` },
    {
      what: "beside a wide policy for other pods",
      spec: `${client}\negress: [${dns}, ${toShop}]`,
      beside: [{ spec: noLan.replace("{}", "{matchLabels: {app: old}}") }],
    },
    {
      what: "that allows what the wide one does not",
      spec: `${client}\negress: [${toShop}, {toCIDR: [10.9.0.0/16]}]`,
      beside: [wide],
    },
    {
      what: "that denies",
      spec: `${client}\negress: [${toShop}]\negressDeny: [{toEntities: [world]}]`,
      beside: [wide],
    },
    {
      what: "one that adds and does not restrict",
      spec: `${client}\negress: [${toShop}]\nenableDefaultDeny: {egress: false}`,
      beside: [wide],
    },
    { what: "a default deny", spec: `${client}\negress: [{}]`, beside: [wide] },
    {
      what: "beside one that is as narrow",
      spec: `${client}\negress: [${toShop}]`,
      beside: [{ spec: `endpointSelector: {}\negress: [${toShop}, ${dns}]` }],
    },
    {
      what: "as wide as the other",
      spec: noLan,
      beside: [wide],
    },
  ],
});
