import { dnsCutOff } from "../../../lib/lint/rules/dns-cut-off";
import type { Scenario } from "../../../lib/scenario/scenario";
import { testRule } from "../rule-tester";
import { client, dns, old } from "../specs";

const elsewhere = (ns: string, labels: string, port: string, more = "") =>
  `${old}\negress: [{toFQDNs: [{matchName: api.example.com}]}, {toEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": ${ns}, ${labels}}}], toPorts: [{ports: [{port: "${port}", protocol: ANY}]${more}}]}]`;
const listed = ', rules: {dns: [{matchPattern: "*"}]}';
/** DNS in another namespace, behind a Service whose pods listen on 5353. */
const ownDns = (scenario: Scenario): Scenario => ({
  ...scenario,
  namespaces: [...(scenario.namespaces ?? []), { name: "openshift-dns" }],
  services: [
    ...(scenario.services ?? []),
    {
      name: "dns-default",
      namespace: "openshift-dns",
      selector: { dns: "default" },
      ports: [{ port: 53, targetPort: "dns", protocol: "UDP" }],
    },
  ],
  endpoints: [
    ...scenario.endpoints,
    {
      id: "resolver",
      namespace: "openshift-dns",
      labels: { dns: "default" },
      ports: [{ name: "dns", port: 5353, protocol: "UDP" }],
    },
  ],
});

testRule(dnsCutOff, {
  finds: [
    {
      what: "to pods of the own namespace, in which DNS does not run",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {k8s-app: kube-dns}}], toPorts: [{ports: [{port: "53", protocol: ANY}]}]}]`,
      finds: [["spec.egress", /old may connect to others/]],
    },
    {
      what: "over TCP alone",
      spec: elsewhere("kube-system", "k8s-app: kube-dns", "53").replace("ANY", "TCP"),
      finds: [["spec.egress", /old may connect to others/]],
    },
    {
      what: "by the cluster IP, which is translated before policy applies",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}, {toCIDR: [10.96.0.10/32], toPorts: [{ports: [{port: "53", protocol: ANY}]}]}]`,
      finds: [["spec.egress", /old may connect to others/]],
    },
    {
      what: "on the Service's port, if the pods listen on another",
      cluster: ownDns,
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /old may connect to others/]],
    },

    {
      what: "for a meshed pod",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /client cannot resolve names, without which the Linkerd proxy does not start/]],
    },
    {
      what: "for another pod that may connect somewhere",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /old may connect to others/]],
    },
    {
      what: "by a denial",
      spec: `${client}\negressDeny: [{toEntities: [all]}]\nenableDefaultDeny: {egress: false}`,
      finds: [["spec.egressDeny", /client cannot resolve/]],
    },
  ],
  passes: [
    {
      what: "pods labelled as DNS, in a namespace whose labels no manifest has",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}, {toEndpoints: [{matchLabels: {"k8s:io.cilium.k8s.namespace.labels.contains": coredns, k8s-app: kube-dns}}]}]`,
    },
    { what: "OpenShift's, on 5353", spec: elsewhere("openshift-dns", "dns: default", "5353", listed) },
    { what: "NodeLocal DNSCache's pods", spec: elsewhere("kube-system", "k8s-app: node-local-dns", "53", listed) },
    { what: "Gardener's, on 8053", spec: elsewhere("kube-system", "k8s-app: kube-dns", "8053") },
    {
      what: "NodeLocal DNSCache on the node",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}, {toCIDR: [169.254.20.10/32], toPorts: [{ports: [{port: "53", protocol: ANY}]}]}]`,
    },
    {
      what: "a cluster's own DNS, found by its Service",
      cluster: ownDns,
      spec: elsewhere("openshift-dns", "dns: default", "5353"),
    },
    {
      what: "for pods to which everything is denied outright",
      spec: `${old}\negressDeny: [{toEntities: [all]}]`,
      beside: [{ spec: `endpointSelector: {}\negress: [${dns}]` }],
    },

    { what: "for a pod that may connect nowhere", spec: `${old}\negress: [{}]` },
    { what: "allowed", spec: `${client}\negress: [${dns}]` },
    { what: "in the other direction", spec: `${client}\ningress: [{}]` },
  ],
});
