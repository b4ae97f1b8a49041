import fc from "fast-check";
import type { KubernetesNetworkPolicy, KubernetesPeer, KubernetesPort } from "../../lib/cilium/api/from-kubernetes";
import type {
  CidrRule,
  EgressRule,
  FqdnSelector,
  HttpRule,
  IcmpRule,
  IngressRule,
  PolicyManifest,
  PortProtocol,
  PortRule,
  Rule,
  ServiceSelector,
} from "../../lib/cilium/api/policy";
import type { LabelExpression, LabelSelector } from "../../lib/kubernetes/label-selector";
import type {
  CidrGroupFacts,
  EndpointFacts,
  Flow,
  NamespaceFacts,
  Scenario,
  ServiceFacts,
} from "../../lib/reachability";
import type { Case } from "./oracle";

/**
 * Random clusters and policies from a small vocabulary, so that selectors match labels, rules match ports, and every corner of the semantics comes up
 * often. corners.ts counts how often.
 */
const NAMESPACES = ["shop", "infra", "default"] as const;
const CLUSTERS = ["default", "east"] as const;

const oneOf = <T>(...items: readonly T[]) => fc.constantFrom(...items);
/** Absent in `absent` of `present + absent` cases. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, present: number, absent: number) =>
  weighted<T>([present, arbitrary], [absent, fc.constant(undefined as T)]);
const few = <T>(item: fc.Arbitrary<T>, maxLength = 2) => fc.array(item, { maxLength });
const some = <T>(item: fc.Arbitrary<T>, maxLength = 2) => fc.array(item, { minLength: 1, maxLength });
const weighted = <T>(...choices: readonly (readonly [number, fc.Arbitrary<T>])[]) =>
  fc.oneof({ withCrossShrink: true }, ...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** Omits undefined members, because absent and null mean different things. */
function record<T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc
    .record(members)
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T);
}

// ------------------------------------------------------------------------------------------------------------ the cluster

const podLabels: fc.Arbitrary<Record<string, string>> = weighted<Record<string, string>>(
  [
    12,
    record<Record<string, string>>({
      app: maybe(oneOf("web", "db", "api"), 7, 1),
      tier: maybe(oneOf("front", "back", ""), 1, 1),
      "app.kubernetes.io/name": maybe(oneOf("web", "db"), 1, 1),
      "pod-template-hash": maybe(oneOf("5d8f", "77c"), 1, 1),
    }),
  ],
  [
    1,
    oneOf<Record<string, string>>(
      { init: "yes" },
      { world: "hello" },
      { host: "" },
      { "io.kubernetes.role": "x", app: "web" },
    ),
  ],
  [
    1,
    oneOf<Record<string, string>>(
      { "io.cilium.k8s.policy.cluster": "west", app: "db" },
      { "io.kubernetes.pod.namespace": "infra", app: "web" },
      {
        "topology.kubernetes.io/zone": "a",
        "beta.kubernetes.io/os": "linux",
        "my.beta.kubernetes.io/x": "1",
        app: "api",
      },
    ),
  ],
);

const containerPorts = fc.uniqueArray(
  oneOf(
    { name: "http", port: 8080 },
    { name: "http", port: 9090, protocol: "TCP" },
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns", port: 53, protocol: "TCP" },
    { name: "HTTP", port: 443, protocol: "TCP" },
    { name: "metrics", port: 9090, protocol: "TCP" },
    { port: 5432 },
  ),
  { maxLength: 3 },
);

const pod = (id: string): fc.Arbitrary<EndpointFacts> =>
  record<EndpointFacts>({
    id: fc.constant(id),
    namespace: oneOf(...NAMESPACES),
    labels: podLabels,
    serviceAccount: maybe(oneOf("web", "db", "default"), 1, 1),
    ports: containerPorts,
  });

const OUTSIDE: readonly EndpointFacts[] = [
  { id: "", ip: "1.1.1.1" },
  { id: "", ip: "10.0.0.5" },
  { id: "", ip: "10.1.2.3", fqdn: "api.example.com" },
  { id: "", ip: "192.0.2.7", fqdn: "a.b.example.com" },
  { id: "", ip: "192.0.2.200", fqdn: "Example.COM." },
  { id: "", ip: "2001:db8::5", fqdn: "api.example.com" },
  { id: "", ip: "fd00::1" },
  { id: "", reserved: ["host"] },
  { id: "", reserved: ["remote-node"] },
  { id: "", reserved: ["kube-apiserver"] },
  { id: "", reserved: ["world"] },
  { id: "", reserved: ["world-ipv4"] },
  { id: "", reserved: ["world-ipv6"] },
  { id: "", reserved: ["ingress"] },
  { id: "", reserved: ["health"] },
  { id: "", reserved: ["init"] },
  { id: "", reserved: ["unmanaged"] },
];

