import { denyOnly } from "../../../lib/lint/rules/deny-only";
import { testRule } from "../rule-tester";
import { client, podinfo } from "../specs";

const newcomer = "endpointSelector: {matchLabels: {app: newcomer}}";

testRule(denyOnly, {
  finds: [
    {
      what: "the world",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]`,
      finds: [["spec.egressDeny", /also cuts every other egress/]],
    },
    {
      what: "beside a policy that allows others, where no pod is known yet",
      spec: `${newcomer}\negressDeny: [{toEntities: [world]}]`,
      beside: [{ spec: `${client}\negress: [{toEntities: [all]}]` }],
      finds: [["spec.egressDeny", /also cuts every other egress/]],
    },
  ],
  passes: [
    {
      what: "everybody, as a default deny",
      spec: `${podinfo}\ningressDeny: [{fromEntities: [all]}]\negressDeny: [{toEntities: [all]}]`,
    },

    {
      what: "nobody, which another rule speaks of",
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
