import { domainNamesElsewhere } from "../../../lib/lint/rules/domain-names-elsewhere";
import { agent, testTierRule, tiered } from "../tier-tester";

const names = tiered(
  "tier: Admin",
  "subject: {namespaces: {}}",
  "egress:",
  "  - action: Accept",
  "    to: [{domainNames: [api.example.com]}]",
);
const dns = (labels: string, port: string, name = "dns-default") =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: kube-system, labels: ${labels}}\nspec: {containers: [{name: c, ports: [{name: ${port}, containerPort: 5353, protocol: UDP}]}]}\n---\n` +
  `apiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\nspec: {selector: ${labels}, ports: [{port: 53, targetPort: 5353, protocol: UDP}]}\n`;
const watching =
  'apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: watch}\nspec: {endpointSelector: {}, egress: [{toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]}]}\n';
const finds = ["ClusterNetworkPolicy k spec.egress[0].to[0] 15"];

testTierRule(domainNamesElsewhere, [
  { what: "pods of another label", texts: [agent(true), names, dns("{dns: default}", "dns")], finds },
  { what: "ports of another name", texts: [agent(true), names, dns("{k8s-app: kube-dns}", "udp-53")], finds },
  { what: "kube-dns", texts: [agent(true), names, dns("{k8s-app: kube-dns}", "dns")], finds: [] },
  { what: "unknown DNS", texts: [agent(true), names], finds: [] },
  {
    what: "DNS that another policy sends through the proxy",
    texts: [agent(true), names, dns("{dns: default}", "dns"), watching],
    finds: [],
  },
]);
