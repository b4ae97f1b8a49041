import { fqdnWithoutDns } from "../../../lib/lint/rules/fqdn-without-dns";
import { type FindingCase, testRule } from "../rule-tester";
import { client, dns, metadataName, namespaceKey, podinfo, watchedDns } from "../specs";

const newcomer = "endpointSelector: {matchLabels: {app: newcomer}}";
const toApi = "egress: [{toFQDNs: [{matchName: api.example.com}]}]";
const matchesNoAddress: FindingCase["finds"] = [["spec.egress[0].toFQDNs", /match no address/]];

testRule(fqdnWithoutDns, {
  finds: [
    {
      what: "none",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}]}, ${dns}]`,
      finds: [["spec.egress[0].toFQDNs", /match no address/]],
    },
    {
      what: "one for other pods",
      spec: `${client}\n${toApi}`,
      beside: [{ spec: `${podinfo}\negress: [${watchedDns}]` }],
      finds: matchesNoAddress,
    },
    {
      what: "one of two pods, neither of which is described yet",
      spec: `endpointSelector: {matchExpressions: [{key: app, operator: In, values: [newcomer, late]}]}\n${toApi}`,
      beside: [{ spec: `${newcomer}\negress: [${watchedDns}]` }],
      finds: matchesNoAddress,
    },
    {
      what: "one in another namespace, where no pod is known yet",
      spec: `${newcomer}\n${toApi}`,
      beside: [{ namespace: "shop", spec: `endpointSelector: {}\negress: [${watchedDns}]` }],
      finds: matchesNoAddress,
    },
    {
      what: "one for a part of the pods, where none is known yet",
      spec: `${newcomer}\n${toApi}`,
      beside: [{ spec: `endpointSelector: {matchLabels: {app: newcomer, tier: front}}\negress: [${watchedDns}]` }],
      finds: matchesNoAddress,
    },
  ],
  passes: [
    {
      what: "one beside it",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}]}, ${watchedDns}]`,
    },
    {
      what: "one for pods that it knows, in another policy",
      spec: `${client}\n${toApi}`,
      beside: [{ spec: `endpointSelector: {}\negress: [${watchedDns}]` }],
    },
    {
      what: "one for every pod of the namespace, where no pod is known yet",
      spec: `${newcomer}\n${toApi}`,
      beside: [{ spec: `endpointSelector: {}\negress: [${watchedDns}]` }],
    },
    {
      what: "one for every pod of the cluster, where no pod is known yet",
      spec: `${newcomer}\n${toApi}`,
      beside: [
        {
          clusterwide: true,
          spec: `endpointSelector: {matchExpressions: [{key: ${JSON.stringify(namespaceKey)}, operator: NotIn, values: [kube-system]}]}\negress: [${watchedDns}]`,
        },
      ],
    },
    {
      what: "one by the label of the namespace, where no pod is known yet",
      spec: `${newcomer}\n${toApi}`,
      beside: [
        {
          clusterwide: true,
          spec: `endpointSelector: {matchLabels: {${metadataName}: demo}}\negress: [${watchedDns}]`,
        },
      ],
    },
    {
      what: "each of several pods, none of which is known yet",
      spec: `endpointSelector: {matchExpressions: [{key: app, operator: In, values: [newcomer, late]}]}\n${toApi}`,
      beside: [newcomer, newcomer.replace("newcomer", "late")].map((subject) => ({
        spec: `${subject}\negress: [${watchedDns}]`,
      })),
    },
    {
      what: "denied names, which Cilium ignores",
      spec: `${client}\negressDeny: [{toFQDNs: [{matchName: api.example.com}]}]`,
    },
  ],
});
