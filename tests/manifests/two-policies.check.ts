// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { endsWith, expression, labels, opens, toWorld } from "./gate-of-two";

/** A policy that denies both directions by default, with or without an additional rule. */
const cnp = (rule = "", head = "namespace: shop", kind = "CiliumNetworkPolicy", spec = "spec:") => {
  const both = { ingress: ["{}"], egress: ["{}"], ingressDeny: [] as string[], egressDeny: [] as string[] };
  const [, list, item] = /^(\w+): (.*)$/.exec(rule) ?? [];
  if (list !== undefined && item !== undefined) both[list as keyof typeof both].push(item);
  const lists = Object.entries(both).filter(([, items]) => items.length > 0);
  const subject = kind === "node" ? "nodeSelector: {}" : "endpointSelector: {matchLabels: {app: web}}";
  const body = [subject, ...lists.map(([name, items]) => `${name}: [${items.join(", ")}]`)];
  return `{apiVersion: cilium.io/v2, kind: ${kind === "node" ? "CiliumClusterwideNetworkPolicy" : kind}, metadata: {name: p, ${head}}, ${spec} {${body.join(", ")}}}`;
};
const ccnp = (rule?: string) => cnp(rule, "labels: {}", "CiliumClusterwideNetworkPolicy");
const nodes = (rule?: string) => cnp(rule, "labels: {}", "node");

const http = "toPorts: [{ports: [{port: '80', protocol: TCP}]}]";
const ports = (...all: string[]) => `toPorts: [{ports: [${all.join(", ")}]}]`;
const l7 = (rules: string, port = "80", more = "") =>
  `toPorts: [{ports: [{port: '${port}', protocol: TCP}], ${more}rules: {${rules}}}]`;

/** Peers of a rule by name, without the direction in front of the field. */
const endpointPeers: [string, string][] = [
  ["labels", `Endpoints: [${labels}]`],
  ["no labels, which is the namespace", "Endpoints: [{}]"],
  ["In", `Endpoints: [${expression("{key: app, operator: In, values: [api, b]}")}]`],
  ["NotIn", `Endpoints: [${expression("{key: app, operator: NotIn, values: [api]}")}]`],
  ["Exists", `Endpoints: [${expression("{key: app, operator: Exists}")}]`],
  ["DoesNotExist", `Endpoints: [${expression("{key: app, operator: DoesNotExist}")}]`],
  ["another namespace", "Endpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': other}}]"],
  ["any namespace", `Endpoints: [${expression("{key: 'k8s:io.kubernetes.pod.namespace', operator: Exists}")}]`],
  ["labels of a namespace", "Endpoints: [{matchLabels: {'io.cilium.k8s.namespace.labels.team': a}}]"],
  ["a service account", "Endpoints: [{matchLabels: {'io.cilium.k8s.policy.serviceaccount': robot}}]"],
  ["another cluster", "Endpoints: [{matchLabels: {'io.cilium.k8s.policy.cluster': west, app: api}}]"],
  ["a reserved identity", "Endpoints: [{matchLabels: {'reserved:host': ''}}]"],
  ["of any source", "Endpoints: [{matchLabels: {'any:app': api}}]"],
];
const entities = [
  ...[
    "all",
    "cluster",
    "host",
    "remote-node",
    "kube-apiserver",
    "ingress",
    "health",
    "init",
    "unmanaged",
    "cluster-mesh",
  ],
];
const worldPeers: [string, string][] = [
  ["the world", "Entities: [world]"],
  ["everybody", "Entities: [all]"],
  ["an address", "CIDR: [203.0.113.7/32]"],
  ["a block", "CIDR: [203.0.113.0/24]"],
  ["all addresses", "CIDR: [0.0.0.0/0]"],
  ["a block of IPv6", "CIDR: ['2001:db8::/32']"],
  ["a block with exceptions", "CIDRSet: [{cidr: 10.0.0.0/8, except: [10.96.0.0/12]}]"],
  ["all addresses but some", "CIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]"],
  ["the identity of the world", "Endpoints: [{matchLabels: {'reserved:world': ''}}]"],
  ["no peer", ""],
];
const portForms: [string, string][] = [
  ["a number", ports("{port: '80', protocol: TCP}")],
  ["a number of any protocol", ports("{port: '80'}")],
  ["ANY", ports("{port: '80', protocol: ANY}")],
  ["UDP", ports("{port: '53', protocol: UDP}")],
  ["SCTP", ports("{port: '7777', protocol: SCTP}")],
  ["a range", ports("{port: '8000', endPort: 8100, protocol: TCP}")],
  ["a range from the first port", ports("{port: '1', endPort: 65535, protocol: TCP}")],
  ["0", ports("{port: '0', protocol: TCP}")],
  ["a name", ports("{port: http, protocol: TCP}")],
  ["several", ports("{port: '80', protocol: TCP}", "{port: '53', protocol: UDP}")],
  ["an octal number", ports("{port: '0120', protocol: TCP}")],
  ["ICMP", "icmps: [{fields: [{type: 8, family: IPv4}]}]"],
  ["ICMP by name", "icmps: [{fields: [{type: EchoRequest, family: IPv4}]}]"],
  ["ICMPv6", "icmps: [{fields: [{type: 128, family: IPv6}]}]"],
  ["ICMP type 0", "icmps: [{fields: [{type: 0, family: IPv4}]}]"],
  ["HTTP", l7("http: [{method: GET, path: /x}]")],
  ["HTTP of anything", l7("http: [{}]")],
  ["a listener", "toPorts: [{ports: [{port: '80', protocol: TCP}], listener: {envoyConfig: {name: e}, name: l}}]"],
  ["TLS that is terminated", l7("http: [{}]", "443", "terminatingTLS: {secret: {namespace: shop, name: s}}, ")],
  ["TLS that is originated", l7("http: [{}]", "443", "originatingTLS: {secret: {namespace: shop, name: s}}, ")],
  ["server names", "toPorts: [{ports: [{port: '443', protocol: TCP}], serverNames: [a.example.com]}]"],
];

