import { nodeEntities } from "../../../lib/lint/rules/node-entities";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

testRule(nodeEntities, {
  finds: [
    {
      what: "probes denied",
      spec: `${podinfo}\ningressDeny: [{fromEntities: [host]}]`,
      finds: [["spec.ingressDeny[0].fromEntities", /kubelet's probes over the network fail/]],
    },
    {
      what: "allowed anyway",
      spec: `${podinfo}\ningress: [{fromEntities: [host]}]`,
      finds: [["spec.ingress[0].fromEntities[0]", /may connect without a rule/]],
    },
    {
      what: "the API server by its node",
      spec: `${podinfo}\negress: [{toEntities: [host], toPorts: [{ports: [{port: "6443"}]}]}]`,
      finds: [["spec.egress[0].toEntities[0]", /the API server's/]],
    },
    {
      what: "the API server by its Service",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: kubernetes, namespace: default}}]}]`,
      finds: [["spec.egress[0].toServices[0]", /toServices never matches/]],
    },
  ],
  passes: [
    {
      what: "the own node beside the cluster, which includes every node",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster, host]}]`,
    },
    {
      what: "the own node beside others, in another rule",
      spec: `${podinfo}\ningress: [{fromEntities: [host]}, {fromEntities: [all]}]`,
    },

    {
      what: "denied ping, which is not a probe",
      spec: `${podinfo}\ningressDeny: [{fromEntities: [host], icmps: [{fields: [{type: 8, family: IPv4}]}]}]`,
    },
    {
      what: "each by its name",
      spec: `${podinfo}\ningress: [{fromEntities: [host, remote-node]}]\negress: [{toEntities: [kube-apiserver], toPorts: [{ports: [{port: "6443"}]}]}]`,
    },
  ],
});