const outside = fc.uniqueArray(
  weighted<EndpointFacts>([3, oneOf(...OUTSIDE.slice(0, 9))], [1, oneOf(...OUTSIDE.slice(9))]),
  {
    minLength: 1,
    maxLength: 4,
  },
);

const namespaceLabels = fc.constant(undefined as unknown as Record<string, string>);
const namespaces: fc.Arbitrary<NamespaceFacts[]> = fc.tuple(
  ...NAMESPACES.map((name) =>
    record<NamespaceFacts>({
      name: fc.constant(name),
      labels: weighted<Record<string, string>>(
        [1, namespaceLabels],
        [2, oneOf<Record<string, string>>({ team: "a" }, { team: "b", env: "prod" })],
      ),
    }),
  ),
);

const services: fc.Arbitrary<ServiceFacts[]> = few(
  record<ServiceFacts>({
    name: oneOf("web", "db"),
    namespace: oneOf(...NAMESPACES),
    labels: maybe(oneOf<Record<string, string>>({ kind: "svc" }, { kind: "other", app: "web" }), 1, 1),
    selector: maybe(
      oneOf<Record<string, string>>({ app: "web" }, { app: "db", tier: "back" }, {}),
      2,
      1,
    ) as fc.Arbitrary<Record<string, string>>,
    backends: maybe(oneOf(["10.0.0.5"], ["1.1.1.1", "2001:db8::5"], []), 1, 1),
  }),
);

// ------------------------------------------------------------------------------------------------------------ selectors

const KEYS_AND_VALUES = [
  ["app", ["web", "db", "api", "none"]],
  ["k8s:app", ["web", "db"]],
  ["any:app", ["web", "db"]],
  ["tier", ["front", "back", ""]],
  ["app.kubernetes.io/name", ["web", "db"]],
  ["pod-template-hash", ["5d8f"]],
  ["io.kubernetes.pod.namespace", ["shop", "infra"]],
  ["k8s:io.kubernetes.pod.namespace", ["shop", "infra", "default"]],
  ["io.cilium.k8s.namespace.labels.team", ["a", "b"]],
  ["k8s:io.cilium.k8s.namespace.labels.team", ["a", "b"]],
  ["k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name", ["shop"]],
  ["io.cilium.k8s.policy.cluster", ["default", "east"]],
  ["k8s:io.cilium.k8s.policy.cluster", ["default", "west"]],
  ["io.cilium.k8s.policy.serviceaccount", ["web", "db"]],
  ["reserved:host", [""]],
  ["reserved:world", ["", "x"]],
  ["reserved:init", [""]],
  ["reserved:remote-node", [""]],
  ["cidr:10.0.0.0/8", [""]],
  ["foo:app", ["web"]],
] as const;

const keyed = weighted<readonly [string, readonly string[]]>(
  [6, oneOf<readonly [string, readonly string[]]>(...KEYS_AND_VALUES.slice(0, 4))],
  [4, oneOf<readonly [string, readonly string[]]>(...KEYS_AND_VALUES)],
);

const match = keyed.chain(([key, values]) => oneOf(...values).map((value) => [key, value] as const));

const expression: fc.Arbitrary<LabelExpression> = keyed.chain(([key, values]) =>
  oneOf<LabelExpression["operator"]>("In", "NotIn", "Exists", "DoesNotExist").chain((operator) =>
    operator === "In" || operator === "NotIn"
      ? fc
          .uniqueArray(oneOf(...values), { minLength: 1, maxLength: 2 })
          .map((chosen): LabelExpression => ({ key, operator, values: chosen }))
      : fc.constant<LabelExpression>({ key, operator }),
  ),
);

/** Never generates `{app, any:app}`: to Cilium that is one key, and which of its values counts is random. */
const matchLabels = few(match, 2).map((pairs) => {
  const bare = pairs.map(([key]) => key.replace(/^any:/, ""));
  return Object.fromEntries(pairs.filter((_, index) => bare.indexOf(bare[index] ?? "") === index));
});

const invalidSelector = oneOf<LabelSelector>(
  { matchLabels: { "a b": "c" } },
  { matchLabels: { "k8s:x:y": "c" } },
  { matchLabels: { app: "not valid!" } },
  { matchExpressions: [{ key: "app", operator: "In" }] },
  { matchExpressions: [{ key: "app", operator: "Exists", values: ["x"] }] },
  { matchExpressions: [{ key: "app", operator: "Near" as "In", values: ["x"] }] },
  { matchLabels: { $world: "" } },
  { matchLabels: { ":app": "web" } },
  { matchLabels: { "Upper.Case/app": "web" } },
);