/** Whether a peer is open without a rule. */
const isOpen = (list: string, what: string) =>
  list === "ingress" && (what === "host" || what === "a reserved identity");
const dns = `{toEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': kube-system}}], ${l7("dns: [{matchPattern: '*'}]", "53").replace("TCP", "ANY")}}`;

for (const [kind, make] of [
  ["CiliumNetworkPolicy", cnp],
  ["CiliumClusterwideNetworkPolicy", ccnp],
] as const)
  describe(`two manifests with only policies of kind ${kind}`, () => {
    for (const [list, side] of [
      ["ingress", "from"],
      ["egress", "to"],
    ] as const) {
      const deny = `${list}Deny`;
      const anybody = `${list}: {${side}Entities: [all]}`;
      /** Tests that adding an allow rule opens, and that removing a deny rule beside an allow-all rule opens. */
      const both = (what: string, item: string, gates?: string[]) => {
        opens(`${list}, ${what}`, make(), make(`${list}: {${item}}`), gates);
        // Deny rules work the same in both kinds of policies.
        if (make === ccnp) return;
        const denied = make(anybody).replace(/}}$/, `, ${deny}: [{${item}}]}}`);
        opens(`${deny}, ${what}, no more`, denied, make(anybody), gates);
      };
      for (const [what, peer] of endpointPeers) if (!isOpen(list, what)) both(what, `${side}${peer}`);
      for (const entity of entities)
        if (!isOpen(list, entity)) both(`the entity ${entity}`, `${side}Entities: [${entity}]`);
      for (const [what, peer] of worldPeers) {
        both(what, [...(peer === "" ? [] : [`${side}${peer}`]), http].join(", "), toWorld);
        if (peer !== "") both(`${what}, every port`, `${side}${peer}`, toWorld);
      }
      for (const [what, port] of make === ccnp ? [] : portForms) {
        const isL7 = /rules:|listener|serverNames/.test(port);
        const add = (item: string, gates?: string[]) =>
          isL7 ? opens(`${list}, ${what}`, make(), make(`${list}: {${item}}`), gates) : both(what, item, gates);
        add(`${side}Endpoints: [${labels}], ${port}`);
        // Peers outside the cluster have no named ports.
        if (list === "ingress" || what !== "a name") add(`${side}Entities: [world], ${port}`, toWorld);
      }
      opens(
        `${list}, authentication`,
        make(),
        make(`${list}: {${side}Endpoints: [${labels}], authentication: {mode: required}}`),
      );
      opens(
        `${list}, no default deny any more`,
        make(`${list}: {${side}Endpoints: [${labels}]}`),
        make(`${list}: {${side}Endpoints: [${labels}]}`).replace(
          "spec: {",
          "spec: {enableDefaultDeny: {ingress: false, egress: false}, ",
        ),
        toWorld,
      );
    }
    const withDns = make(`egress: ${dns}`);
    const named = (item: string) => withDns.replace(dns, `${dns}, {${item}}`);
    opens("egress, a name", withDns, named(`toFQDNs: [{matchName: api.example.com}], ${http}`), toWorld);
    opens("egress, a pattern", withDns, named("toFQDNs: [{matchPattern: '*.example.com'}]"), toWorld);
    opens("egress, a pattern with two stars", withDns, named("toFQDNs: [{matchPattern: '**.example.com'}]"), toWorld);
    opens("egress, every name", withDns, named("toFQDNs: [{matchPattern: '*'}]"), toWorld);
    opens("egress, DNS", make(), withDns);
    opens(
      "the whole policy, which is gone",
      make(),
      "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
      toWorld,
    );
    opens("a subject less", make(), make().replace("app: web", "app: web, tier: front"), toWorld);
  });

