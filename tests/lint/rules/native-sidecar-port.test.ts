import { nativeSidecarPort } from "../../../lib/lint/rules/native-sidecar-port";
import { testRule } from "../rule-tester";
import { fromClient, podinfo } from "../specs";

testRule(nativeSidecarPort, {
  finds: [
    {
      what: "the proxy",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: linkerd-proxy}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /native sidecar/]],
    },
  ],
  passes: [
    {
      what: "a container's own",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http}]}]}]`,
    },
  ],
});