const labelSelector: fc.Arbitrary<LabelSelector> = weighted<LabelSelector>(
  [12, fc.constant({})],
  [14, matchLabels.map((labels) => ({ matchLabels: labels }))],
  [
    8,
    record<LabelSelector>({
      matchLabels: maybe(matchLabels, 1, 1),
      matchExpressions: some(expression),
    }),
  ],
);
/** Kubernetes' own policies select namespaces by their plain labels. */
const namespaceSelector: fc.Arbitrary<LabelSelector> = oneOf<LabelSelector>(
  {},
  { matchLabels: { team: "a" } },
  { matchLabels: { "kubernetes.io/metadata.name": "infra" } },
  { matchExpressions: [{ key: "team", operator: "NotIn", values: ["a"] }] },
  { matchLabels: { team: "b" }, matchExpressions: [{ key: "env", operator: "Exists" }] },
);
/** Rare, because one refusal drops a whole policy. */
const selector = weighted<LabelSelector>([150, labelSelector], [1, invalidSelector]);

// ------------------------------------------------------------------------------------------------------------ peers and ports

const cidr = weighted(
  [12, oneOf("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "192.0.2.0/24", "0.0.0.0/0", "10.9.9.9/8", "1.1.1.1/32")],
  [4, oneOf("::/0", "2001:db8::/32", "fd00::/8", "2001:db8::5/128")],
);
const cidrOrAddress = weighted(
  [14, cidr],
  [3, oneOf("1.1.1.1", "2001:db8::5", "10.1.2.3")],
  [1, oneOf("", "300.1.1.1/8", "10.0.0.0/33", "01.1.1.1", "nonsense")],
);
/** Never generates an empty `cidrGroupSelector`: Cilium confuses it with the wildcard, depending on which it sees first. */
const cidrGroupRule: fc.Arbitrary<CidrRule> = oneOf<CidrRule>(
  { cidrGroupRef: "partners" },
  { cidrGroupRef: "offices" },
  { cidrGroupRef: "missing" },
  { cidrGroupRef: "offices", except: ["10.1.0.0/16"] },
  { cidrGroupSelector: { matchLabels: { kind: "x" } } },
  { cidrGroupSelector: { matchLabels: { kind: "x" } }, except: ["0.0.0.0/0"] },
  { cidrGroupSelector: { matchLabels: { kind: "x", "cidrgroup:site": "b" } } },
  { cidrGroupSelector: { matchLabels: { "cidrgroup:site": "b" } } },
  { cidrGroupSelector: { matchLabels: { "any:kind": "x" } } },
  { cidrGroupSelector: { matchLabels: { "k8s:kind": "x" } } },
  { cidrGroupSelector: { matchExpressions: [{ key: "any:site", operator: "NotIn", values: ["a"] }] } },
  { cidrGroupSelector: { matchExpressions: [{ key: "kind", operator: "In", values: ["y", "x"] }] } },
  { cidrGroupSelector: { matchExpressions: [{ key: "kind", operator: "NotIn", values: ["x"] }] } },
  { cidrGroupSelector: { matchExpressions: [{ key: "site", operator: "Exists" }] } },
  { cidrGroupSelector: { matchExpressions: [{ key: "site", operator: "DoesNotExist" }] } },
  { cidrGroupSelector: { matchLabels: { "io.cilium.policy.cidrgroupname/partners": "" } } },
  { cidrGroupSelector: { matchLabels: { "io.cilium.k8s.owned": "x" } } },
);
const cidrRule: fc.Arbitrary<CidrRule> = weighted<CidrRule>(
  [6, cidr.map((block) => ({ cidr: block }))],
  [
    8,
    oneOf<CidrRule>(
      { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] },
      { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "192.0.2.0/24"] },
      { cidr: "0.0.0.0/0", except: ["0.0.0.0/0"] },
      { cidr: "::/0", except: ["2001:db8::/32"] },
      { cidr: "192.0.2.0/24", except: ["192.0.2.128/25"] },
      { cidr: "10.0.0.0/8", except: [] },
    ),
  ],
  [6, cidrGroupRule],
  [
    1,
    oneOf<CidrRule>(
      {},
      { cidr: "1.1.1.1" },
      { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] },
      { cidr: "10.0.0.0/16", except: ["10.0.0.0/8"] },
      { cidr: "10.0.0.0/8", cidrGroupRef: "partners" },
      { cidr: "10.0.0.0/8", except: ["::/0"] },
    ),
  ],
);

const entity = weighted(
  [60, oneOf("all", "world", "cluster", "host", "remote-node", "kube-apiserver")],
  [30, oneOf("cluster-mesh", "none", "init", "health", "unmanaged", "ingress", "world-ipv4", "world-ipv6")],
  [1, oneOf("everyone", "World")],
);

