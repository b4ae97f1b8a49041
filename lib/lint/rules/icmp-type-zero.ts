import { icmpType } from "../../cilium/api/icmp";
import { type LintRule, Severity } from "../finding";

export const icmpTypeZero: LintRule = {
  id: "icmp-type-zero",
  severity: Severity.Error,
  scope: "policy",
  title: "ICMP type 0 means every ICMP type",
  why:
    "Cilium encodes an ICMP type as a port, and port 0 means all. So EchoReply admits every type (Cilium `pkg/policy/api/icmp.go`; measured with 1.20.2's " +
    "own engine). The reply to a ping needs no rule, because replies of an allowed flow pass.",
  fix: "Allow the request, EchoRequest (8, for IPv6 128), at the other end, and delete this.",
  *check({ items }) {
    for (const item of items)
      for (const [index, { fields }] of (item.icmps ?? []).entries())
        for (const [at, { family, type }] of (fields ?? []).entries())
          if (icmpType(family, type) === 0)
            yield {
              policy: item.of.policy,
              path: [...item.path, "icmps", index, "fields", at, "type"],
              data: { family, type },
              message: `type ${type} ${item.deny ? "denies" : "allows"} every ${family ?? "IPv4"} ICMP type`,
            };
  },
};
