import { inClusterName } from "../../../lib/lint/rules/in-cluster-name";
import { testRule } from "../rule-tester";
import { client, watchedDns } from "../specs";

testRule(inClusterName, {
  finds: [
    {
      what: "of an existing Service",
      spec: `${client}\negress: [{toFQDNs: [{matchName: db.shop.svc.cluster.local}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /the Service db in shop, and toFQDNs never matches pods/]],
    },
    {
      what: "of one of its pods",
      spec: `${client}\negress: [{toFQDNs: [{matchName: DB-0.db.shop.svc.cluster.local.}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /the Service db in shop/]],
    },
    {
      what: "by the Service's short name",
      spec: `${client}\negress: [{toFQDNs: [{matchName: old}, {matchName: db.shop}, {matchName: db.shop.svc}]}, ${watchedDns}]`,
      finds: [
        ["spec.egress[0].toFQDNs[0].matchName", /the Service old in demo/],
        ["spec.egress[0].toFQDNs[1].matchName", /the Service db in shop/],
        ["spec.egress[0].toFQDNs[2].matchName", /the Service db in shop/],
      ],
    },
    {
      what: "of something unknown",
      spec: `${client}\negress: [{toFQDNs: [{matchName: cache.elsewhere.svc.cluster.local}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /a name inside the cluster/]],
    },
    {
      what: "of many",
      spec: `${client}\negress: [{toFQDNs: [{matchPattern: "*.shop.svc.cluster.local"}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchPattern", /a name inside the cluster/]],
    },
  ],
  passes: [
    {
      what: "of a Service that leads outside",
      spec: `${client}\negress: [{toFQDNs: [{matchName: outside.shop.svc.cluster.local}]}, ${watchedDns}]`,
    },
    {
      what: "in a DNS rule",
      spec: `${client}\negress: [${watchedDns.replace('"*"', '"*.svc.cluster.local"')}]`,
    },
    {
      what: "outside",
      spec: `${client}\negress: [{toFQDNs: [{matchName: db.example.com}, {matchPattern: "*.local.example.com"}, {matchPattern: "*"}]}, ${watchedDns}]`,
    },
  ],
});