const fqdn: fc.Arbitrary<FqdnSelector> = weighted<FqdnSelector>(
  [6, oneOf("api.example.com", "example.com.", "API.example.com", "other.org").map((matchName) => ({ matchName }))],
  [
    8,
    oneOf("*.example.com", "*", "**.example.com", "*example.com", "a*.example.com", "**", "*.", "api.*.com").map(
      (matchPattern) => ({ matchPattern }),
    ),
  ],
  [
    1,
    oneOf<FqdnSelector>({}, { matchName: "a b" }, { matchName: "x.org", matchPattern: "*" }, { matchPattern: "a/b" }),
  ],
);

const serviceSelector: fc.Arbitrary<ServiceSelector> = weighted<ServiceSelector>(
  [
    4,
    oneOf("web", "db", "missing").chain((serviceName) =>
      oneOf<ServiceSelector>({ k8sService: { serviceName } }, { k8sService: { serviceName, namespace: "shop" } }),
    ),
  ],
  [
    3,
    oneOf<ServiceSelector>(
      { k8sServiceSelector: { selector: { matchLabels: { kind: "svc" } } } },
      { k8sServiceSelector: { selector: { matchLabels: { "k8s:kind": "svc" } }, namespace: "shop" } },
      { k8sServiceSelector: { selector: { matchExpressions: [{ key: "foo:app", operator: "Exists" }] } } },
      { k8sServiceSelector: { selector: {} } },
    ),
  ],
  [1, fc.constant<ServiceSelector>({})],
);

const port: fc.Arbitrary<PortProtocol> = weighted<PortProtocol>(
  [
    60,
    record<PortProtocol>({
      port: oneOf("80", "8080", "53", "5432", "9090", "443"),
      protocol: oneOf("TCP", "UDP", "SCTP", "ANY", "tcp", "", undefined as unknown as string),
    }),
  ],
  [
    24,
    record<PortProtocol>({
      port: oneOf("8000", "1", "53", "9090", "8080"),
      endPort: oneOf(9090, 8191, 65535, 80, 8080),
      protocol: oneOf("TCP", "ANY"),
    }),
  ],
  [
    24,
    record<PortProtocol>({
      port: oneOf("http", "HTTP", "dns", "metrics", "nowhere"),
      endPort: maybe(oneOf(9000), 1, 1),
      protocol: oneOf("TCP", "UDP", "ANY"),
    }),
  ],
  [
    12,
    record<PortProtocol>({
      port: fc.constant("0"),
      endPort: maybe(oneOf(100), 1, 1),
      protocol: oneOf("TCP", "UDP", "ANY"),
    }),
  ],
  [4, oneOf<PortProtocol>({ port: "0120" }, { port: "8_0" }, { port: "0", protocol: "GRE" })],
  [
    1,
    oneOf<PortProtocol>(
      {},
      { port: "" },
      { port: "99999" },
      { port: "080" },
      { port: "a--b" },
      { port: "sixteen-letters1" },
      { port: "80", protocol: "ICMP" },
      { port: "80", protocol: "GRE" },
      { port: 80 as unknown as string },
    ),
  ],
);

const plainPorts: fc.Arbitrary<PortRule> = weighted<PortRule>(
  [12, some(port).map((ports) => ({ ports }))],
  [1, oneOf<PortRule>({}, { ports: [] })],
);
const http = oneOf<HttpRule>({ method: "GET", path: "/public" }, {}, { path: "/a.*" });
const l7Ports = (direction: "ingress" | "egress"): fc.Arbitrary<PortRule> =>
  weighted<PortRule>(
    [
      8,
      fc
        .tuple(oneOf("8080", "8080", "http", "53"), some(http))
        .map(([on, rules]) => ({ ports: [{ port: on, protocol: "TCP" }], rules: { http: rules } })),
    ],
    [2, oneOf("80", "443").map((on) => ({ ports: [{ port: on, protocol: "TCP" }], serverNames: ["example.com"] }))],
    direction === "egress"
      ? [
          6,
          oneOf("UDP", "ANY").map((protocol) => ({
            ports: [{ port: "53", protocol }],
            rules: { dns: [{ matchPattern: "*" }] },
          })),
        ]
      : [1, fc.constant<PortRule>({ ports: [{ port: "80", protocol: "TCP" }], rules: { http: [] } })],
    direction === "egress"
      ? [
          2,
          fc.constant<PortRule>({
            ports: [{ port: "8080", protocol: "TCP" }],
            listener: { envoyConfig: { kind: "CiliumClusterwideEnvoyConfig", name: "e" }, name: "l" },
          }),
        ]
      : [1, fc.constant<PortRule>({ ports: [{ port: "443", protocol: "TCP" }], rules: {} })],
    [
      1,
      oneOf<PortRule>(
        { ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } },
        { ports: [{ port: "80", protocol: "UDP" }], rules: { http: [{}] } },
        { ports: [{ port: "0", protocol: "TCP" }], rules: { http: [{}] } },
        { ports: [{ port: "80", protocol: "TCP" }], rules: { http: [{ path: "(" }] } },
        { ports: [{ port: "80", protocol: "TCP" }], rules: { http: [{}], dns: [{ matchName: "a.org" }] } },
        { ports: [{ port: "53", endPort: 60 }], rules: { dns: [{ matchPattern: "*" }] } },
        { rules: { dns: [{ matchPattern: "*" }] } },
        { ports: [{ port: "80", protocol: "TCP" }], serverNames: [""] },
        { ports: Array.from({ length: 41 }, () => ({ port: "80" })) },
      ),
    ],
  );

