import { vizCutOff } from "../../../lib/lint/rules/viz-cut-off";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { testRule } from "../rule-tester";
import { fromClient, old, podinfo, viz } from "../specs";

testRule(vizCutOff, {
  finds: [
    {
      what: "both",
      spec: `${podinfo}\ningress: [{${fromClient}}]`,
      finds: [["spec.ingress", /viz cannot reach tap \(4190\) and metrics \(4191\) of podinfo/]],
    },
    { what: "one", spec: `${podinfo}\ningress: [${viz(4191)}]`, finds: [["spec.ingress", /tap \(4190\) of podinfo/]] },
  ],
  passes: [
    { what: "neither", spec: `${podinfo}\ningress: [${viz(4190, 4191)}]` },
    {
      what: "neither, with transport header",
      mode: TransportMode.TransportHeader,
      spec: `${podinfo}\ningress: [${viz(4190, 4191)}]`,
    },
    { what: "of a pod that is not meshed", spec: `${old}\ningress: [{${fromClient}}]` },
  ],
});
