import { nodePortByNode } from "../../../lib/lint/rules/node-port-by-node";
import type { Scenario } from "../../../lib/scenario/scenario";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

const replaced = (scenario: Scenario): Scenario => ({
  ...scenario,
  cluster: { ...scenario.cluster, kubeProxyReplacement: true },
});
const withService = (scenario: Scenario): Scenario => ({
  ...replaced(scenario),
  endpoints: [...scenario.endpoints, { id: "Service demo/db at 198.51.100.7", ip: "198.51.100.7" }],
  frontends: [
    { service: "demo/db", at: ["remote-node"], proto: "TCP", port: 30080, backends: [{ to: "demo/db", port: 5432 }] },
    { service: "demo/db", at: ["Service demo/db at 198.51.100.7"], proto: "TCP", port: 80, backends: [] },
  ],
});
const nodes = (ports: string, entities = "[host, remote-node]") =>
  `${podinfo}\negress: [{toEntities: ${entities}, toPorts: [{ports: [${ports}]}]}]`;
const at = "spec.egress[0].toPorts[0].ports[0]";

testRule(nodePortByNode, {
  finds: [
    {
      what: "the NodePort of a known Service",
      spec: nodes('{port: "30080"}'),
      cluster: withService,
      finds: [[at, /admits nodes on 30080, the NodePort of demo\/db, which the client's policy sees as a pod/]],
    },
    {
      what: "the whole range",
      spec: nodes('{port: "30000", endPort: 32767}'),
      cluster: replaced,
      finds: [[at, /admits nodes on 30000-32767, but a pod's connection to a NodePort is redirected to a backend/]],
    },
    {
      what: "one that denies",
      spec: nodes('{port: "30080"}').replace("egress:", "egressDeny:"),
      cluster: withService,
      finds: [[at.replace("egress", "egressDeny"), /denies nodes on 30080/]],
    },
    {
      what: "the address of a LoadBalancer",
      spec: `${podinfo}\negress: [{toCIDR: [10.0.0.0/8, 198.51.100.7/32]}]`,
      cluster: withService,
      finds: [["spec.egress[0].toCIDR[1]", /198\.51\.100\.7\/32 is an address of demo\/db/]],
    },
  ],
  passes: [
    { what: "kube-proxy, with which policies see the node", spec: nodes('{port: "30080"}') },
    { what: "another port of the nodes", spec: nodes('{port: "10250"}'), cluster: withService },
    { what: "a range outside that of NodePorts", spec: nodes('{port: "1024", endPort: 65535}'), cluster: withService },
    {
      what: "the cluster, which includes the pods too",
      spec: nodes('{port: "30080"}', "[cluster]"),
      cluster: withService,
    },
    {
      what: "ingress from nodes",
      spec: nodes('{port: "30080"}').replace("egress", "ingress").replace("toEntities", "fromEntities"),
      cluster: withService,
    },
    { what: "a wider block", spec: `${podinfo}\negress: [{toCIDR: [198.51.100.0/24]}]`, cluster: withService },
  ],
});