const icmps: fc.Arbitrary<IcmpRule[]> = few(
  few(
    weighted<NonNullable<IcmpRule["fields"]>[number]>(
      [
        10,
        oneOf(
          { type: 8 },
          { type: 0 },
          { type: "EchoReply" },
          { type: "EchoRequest", family: "IPv4" as const },
          { type: "3" },
        ),
      ],
      [
        5,
        oneOf({ type: 128, family: "IPv6" as const }, { type: "EchoRequest", family: "IPv6" as const }, { type: 300 }),
      ],
    ),
  ).map((fields) => ({ fields })),
  2,
);
const invalidIcmps = oneOf<IcmpRule[]>(
  [{ fields: [{ type: "NoSuchType" }] }],
  [{ fields: [{ type: "Photuris", family: "IPv6" }] }],
  [{ fields: [{ type: 8, family: "IPv5" as "IPv4" }] }],
);

/** Ports, ICMP or neither. Cilium refuses both at once. */
function l4(direction: "ingress" | "egress" | "deny"): fc.Arbitrary<{ toPorts?: PortRule[]; icmps?: IcmpRule[] }> {
  const rule = direction === "deny" ? plainPorts : weighted<PortRule>([4, plainPorts], [1, l7Ports(direction)]);
  return weighted<{ toPorts?: PortRule[]; icmps?: IcmpRule[] }>(
    [40, fc.constant({})],
    [60, few(rule).map((toPorts) => ({ toPorts }))],
    [12, icmps.map((given) => ({ icmps: given }))],
    [1, invalidIcmps.map((given) => ({ icmps: given }))],
    [1, fc.tuple(some(rule), icmps).map(([toPorts, given]) => ({ toPorts, icmps: given }))],
  );
}

const authentication = maybe(oneOf({ mode: "required" }, { mode: "disabled" }, { mode: "odd" }), 1, 9);

const fromPeers: fc.Arbitrary<IngressRule> = weighted<IngressRule>(
  [10, oneOf<IngressRule>({ fromEntities: ["host"] }, { fromEntities: ["all"] })],
  [30, fc.constant({})],
  [70, few(selector).map((fromEndpoints) => ({ fromEndpoints }))],
  [30, few(entity).map((fromEntities) => ({ fromEntities }))],
  [12, few(cidrOrAddress).map((fromCIDR) => ({ fromCIDR }))],
  [16, few(cidrRule).map((fromCIDRSet) => ({ fromCIDRSet }))],
  [2, oneOf<IngressRule>({ fromGroups: [{ aws: { region: "eu" } }] }, { fromGroups: [] }, { fromNodes: [] })],
  [
    1,
    oneOf<IngressRule>(
      { fromNodes: [{}] },
      { fromEndpoints: [{}], fromEntities: ["host"] },
      { fromRequires: ["web"] },
      { fromEndpoints: [], fromEntities: ["host"] },
      { fromCIDR: ["10.0.0.0/8"], fromCIDRSet: [{ cidr: "10.0.0.0/8" }] },
    ),
  ],
);

const toPeers: fc.Arbitrary<EgressRule> = weighted<EgressRule>(
  [30, fc.constant({})],
  [70, few(selector).map((toEndpoints) => ({ toEndpoints }))],
  [30, few(entity).map((toEntities) => ({ toEntities }))],
  [12, few(cidrOrAddress).map((toCIDR) => ({ toCIDR }))],
  [16, few(cidrRule).map((toCIDRSet) => ({ toCIDRSet }))],
  [20, few(serviceSelector).map((toServices) => ({ toServices }))],
  [16, few(fqdn).map((toFQDNs) => ({ toFQDNs }))],
  [
    2,
    oneOf<EgressRule>(
      { toGroups: [{ aws: { region: "eu" } }] },
      { toGroups: [] },
      { toNodes: [] },
      { toEndpoints: [], toServices: [{ k8sService: { serviceName: "web" } }] },
    ),
  ],
  [
    1,
    oneOf<EgressRule>(
      { toNodes: [{}] },
      { toEndpoints: [{}], toFQDNs: [{ matchName: "example.com" }] },
      { toCIDR: ["10.0.0.0/8"], toServices: [{ k8sService: { serviceName: "web" } }] },
      { toEndpoints: [{}], toServices: [{ k8sService: { serviceName: "web" } }] },
    ),
  ],
);

