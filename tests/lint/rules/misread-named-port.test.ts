import { misreadNamedPort } from "../../../lib/lint/rules/misread-named-port";
import { agent, testTierRule, tiered } from "../tier-tester";

const on = (protocol: string, peers = "{namespaces: {}}") => [
  agent(true),
  tiered(
    "tier: Admin",
    "subject: {namespaces: {}}",
    "ingress:",
    "  - action: Accept",
    `    from: [${peers}]`,
    `    protocols: [${protocol}]`,
  ),
];

testTierRule(misreadNamedPort, [
  {
    what: "capital letters",
    texts: on("{destinationNamedPort: http}, {destinationNamedPort: HTTP}"),
    finds: ["ClusterNetworkPolicy k spec.ingress[0].protocols[1] 16"],
  },
  {
    what: "a name that is too long, once for all peers",
    texts: on("{destinationNamedPort: this-name-is-too-long-for-a-port}", "{namespaces: {}}, {namespaces: {}}"),
    finds: ["ClusterNetworkPolicy k spec.ingress[0].protocols[0] 16"],
  },
  {
    what: "a number",
    texts: on('{destinationNamedPort: "80"}'),
    finds: ["ClusterNetworkPolicy k spec.ingress[0].protocols[0] 16"],
  },
  {
    what: "a name, and ports by number",
    texts: on("{destinationNamedPort: http}, {tcp: {destinationPort: {number: 80}}}, {udp: {}}"),
    finds: [],
  },
  {
    what: "a policy that the agent does not read",
    texts: [agent(false), ...on('{destinationNamedPort: "80"}').slice(1)],
    finds: [],
  },
]);
