import { emptyPeerList } from "../../../lib/lint/rules/empty-peer-list";
import { testRule } from "../rule-tester";
import { http, podinfo } from "../specs";

testRule(emptyPeerList, {
  finds: [
    {
      what: "of endpoints",
      spec: `${podinfo}\ningress: [{fromEndpoints: [], ${http}}]`,
      finds: [["spec.ingress[0].fromEndpoints", /matches nobody, so this rule allows nothing/]],
    },
    {
      what: "of entities, beside others",
      spec: `${podinfo}\negress: [{toEntities: [], toCIDR: [192.0.2.0/24]}]`,
      finds: [["spec.egress[0].toEntities", /allows nothing, whatever else it names/]],
    },
    {
      what: "of Services, with ports",
      spec: `${podinfo}\negress: [{toServices: [], ${http}}]`,
      finds: [["spec.egress[0].toServices", /its ports to anyone, the world included/]],
    },
    {
      what: "of names, beside others",
      spec: `${podinfo}\negress: [{toFQDNs: [], toEntities: [world], ${http}}]`,
      finds: [["spec.egress[0].toFQDNs", /read as absent$/]],
    },
  ],
  passes: [{ what: "with a peer", spec: `${podinfo}\ningress: [{fromEndpoints: [{}], ${http}}]` }],
});