// ------------------------------------------------------------------------------------------------------------ policies

type WithAuthentication = { authentication?: { mode: string } };
const auth: fc.Arbitrary<WithAuthentication> = authentication.map((mode) =>
  mode === undefined ? {} : { authentication: mode },
);
const merged = (...parts: fc.Arbitrary<object>[]) => fc.tuple(...parts).map((all) => Object.assign({}, ...all));

const ingressRule = merged(fromPeers, l4("ingress"), auth) as fc.Arbitrary<IngressRule>;
const ingressDenyRule = merged(fromPeers, l4("deny")) as fc.Arbitrary<IngressRule>;
const egressRule = merged(toPeers, l4("egress"), auth) as fc.Arbitrary<EgressRule>;
const egressDenyRule = merged(toPeers, l4("deny")) as fc.Arbitrary<EgressRule>;

const subject: fc.Arbitrary<Pick<Rule, "endpointSelector" | "nodeSelector">> = weighted<
  Pick<Rule, "endpointSelector" | "nodeSelector">
>(
  [60, fc.constant({ endpointSelector: {} })],
  [100, selector.map((endpointSelector) => ({ endpointSelector }))],
  [6, selector.map((nodeSelector) => ({ nodeSelector }))],
  [1, oneOf({}, { endpointSelector: {}, nodeSelector: {} }, { endpointSelector: null as unknown as LabelSelector })],
);

const HTTP_8080: PortRule = { ports: [{ port: "8080", protocol: "TCP" }], rules: { http: [{}] } };
const LISTENER_8080: PortRule = {
  ports: [{ port: "8080", protocol: "TCP" }],
  listener: { envoyConfig: { kind: "CiliumClusterwideEnvoyConfig", name: "e" }, name: "l" },
};

/** Combinations that would rarely come up by chance. */
const arranged = oneOf<Partial<Rule>>(
  {
    ingress: [
      { fromEntities: ["all"], authentication: { mode: "required" } },
      { fromEntities: ["all"], authentication: { mode: "disabled" } },
    ],
  },
  { egress: [{ toPorts: [HTTP_8080] }, { toPorts: [LISTENER_8080] }] },
  { egress: [{ toPorts: [HTTP_8080] }, { toPorts: [{ ports: [{ port: "8080", protocol: "TCP" }] }] }] },
  {
    ingress: [{ fromEntities: ["cluster"] }],
    ingressDeny: [{ fromEntities: ["host"], toPorts: [{ ports: [{ port: "8080" }] }] }],
  },
  { ingressDeny: [{ fromEntities: ["all"] }] },
  { ingress: [{ fromEndpoints: [{}] }], egress: [{ toEntities: ["all"] }] },
  { ingress: [{ fromEndpoints: [{}] }] },
  { ingress: [{}], egress: [{}] },
  {
    egress: [
      {
        toServices: [{ k8sService: { serviceName: "missing" } }],
        toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
      },
    ],
  },
);

const directions: fc.Arbitrary<Partial<Rule>> = weighted<Partial<Rule>>(
  [16, arranged],
  [30, some(ingressRule, 3).map((ingress) => ({ ingress }))],
  [30, some(egressRule, 3).map((egress) => ({ egress }))],
  [
    30,
    record<Partial<Rule>>({
      ingress: maybe(few(ingressRule), 1, 1),
      egress: maybe(few(egressRule), 1, 1),
      ingressDeny: maybe(few(ingressDenyRule), 1, 1),
      egressDeny: maybe(few(egressDenyRule), 1, 1),
    }),
  ],
);

const enableDefaultDeny = weighted<Partial<Rule>>(
  [5, fc.constant({})],
  [
    1,
    oneOf<Partial<Rule>>(
      { enableDefaultDeny: { ingress: false } },
      { enableDefaultDeny: { egress: false, ingress: true } },
      { enableDefaultDeny: { egress: true } },
      { enableDefaultDeny: {} },
      { enableDefaultDeny: { ingress: false, egress: false } },
    ),
  ],
);
const metadata = weighted<Partial<Rule>>(
  [20, fc.constant({})],
  [
    1,
    oneOf<Partial<Rule>>(
      // Cilium's decoder accepts text, too.
      { labels: ["team=a"] as unknown as NonNullable<Rule["labels"]> },
      { labels: [{ key: "x", source: "y", value: "z" }] },
      { labels: [""] as unknown as NonNullable<Rule["labels"]> },
      { labels: [{}] as unknown as NonNullable<Rule["labels"]> },
    ),
  ],
);

