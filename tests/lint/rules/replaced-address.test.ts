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
      forwardedTo: [{ service: "demo/podinfo", to: "podinfo", proto: "TCP", port: 9898 }],
    },
  ],
});
const partners = `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}]`;
const banned = `${podinfo}\ningress: [{fromEntities: [all]}]\ningressDeny: [{fromCIDR: [203.0.113.0/24]}]`;

testRule(replacedAddress, {
  finds: [
    {
      what: "an admitted block of clients whose address a node replaces",
      spec: partners,
      facts: behind("remote-node"),
      cluster,
      finds: [
        ["spec.ingress[0].fromCIDR[0]", /admits .* come by demo\/podinfo \(TCP 9898\) .* are that node .* denied$/],
      ],
    },
    {
      what: "the same with tunnels",
      spec: partners,
      facts: behind("world"),
      finds: [["spec.ingress[0].fromCIDR[0]", /admits 203.0.113.0\/24, .* are the world to the policy, and denied$/]],
    },
    {
      what: "a denied block",
      spec: banned,
      facts: behind("world"),
      finds: [["spec.ingressDeny[0].fromCIDR[0]", /denies 203.0.113.0\/24, .* are the world .* admitted$/]],
    },
    {
      what: "a denied block, if nodes are admitted",
      spec: banned,
      facts: behind("remote-node"),
      cluster,
      finds: [["spec.ingressDeny[0].fromCIDR[0]", /are that node to the policy, and admitted$/]],
    },
    {
      what: "an excluded block",
      spec: `${podinfo}\ningress: [{fromCIDRSet: [{cidr: 0.0.0.0/0, except: [203.0.113.0/24]}]}]`,
      facts: behind("world"),
      finds: [["spec.ingress[0].fromCIDRSet[0].except[0]", /leaves out 203.0.113.0\/24, .* admitted$/]],
    },
    {
      what: "with tunnels or without",
      spec: partners,
      facts: behind(),
      cluster,
      finds: [["spec.ingress[0].fromCIDR[0]", /are that node or the world to the policy, and denied$/]],
    },
    {
      what: "kube-proxy, through any node",
      spec: partners,
      facts: behind("remote-node", { atOwnNode: true }),
      cluster,
      finds: [["spec.ingress[0].fromCIDR[0]", /through a node are that node or the world to the policy, and denied$/]],
    },
    {
      what: "kube-proxy on the pod's own node, if other nodes are admitted anyway",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}, {fromEntities: [remote-node]}]`,
      facts: behind("remote-node", { atOwnNode: true }),
      cluster,
      finds: [["spec.ingress[0].fromCIDR[0]", /through the node of the pod are the world to the policy, and denied$/]],
    },
    {
      what: "perhaps, if it is unknown whether the address is kept",
      spec: partners,
      facts: behind("world", { missing: "the type of the Service" }),
      finds: [["spec.ingress[0].fromCIDR[0]", /may be denied, .* depends on the type of the Service$/]],
    },
  ],
  passes: [
    { what: "no such Service", spec: partners },
    {
      what: "clients that come through another node are admitted too",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}, {fromEntities: [world]}]`,
      facts: behind("world"),
    },
    {
      what: "clients that come through another node are denied too",
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
      what: "egress",
      spec: `${podinfo}\negress: [{toCIDR: [203.0.113.0/24]}]`,
      facts: behind("world"),
    },
    {
      what: "nodes are admitted but not the world, and it is unknown which of them the clients are",
      spec: `${podinfo}\ningress: [{fromCIDR: [203.0.113.0/24]}, {fromEntities: [remote-node]}]`,
      facts: behind(),
      cluster,
    },
  ],
});
