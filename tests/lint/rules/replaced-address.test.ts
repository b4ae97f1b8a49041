import { replacedAddress } from "../../../lib/lint/rules/replaced-address";
import type { LintFacts, ReplacedAddress } from "../../../lib/scenario/lint-facts";
import type { Scenario } from "../../../lib/scenario/scenario";
import { testRule } from "../rule-tester";
import { podinfo } from "../specs";

const behind = (as?: ReplacedAddress["as"], more: Partial<ReplacedAddress> = {}): LintFacts => ({
  replacedAddresses: [{ service: "demo/podinfo", to: "podinfo", proto: "TCP", port: 9898, ...(as && { as }), ...more }],
});
const cluster = (scenario: Scenario): Scenario => ({
  ...scenario,
  endpoints: [
    ...scenario.endpoints,
    {
      id: "outside",
      reserved: ["remote-node"],
      led: [{ service: "demo/podinfo", to: "podinfo", proto: "TCP", port: 9898 }],
    },
  ],
});
const partners = `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}]`;
const banned = `${podinfo}\ningress: [{fromEntities: [all]}]\ningressDeny: [{fromCIDR: [203.0.113.0/24]}]`;

testRule(replacedAddress, {
  finds: [
    {
      what: "a block that is admitted, of clients that a node hides",
      spec: partners,
      facts: behind("remote-node"),
      cluster,
      finds: [
        ["spec.ingress[0].fromCIDR[0]", /admits .* come by demo\/podinfo \(TCP 9898\) .* are that node .* denied$/],
      ],
    },
    {
      what: "the same, in tunnels",
      spec: partners,
      facts: behind("world"),
      finds: [["spec.ingress[0].fromCIDR[0]", /admits 203.0.113.0\/24, .* are the world to the policy, and denied$/]],
    },
    {
      what: "a block that is denied",
      spec: banned,
      facts: behind("world"),
      finds: [["spec.ingressDeny[0].fromCIDR[0]", /denies 203.0.113.0\/24, .* are the world .* admitted$/]],
    },
    {
      what: "a block that is denied, where nodes come in",
      spec: banned,
      facts: behind("remote-node"),
      cluster,
      finds: [["spec.ingressDeny[0].fromCIDR[0]", /are that node to the policy, and admitted$/]],
    },
    {
      what: "a block that is left out",
      spec: `${podinfo}\ningress: [{fromCIDRSet: [{cidr: 0.0.0.0/0, except: [203.0.113.0/24]}]}]`,
      facts: behind("world"),
      finds: [["spec.ingress[0].fromCIDRSet[0].except[0]", /leaves out 203.0.113.0\/24, .* admitted$/]],
    },
    {
      what: "whether or not it tunnels",
      spec: partners,
      facts: behind(),
      cluster,
      finds: [["spec.ingress[0].fromCIDR[0]", /are that node or the world to the policy, and denied$/]],
    },
    {
      what: "kube-proxy, through whichever node",
      spec: partners,
      facts: behind("remote-node", { atOwnNode: true }),
      cluster,
      finds: [["spec.ingress[0].fromCIDR[0]", /through a node are that node or the world to the policy, and denied$/]],
    },
    {
      what: "kube-proxy on the pod's own node, where other nodes come in anyway",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}, {fromEntities: [remote-node]}]`,
      facts: behind("remote-node", { atOwnNode: true }),
      cluster,
      finds: [["spec.ingress[0].fromCIDR[0]", /through the node of the pod are the world to the policy, and denied$/]],
    },
    {
      what: "perhaps, where nothing says whether the address is kept",
      spec: partners,
      facts: behind("world", { missing: "the type of the Service" }),
      finds: [["spec.ingress[0].fromCIDR[0]", /may be denied, .* depends on the type of the Service$/]],
    },
  ],
  passes: [
    { what: "no such Service", spec: partners },
    {
      what: "who comes through another node is admitted as well",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}, {fromEntities: [world]}]`,
      facts: behind("world"),
    },
    {
      what: "who comes through another node is denied as well",
      spec: `${podinfo}\ningress: [{}]\ningressDeny: [{fromCIDR: [203.0.113.0/24]}]`,
      facts: behind("world"),
    },
    {
      what: "another port",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24], toPorts: [{ports: [{port: "9797"}]}]}]`,
      facts: behind("world"),
    },
    {
      what: "everybody, whatever their address",
      spec: `${podinfo}\ningress: [{fromCIDR: [0.0.0.0/0]}]`,
      facts: behind("world"),
    },
    {
      what: "pods, by their address",
      spec: `${podinfo}\ningress: [{fromCIDR: [10.244.0.0/16]}]`,
      facts: behind("world"),
    },
    {
      what: "whom pods may call",
      spec: `${podinfo}\negress: [{toCIDR: [203.0.113.0/24]}]`,
      facts: behind("world"),
    },
    {
      what: "nodes come in and the world does not, and it is not known which of them they are",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}, {fromEntities: [remote-node]}]`,
      facts: behind(),
      cluster,
    },
  ],
});