const rule = merged(subject, directions, enableDefaultDeny, metadata) as fc.Arbitrary<Rule>;

const policy = (name: string): fc.Arbitrary<PolicyManifest> =>
  fc
    .tuple(
      weighted<Partial<PolicyManifest>>(
        [16, rule.map((spec) => ({ spec }))],
        [3, some(rule, 2).map((specs) => ({ specs }))],
        [1, fc.tuple(rule, few(rule, 1)).map(([spec, specs]) => ({ spec, specs }))],
      ),
      weighted<{ kind: PolicyManifest["kind"]; namespace?: string }>(
        [
          12,
          oneOf("shop", "infra", "default").map((namespace) => ({ kind: "CiliumNetworkPolicy" as const, namespace })),
        ],
        [1, fc.constant({ kind: "CiliumNetworkPolicy" as const })],
        [7, fc.constant({ kind: "CiliumClusterwideNetworkPolicy" as const })],
      ),
      // Of two policies with the same name, the later one replaces the earlier.
      weighted([10, fc.constant(name)], [3, fc.constant("same")]),
    )
    .map(([rules, { kind, namespace }, called]) => ({
      apiVersion: "cilium.io/v2",
      kind,
      metadata: namespace === undefined ? { name: called } : { name: called, namespace },
      ...rules,
    }));

// ------------------------------------------------------------------------------------------------------------ Kubernetes' own

/** Keys without a source, because the API server refuses a colon in a key. */
const podLabelSelector: fc.Arbitrary<LabelSelector> = oneOf<LabelSelector>(
  {},
  { matchLabels: { app: "web" } },
  { matchLabels: { app: "db", tier: "back" } },
  { matchLabels: { "app.kubernetes.io/name": "web" } },
  { matchLabels: { "pod-template-hash": "5d8f" } },
  { matchLabels: { "io.kubernetes.pod.namespace": "infra" } },
  { matchLabels: { "io.cilium.k8s.policy.cluster": "east" } },
  { matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] },
  { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
  { matchExpressions: [{ key: "tier", operator: "Exists" }] },
  { matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] },
  { matchExpressions: [{ key: "io.kubernetes.pod.namespace", operator: "In", values: ["shop", "infra"] }] },
  { matchExpressions: [{ key: "io.cilium.k8s.policy.cluster", operator: "Exists" }] },
  { matchExpressions: [{ key: "io.cilium.k8s.policy.serviceaccount", operator: "In", values: ["web"] }] },
);
const kubernetesPeer: fc.Arbitrary<KubernetesPeer> = weighted<KubernetesPeer>(
  [4, podLabelSelector.map((podSelector) => ({ podSelector }))],
  [4, namespaceSelector.map((of) => ({ namespaceSelector: of }))],
  [
    4,
    fc.tuple(podLabelSelector, namespaceSelector).map(([podSelector, of]) => ({ podSelector, namespaceSelector: of })),
  ],
  [
    4,
    oneOf<KubernetesPeer>(
      { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
      { ipBlock: { cidr: "0.0.0.0/0" } },
      { ipBlock: { cidr: "192.0.2.0/24", except: [] } },
      { ipBlock: { cidr: "2001:db8::/32" } },
    ),
  ],
);
const kubernetesPort: fc.Arbitrary<KubernetesPort> = oneOf<KubernetesPort>(
  { port: 80 },
  { port: 80, protocol: "UDP" },
  { port: 5432, protocol: "TCP" },
  { port: 79, endPort: 443 },
  { port: "http" },
  { port: "pg", protocol: "TCP" },
  { protocol: "UDP" },
  { protocol: "SCTP" },
  {},
);
interface KubernetesRule {
  peers: KubernetesPeer[];
  ports: KubernetesPort[];
}
const kubernetesRules = few(
  record<KubernetesRule>({ peers: maybe(few(kubernetesPeer), 4, 1), ports: maybe(few(kubernetesPort), 2, 1) }),
);

const kubernetesPolicy = (name: string): fc.Arbitrary<KubernetesNetworkPolicy> =>
  record<{
    namespace: string;
    podSelector: LabelSelector;
    policyTypes: ("Ingress" | "Egress")[];
    ingress: KubernetesRule[];
    egress: KubernetesRule[];
  }>({
    namespace: maybe(oneOf(...NAMESPACES), 9, 1),
    podSelector: podLabelSelector,
    policyTypes: maybe(oneOf<("Ingress" | "Egress")[]>(["Ingress"], ["Egress"], ["Ingress", "Egress"], []), 3, 1),
    ingress: maybe(kubernetesRules, 2, 1),
    egress: maybe(kubernetesRules, 2, 1),
  }).map(({ namespace, ingress, egress, ...spec }) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: namespace === undefined ? { name } : { name, namespace },
    spec: {
      ...spec,
      ...(ingress && { ingress: ingress.map(({ peers, ...rest }) => ({ ...(peers && { from: peers }), ...rest })) }),
      ...(egress && { egress: egress.map(({ peers, ...rest }) => ({ ...(peers && { to: peers }), ...rest })) }),
    },
  }));

