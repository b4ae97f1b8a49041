import { unknownAnnotation } from "../../../lib/lint/rules/unknown-annotation";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

const spec = `${podinfo}\ningress: [{fromEntities: [cluster]}]`;

testRule(unknownAnnotation, {
  finds: [
    {
      what: "an audit mode that there is not",
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
    { what: "the name that Cilium shows", annotations: { "policy.cilium.io/name": "x" }, spec },
    { what: "those of others", annotations: { "example.com/cilium": "x", "cilium.io.example.com/x": "y" }, spec },
  ],
});