describe("two manifests with only policies that are not fully known", () => {
  const unclear = (what: string, rule: string, gates = ["opened"]) =>
    it(`${what}: fails the gate`, () => {
      for (const make of [cnp, ccnp])
        assert.deepEqual(
          endsWith(make(), make(rule), gates),
          gates.map(() => 2),
          make(rule),
        );
    });
  for (const [list, side] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    unclear(`${list}, a group of addresses`, `${list}: {${side}CIDRSet: [{cidrGroupRef: partners}]}`, toWorld);
    unclear(`${list}, groups by label`, `${list}: {${side}CIDRSet: [{cidrGroupSelector: ${labels}}]}`, toWorld);
    unclear(`${list}, a group of a cloud`, `${list}: {${side}Groups: [{aws: {securityGroupsIds: [sg-1]}}]}`, toWorld);
    unclear(`${list}, labels that are filled in`, `${list}: {${side}Endpoints: [{matchLabels: {app: '${"${APP}"}'}}]}`);
    unclear(`${list}, a block that is filled in`, `${list}: {${side}CIDR: ['${"${CIDR}"}']}`, toWorld);
    unclear(
      `${list}, a port that is filled in`,
      `${list}: {${side}Entities: [world], ${ports("{port: '${PORT}'}")}}`,
      toWorld,
    );
  }
  unclear("egress, a Service by its name", "egress: {toServices: [{k8sService: {serviceName: db, namespace: shop}}]}");
  unclear("egress, Services by label", `egress: {toServices: [{k8sServiceSelector: {selector: ${labels}}}]}`);
});

