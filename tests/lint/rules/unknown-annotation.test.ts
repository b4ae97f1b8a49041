import { unknownAnnotation } from "../../../lib/lint/rules/unknown-annotation";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

const spec = `${podinfo}\ningress: [{fromEntities: [cluster]}]`;

testRule(unknownAnnotation, {
  finds: [
    {
      what: "an audit mode that does not exist",
      annotations: { "policy.cilium.io/audit-mode": "enabled" },
      spec,
      finds: [['metadata.annotations["policy.cilium.io/audit-mode"]', /is enforced, not audited/]],
    },
    {
      what: "another of Cilium's",
      annotations: { "io.cilium/priority": "1" },
      spec,
      finds: [['metadata.annotations["io.cilium/priority"]', /does not know io.cilium\/priority/]],
    },
  ],
  passes: [
    { what: "the display name that Cilium reads", annotations: { "policy.cilium.io/name": "x" }, spec },
    {
      what: "annotations of other tools",
      annotations: { "example.com/cilium": "x", "cilium.io.example.com/x": "y" },
      spec,
    },
  ],
});
