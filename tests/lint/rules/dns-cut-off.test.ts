import { dnsCutOff } from "../../../lib/lint/rules/dns-cut-off";
import { testRule } from "../rule-tester";
import { client, dns, old } from "../specs";

testRule(dnsCutOff, {
  finds: [
    {
      what: "for a meshed pod",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /client cannot resolve names, and the Linkerd proxy does not start without/]],
    },
    {
      what: "for another that may connect somewhere",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /old may connect to others/]],
    },
    {
      what: "by a denial",
      spec: `${client}\negressDeny: [{toEntities: [all]}]\nenableDefaultDeny: {egress: false}`,
      finds: [["spec.egressDeny", /client cannot resolve/]],
    },
  ],
  passes: [
    { what: "for a pod that may connect nowhere", spec: `${old}\negress: [{}]` },
    { what: "allowed", spec: `${client}\negress: [${dns}]` },
    { what: "in the other direction", spec: `${client}\ningress: [{}]` },
  ],
});
