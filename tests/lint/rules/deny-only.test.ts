import { denyOnly } from "../../../lib/lint/rules/deny-only";
import { testRule } from "../rule-tester";
import { client, podinfo } from "../specs";
import { agent, testTierRule, tiered } from "../tier-tester";

const newcomer = "endpointSelector: {matchLabels: {app: newcomer}}";

testRule(denyOnly, {
  finds: [
    {
      what: "the world",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]`,
      finds: [["spec.egressDeny", /also blocks all other egress/]],
    },
    {
      what: "beside a policy that allows others, where no pod is known yet",
      spec: `${newcomer}\negressDeny: [{toEntities: [world]}]`,
      beside: [{ spec: `${client}\negress: [{toEntities: [all]}]` }],
      finds: [["spec.egressDeny", /also blocks all other egress/]],
    },
  ],
  passes: [
    {
      what: "everybody, as a default deny",
      spec: `${podinfo}\ningressDeny: [{fromEntities: [all]}]\negressDeny: [{toEntities: [all]}]`,
    },

    {
      what: "nobody, which another rule reports",
      spec: `${podinfo}\negressDeny: [{}]`,
    },
    {
      what: "beside a policy that allows, where no pod is known yet",
      spec: `${newcomer}\negressDeny: [{toEntities: [world]}]`,
      beside: [{ spec: "endpointSelector: {}\negress: [{toEntities: [all]}]" }],
    },
    {
      what: "without default deny",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]\nenableDefaultDeny: {egress: false}`,
    },
    {
      what: "beside what is allowed",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]\negress: [{toEntities: [all]}]`,
    },
  ],
});

const denying =
  "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: db, namespace: shop}\nspec: {endpointSelector: {}, ingressDeny: [{fromEntities: [world]}]}\n";
const accepting = tiered(
  "tier: Admin",
  "subject: {namespaces: {}}",
  "ingress: [{action: Accept, from: [{namespaces: {}}]}]",
);

testTierRule(denyOnly, [
  {
    what: "beside a ClusterNetworkPolicy that passes",
    texts: [agent(true), accepting.replace("Accept", "Pass"), denying],
    finds: ["CiliumNetworkPolicy shop/db spec.ingressDeny 18"],
  },
  { what: "beside one that accepts, so nothing else is cut", texts: [agent(true), accepting, denying], finds: [] },
]);