describe("two manifests with only policies that use rare fields", () => {
  const inSpecs = (text: string) => text.replace("spec: {", "specs: [{").replace(/}}$/, "}]}");
  const agent = (setting: string) =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {${setting}: 'true'}}`;
  const under = (setting: string, text: string) => [agent(setting), text].join("\n---\n");
  for (const make of [cnp, ccnp])
    for (const [list, side] of [
      ["ingress", "from"],
      ["egress", "to"],
    ] as const) {
      const world = `${list}: {${side}Entities: [world]}`;
      opens(`${list}, specs`, inSpecs(make()), inSpecs(make(world)), toWorld);
      opens(`${list}, specs after spec`, make(), inSpecs(make(world)), toWorld);
      const both = make().replace(
        /}}$/,
        `}, specs: [{endpointSelector: {matchLabels: {app: web}}, ${list}: [{${side}Entities: [world]}]}]}`,
      );
      opens(`${list}, specs beside spec`, make(), both, toWorld);
      // Cilium refuses the policy, so nothing is denied any more.
      const nodes = make(`${list}: {${side}Nodes: [{matchLabels: {zone: a}}]}`);
      opens(`${list}, nodes by label, which Cilium refuses`, make(), nodes, toWorld);
      const vrrp = make(`${list}: {${ports("{protocol: VRRP}")}}`);
      opens(`${list}, VRRP without a port, which Cilium refuses`, make(), vrrp, toWorld);
      for (const protocol of ["VRRP", "IGMP"])
        it(`${list}, ${protocol}: opens nothing, because Cilium accepts the protocol but passes none of it`, () =>
          assert.deepEqual(
            endsWith(make(), make(`${list}: {${ports(`{port: '0', protocol: ${protocol}}`)}}`), toWorld),
            [0, 0],
          ));
      for (const [setting, after] of [
        ["enable-node-selector-labels", nodes],
        ["enable-extended-ip-protocols", vrrp],
      ] as const)
        it(`${list}, ${setting}: what the setting lets the agent accept fails the gate`, () =>
          assert.deepEqual(endsWith(under(setting, make()), under(setting, after), toWorld), [2, 2]));
    }
});

describe("rules that the API server no longer accepts", () => {
  for (const [what, rules] of [
    ["Kafka", "kafka: [{role: produce, topic: t}]"],
    ["rules of another protocol", "l7proto: own, l7: [{cmd: READ}]"],
  ] as const)
    it(`${what} are a problem`, () => {
      const text = cnp(`ingress: {fromEntities: [world], ${l7(rules)}}`);
      const { problems = [] } = manifestsOf([{ file: "p.yaml", text }], { namespace: "default" }) ?? {};
      assert.ok(
        problems.some(({ code }) => code === "refused-by-api-server"),
        JSON.stringify(problems),
      );
    });
});

describe("two manifests with only policies that select nodes", () => {
  for (const [what, peer] of [
    ["the world", "Entities: [world]"],
    ["a block", "CIDR: [203.0.113.0/24]"],
  ]) {
    opens(`ingress, ${what}`, nodes(), nodes(`ingress: {from${peer}, ${http}}`), toWorld);
    opens(`egress, ${what}`, nodes(), nodes(`egress: {to${peer}, ${http}}`), toWorld);
  }
  opens("ingress, pods", nodes(), nodes(`ingress: {fromEndpoints: [${labels}]}`));
  const letsOut = (text: string) => text.replace(", egress: [{}]", "");
  opens("ingress, other nodes", letsOut(nodes()), letsOut(nodes("ingress: {fromEntities: [remote-node]}")));
  opens("egress, pods", nodes(), nodes(`egress: {toEndpoints: [${labels}], ${http}}`));
});

describe("two manifests with policies and what they name", () => {
  const beside = (text: string, ...more: string[]) => [text, ...more].join("\n---\n");
  const service =
    "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop, labels: {app: api}}, spec: {selector: {app: db}, ports: [{port: 80}]}}";
  const outside = service.replace("selector: {app: db}, ", "");
  const endpoints =
    "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}, addressType: IPv4, ports: [{port: 80, protocol: TCP}], endpoints: [{addresses: [203.0.113.9]}]}";
  const group =
    "{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: partners, labels: {app: api}}, spec: {externalCIDRs: [203.0.113.0/24]}}";
  for (const [what, rule] of [
    ["a Service by its name", "toServices: [{k8sService: {serviceName: db, namespace: shop}}]"],
    ["Services by label", `toServices: [{k8sServiceSelector: {selector: ${labels}, namespace: shop}}]`],
  ] as const) {
    opens(`egress, ${what}`, beside(cnp(), service), beside(cnp(`egress: {${rule}}`), service));
    const [was, is] = [cnp(), cnp(`egress: {${rule}}`)].map((text) => beside(text, outside, endpoints));
    opens(`egress, ${what}, which is outside`, was ?? "", is ?? "", toWorld);
  }
  for (const [list, side] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const)
    for (const [what, member] of [
      ["a group", "cidrGroupRef: partners"],
      ["groups by label", `cidrGroupSelector: ${labels}`],
      ["a group with exceptions", "cidrGroupRef: partners, except: [203.0.113.7/32]"],
    ] as const) {
      const is = cnp(`${list}: {${side}CIDRSet: [{${member}}]}`);
      opens(`${list}, ${what}`, beside(cnp(), group), beside(is, group), toWorld);
    }
  opens(
    "a block more in a group",
    beside(cnp("ingress: {fromCIDRSet: [{cidrGroupRef: partners}]}"), group),
    beside(
      cnp("ingress: {fromCIDRSet: [{cidrGroupRef: partners}]}"),
      group.replace("203.0.113.0/24", "203.0.113.0/24, 198.51.100.0/24"),
    ),
    toWorld,
  );
});
