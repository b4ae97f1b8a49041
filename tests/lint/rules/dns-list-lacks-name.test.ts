import { dnsListLacksName } from "../../../lib/lint/rules/dns-list-lacks-name";
import { testRule } from "../rule-tester";
import { client, dns, podinfo, watchedDns } from "../specs";

const listed = (...patterns: string[]) => watchedDns.replace('{matchPattern: "*"}', patterns.join(", "));
const toApi = "{toFQDNs: [{matchName: api.example.com}]}";

testRule(dnsListLacksName, {
  finds: [
    {
      what: "a list of the cluster's names",
      spec: `${client}\negress: [${toApi}, ${listed('{matchPattern: "*.svc.cluster.local"}')}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /no DNS rule lets these pods resolve api.example.com/]],
    },
    {
      what: "a pattern of more labels than the list has",
      spec: `${client}\negress: [{toFQDNs: [{matchPattern: "**.example.com"}]}, ${listed('{matchPattern: "*.example.com"}')}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchPattern", /resolve \*\*\.example\.com/]],
    },
    {
      what: "a list in another policy for the same pods",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}, {matchName: www.example.com}]}]`,
      beside: [{ spec: `endpointSelector: {}\negress: [${listed("{matchName: www.example.com}")}]` }],
      finds: [["spec.egress[0].toFQDNs[0].matchName", /api.example.com/]],
    },
  ],
  passes: [
    {
      what: "the name itself, in other letter case",
      spec: `${client}\negress: [${toApi}, ${listed("{matchName: API.example.com.}")}]`,
    },
    {
      what: "a pattern that matches it",
      spec: `${client}\negress: [${toApi}, ${listed('{matchPattern: "*.example.com"}')}]`,
    },
    { what: "every name", spec: `${client}\negress: [${toApi}, ${watchedDns}]` },
    {
      what: "two lists, one of which contains it",
      spec: `${client}\negress: [${toApi}, ${listed('{matchPattern: "*.local"}')}]`,
      beside: [{ spec: `endpointSelector: {}\negress: [${listed("{matchName: api.example.com}")}]` }],
    },
    {
      what: "a rule that allows every name",
      spec: `${client}\negress: [${toApi}, ${listed('{matchPattern: "*.local"}')}, ${dns}]`,
    },
    { what: "no list at all, which another rule reports", spec: `${client}\negress: [${toApi}, ${dns}]` },
    {
      what: "a list for other pods",
      spec: `${client}\negress: [${toApi}, ${watchedDns}]`,
      beside: [{ spec: `${podinfo}\negress: [${listed('{matchPattern: "*.local"}')}]` }],
    },
  ],
});