// ------------------------------------------------------------------------------------------------------------ the case

/** The flows to ask about for every ordered pair of endpoints: the ports that rules and containers name, the ports next to them, and ICMP. */
const probes = fc.uniqueArray(
  oneOf<[string, number]>(
    ["TCP", 80],
    ["TCP", 8080],
    ["TCP", 9090],
    ["TCP", 8191],
    ["TCP", 5432],
    ["TCP", 443],
    ["TCP", 8],
    ["UDP", 53],
    ["UDP", 80],
    ["TCP", 53],
    ["SCTP", 8080],
    ["ICMP", 8],
    ["ICMP", 0],
    ["ICMP", 3],
    ["ICMPv6", 128],
    ["TCP", 65535],
    ["TCP", 79],
    ["GRE", 0],
  ),
  { minLength: 3, maxLength: 4 },
);

/** Blocks overlap, so that an address may be in several groups, also in two with different labels. */
const cidrGroups: fc.Arbitrary<CidrGroupFacts[] | undefined> = maybe(
  fc.shuffledSubarray<CidrGroupFacts>([
    { name: "partners", labels: { kind: "x", site: "a" }, cidrs: ["10.0.0.0/8", "192.0.2.0/25", "fd00::/8"] },
    { name: "offices", labels: { kind: "y", site: "b" }, cidrs: ["10.1.0.0/16", "1.1.1.1/32", "2001:db8::/48"] },
    { name: "unlabelled", cidrs: ["10.1.2.0/24", "192.0.2.0/24"] },
    { name: "all", labels: { kind: "x", "io.cilium.k8s.owned": "x" }, cidrs: ["0.0.0.0/0"] },
    { name: "empty", labels: { kind: "y" }, cidrs: [] },
  ]),
  3,
  1,
);

export const cases: fc.Arbitrary<Case> = fc
  .record({
    cidrGroups,
    cluster: record<NonNullable<Scenario["cluster"]>>({
      name: maybe(oneOf(...CLUSTERS), 1, 1),
      ipv6: maybe(fc.boolean(), 1, 1),
      l7Proxy: maybe(fc.boolean(), 1, 3),
      cidrMatchMode: maybe(oneOf<("nodes" | "pods")[]>([], ["nodes"], ["pods"], ["nodes", "pods"]), 1, 1),
    }),
    namespaces,
    services,
    pods: fc
      .tuple(pod("p1"), pod("p2"), pod("p3"), pod("p4"), pod("p5"))
      .chain((all) => fc.shuffledSubarray(all, { minLength: 2, maxLength: 5 })),
    outside,
    policies: fc
      .tuple(policy("a"), policy("b"), policy("c"), policy("d"), policy("e"))
      .chain((all) => fc.shuffledSubarray(all, { minLength: 2, maxLength: 5 })),
    kubernetes: fc.tuple(kubernetesPolicy("n1"), kubernetesPolicy("n2")).chain((all) => fc.shuffledSubarray(all)),
    probes,
  })
  .map(
    ({
      cidrGroups: groups,
      cluster,
      namespaces: known,
      services: declared,
      pods,
      outside: peers,
      policies,
      kubernetes,
      probes: asked,
    }) => {
      const endpoints = [...pods, ...peers.map((peer, index) => ({ ...peer, id: `x${index + 1}` }))];
      const scenario: Scenario = {
        cluster,
        namespaces: known,
        services: uniqueServices(declared),
        ...(groups !== undefined && { cidrGroups: groups }),
        endpoints,
        flows: flowsOf(endpoints, asked),
      };
      return { scenario, policies: [...policies, ...kubernetes] };
    },
  );

function flowsOf(endpoints: readonly EndpointFacts[], asked: readonly (readonly [string, number])[]): Flow[] {
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => to !== from && (from.namespace !== undefined || to.namespace !== undefined))
      .flatMap((to) => asked.map(([proto, number]) => ({ from: from.id, to: to.id, proto, port: number }))),
  );
}

function uniqueServices(all: readonly ServiceFacts[]): ServiceFacts[] {
  return all.filter(
    ({ name, namespace }, index) =>
      all.findIndex((other) => other.name === name && other.namespace === namespace) === index,
  );
}
