import fc from "fast-check";
import {
  type ClusterwideNetworkPolicySpec,
  type DeniedEgressTraffic,
  type EgressPeer,
  type EgressTraffic,
  type EndpointSelector,
  Entity,
  Icmp,
  type IngressPeer,
  type IngressTraffic,
  Label,
  type NetworkPolicySpec,
  Peer,
  Port,
  Protocol,
} from "../../../lib/cilium/model";
import type { LabelExpression } from "../../../lib/kubernetes/label-selector";

/** Valid specifications, over everything that the model can express. */

const word = fc.constantFrom("app", "tier", "web", "db", "a", "team", "x-1");
const key = fc.oneof(word, fc.constantFrom("app.kubernetes.io/name", "k8s:app", "example.com/part_of"));
const plainKey = fc.oneof(word, fc.constantFrom("app.kubernetes.io/name", "example.com/part_of"));
/** Labels of namespaces and Services, which have no source. */
const plainLabels = fc.dictionary(plainKey, word, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const labels = fc.dictionary(key, fc.oneof(word, fc.constant("")), { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const expression: fc.Arbitrary<LabelExpression> = fc.oneof(
  fc.tuple(key, fc.uniqueArray(word, { minLength: 1, maxLength: 3 })).map(([k, values]) => Label.in(k, values)),
  fc.tuple(key, fc.uniqueArray(word, { minLength: 1, maxLength: 3 })).map(([k, values]) => Label.notIn(k, values)),
  key.map(Label.exists),
  key.map(Label.doesNotExist),
);
const labelled: fc.Arbitrary<EndpointSelector> = fc.oneof(
  labels.map((matchLabels) => ({ matchLabels })),
  fc.array(expression, { minLength: 1, maxLength: 2 }).map((matchExpressions) => ({ matchExpressions })),
  fc
    .tuple(labels, fc.array(expression, { minLength: 1, maxLength: 2 }))
    .map(([matchLabels, matchExpressions]) => ({ matchLabels, matchExpressions })),
);
const selector = fc.oneof(fc.constant<EndpointSelector>({ all: true }), labelled);
const namespace = fc.constantFrom("demo", "shop", "kube-system");

const pods: fc.Arbitrary<IngressPeer> = fc.oneof(
  labelled.map((endpoints) => Peer.select(endpoints)),
  fc.tuple(selector, namespace).map(([endpoints, name]) => Peer.select(endpoints, { name })),
  fc.tuple(plainLabels, fc.option(labels, { nil: undefined })).map(([of, pod]) => Peer.namespaces(of, pod)),
  fc.option(labels, { nil: undefined }).map((pod) => Peer.allNamespaces(pod)),
);
const blocks = fc.constantFrom<[string, string[]]>(
  ["10.0.0.0/8", ["10.1.0.0/16", "10.2.3.4/32"]],
  ["192.0.2.0/24", ["192.0.2.128/25"]],
  ["0.0.0.0/0", ["10.0.0.0/8"]],
  ["2001:db8::/32", ["2001:db8:1::/48"]],
);
const cidr: fc.Arbitrary<IngressPeer> = fc.oneof(
  fc.tuple(blocks, fc.boolean()).map(([[block, except], some]) => Peer.cidr(block, some ? { except } : {})),
  word.map((name) => Peer.cidrGroup(name)),
);
const entity = fc.constantFrom(...Object.values(Entity)).map((name) => Peer.entity(name));
const ingressPeer: fc.Arbitrary<IngressPeer> = fc.oneof(pods, entity, cidr, fc.constant(Peer.everything()));
const service = fc.oneof(
  fc.tuple(word, namespace).map(([name, of]) => Peer.service(name, { namespace: of })),
  fc.tuple(plainLabels, namespace).map(([of, where]) => Peer.services(of, { namespace: where })),
  word.map((name) => Peer.service(name, { anyNamespace: true })),
);
const fqdn: fc.Arbitrary<EgressPeer> = fc.oneof(
  fc.constantFrom("api.example.com", "example.org.").map(Peer.fqdn),
  fc.constantFrom("*.example.com", "**.example.org", "*").map(Peer.fqdnPattern),
);

const number = fc.integer({ min: 1, max: 65535 });
const protocol = fc.constantFrom(...Object.values(Protocol));
export const port: fc.Arbitrary<Port> = fc.oneof(
  fc.tuple(number, protocol).map(([n, p]) => ({ number: n, protocol: p })),
  fc
    .tuple(number, number, protocol)
    .map(([a, b, p]) => ({ number: Math.min(a, b), endPort: Math.max(a, b), protocol: p })),
  protocol.map((p) => ({ all: true as const, protocol: p })),
  fc.tuple(fc.constantFrom("http", "grpc", "dns-tcp"), protocol).map(([name, p]) => Port.named(name, p)),
);
const icmp = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 255 })).map(([v4, t]) => (v4 ? Icmp.v4(t) : Icmp.v6(t)));
const what = fc.record(
  { ports: fc.array(port, { minLength: 1, maxLength: 4 }), icmp: fc.array(icmp, { minLength: 1, maxLength: 3 }) },
  { requiredKeys: [], noNullPrototype: true },
);

const peers = <T>(peer: fc.Arbitrary<T>, nothing: T) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.array(peer, { minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.constant<T[]>([nothing]) },
  );
const ingress: fc.Arbitrary<IngressTraffic[]> = fc.array(
  fc.tuple(peers(ingressPeer, Peer.nothing()), what).map(([from, rest]) => ({ from, ...rest })),
  { minLength: 1, maxLength: 3 },
);
const egress: fc.Arbitrary<EgressTraffic[]> = fc.array(
  fc
    .tuple(peers<EgressPeer>(fc.oneof(ingressPeer, service, fqdn), Peer.nothing()), what)
    .map(([to, rest]) => ({ to, ...rest })),
  { minLength: 1, maxLength: 3 },
);
const deniedEgress: fc.Arbitrary<DeniedEgressTraffic[]> = fc.array(
  fc.tuple(peers(ingressPeer, Peer.nothing()), what).map(([to, rest]) => ({ to, ...rest })),
  { minLength: 1, maxLength: 2 },
);

const rules = fc
  .record(
    { ingress, egress, ingressDeny: ingress, egressDeny: deniedEgress, description: fc.string() },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((spec) => (spec.ingress ?? spec.egress ?? spec.ingressDeny ?? spec.egressDeny) !== undefined)
  .map((spec) => {
    const flags = {
      ...(spec.ingressDeny && !spec.ingress && { ingress: false }),
      ...(spec.egressDeny && !spec.egress && { egress: false }),
    };
    return { ...spec, ...(Object.keys(flags).length > 0 && { enableDefaultDeny: flags }) };
  });

export const namespacedSpec: fc.Arbitrary<NetworkPolicySpec> = fc
  .tuple(rules, selector, namespace)
  .map(([spec, endpointSelector, of]) => ({ name: "p", namespace: of, endpointSelector, ...spec }));

export const clusterwideSpec: fc.Arbitrary<ClusterwideNetworkPolicySpec> = fc
  .tuple(rules, selector, fc.boolean())
  .map(([spec, of, nodes]) => ({ name: "p", ...(nodes ? { nodeSelector: of } : { endpointSelector: of }), ...spec }));
