import { cidrForCluster } from "../../../lib/lint/rules/cidr-for-cluster";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

testRule(cidrForCluster, {
  finds: [
    {
      what: "pods of kind",
      spec: `${podinfo}\ningress: [{fromCIDR: [10.244.1.0/24]}]`,
      finds: [["spec.ingress[0].fromCIDR[0]", /lies in 10\.244\.0\.0\/16, by default the range of the pods of kind/]],
    },
    {
      what: "a cluster IP",
      spec: `${podinfo}\negress: [{toCIDRSet: [{cidr: 10.96.0.10/32}]}]`,
      finds: [["spec.egress[0].toCIDRSet[0].cidr", /cluster IPs/]],
    },
    {
      what: "exactly the pods of kind, in either family",
      spec: `${podinfo}\ningress: [{fromCIDR: [10.244.0.0/16, "fd00:10:244:1::/64"]}]`,
      finds: [
        ["spec.ingress[0].fromCIDR[0]", /^10\.244\.0\.0\/16 is by default the range of the pods of kind/],
        [
          "spec.ingress[0].fromCIDR[1]",
          /^fd00:10:244:1::\/64 lies in fd00:10:244::\/56, by default the range of the pods of kind/,
        ],
      ],
    },
    {
      what: "everything",
      spec: `${podinfo}\negress: [{toCIDR: [0.0.0.0/0]}]`,
      finds: [["spec.egress[0].toCIDR[0]", /only the world: neither pods nor nodes/]],
    },
  ],
  passes: [{ what: "addresses outside", spec: `${podinfo}\negress: [{toCIDR: [192.0.2.0/24, 10.0.0.0/8]}]` }],
});
