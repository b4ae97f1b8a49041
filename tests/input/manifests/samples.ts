import fc from "fast-check";

/** Generators of valid manifests. */

const name = fc.constantFrom("web", "db", "api", "cache");
const namespace = fc.constantFrom("shop", "data");
const labels = fc.dictionary(fc.constantFrom("app", "tier", "app.kubernetes.io/name"), name, {
  minKeys: 1,
  maxKeys: 2,
});
const selector = fc.oneof(
  fc.constant({}),
  fc.record({ matchLabels: labels }),
  fc.record({
    matchExpressions: fc.tuple(
      fc.oneof(
        fc.record({
          key: fc.constant("app"),
          operator: fc.constantFrom("In", "NotIn"),
          values: fc.array(name, { minLength: 1, maxLength: 2 }),
        }),
        fc.record({ key: fc.constant("tier"), operator: fc.constantFrom("Exists", "DoesNotExist") }),
      ),
    ),
  }),
);
const port = fc.record(
  { port: fc.constantFrom("80", "5432", "http", "0"), protocol: fc.constantFrom("TCP", "UDP", "ANY") },
  { requiredKeys: ["port"] },
);
const toPorts = fc.array(fc.record({ ports: fc.array(port, { minLength: 1, maxLength: 2 }) }), {
  minLength: 1,
  maxLength: 2,
});
const cidrs = fc.array(fc.constantFrom("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"), { minLength: 1, maxLength: 2 });
const cidrSet = fc.constant([{ cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] }]);
const entities = fc.array(fc.constantFrom("world", "cluster", "host", "kube-apiserver"), {
  minLength: 1,
  maxLength: 2,
});
const selectors = fc.array(selector, { minLength: 1, maxLength: 2 });

const item = (direction: "from" | "to") =>
  fc
    .tuple(
      fc.oneof(
        selectors.map((peers) => ({ [`${direction}Endpoints`]: peers })),
        entities.map((peers) => ({ [`${direction}Entities`]: peers })),
        cidrs.map((peers) => ({ [`${direction}CIDR`]: peers })),
        cidrSet.map((peers) => ({ [`${direction}CIDRSet`]: peers })),
      ),
      fc.option(toPorts, { nil: undefined }),
    )
    .map(([peers, ports]) => ({ ...peers, ...(ports && { toPorts: ports }) }));

const rule = fc.record(
  {
    endpointSelector: selector,
    ingress: fc.array(item("from"), { minLength: 1, maxLength: 2 }),
    egress: fc.array(item("to"), { minLength: 1, maxLength: 2 }),
    egressDeny: fc.array(item("to"), { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: ["endpointSelector", "ingress"] },
);

export const policy = fc.oneof(
  fc.record({
    apiVersion: fc.constant("cilium.io/v2"),
    kind: fc.constant("CiliumNetworkPolicy"),
    metadata: fc.record({ name, namespace }),
    spec: rule,
  }),
  fc.record({
    apiVersion: fc.constant("cilium.io/v2"),
    kind: fc.constant("CiliumClusterwideNetworkPolicy"),
    metadata: fc.record({ name }),
    specs: fc.array(rule, { minLength: 1, maxLength: 2 }),
  }),
);

const annotations = fc.dictionary(
  fc.constantFrom("linkerd.io/inject", "example.com/x"),
  fc.constantFrom("enabled", "disabled"),
  { maxKeys: 2 },
);

export const workload = fc.record({
  apiVersion: fc.constant("apps/v1"),
  kind: fc.constantFrom("Deployment", "StatefulSet", "DaemonSet"),
  metadata: fc.record({ name, namespace }),
  spec: fc.record({
    template: fc.record({
      metadata: fc.record({ labels, annotations }),
      spec: fc.record({
        hostNetwork: fc.boolean(),
        containers: fc.array(
          fc.record({
            name,
            ports: fc.uniqueArray(
              fc.record({ containerPort: fc.constantFrom(80, 5432), name: fc.constantFrom("http", "pg") }),
              { maxLength: 2, selector: ({ containerPort }) => containerPort },
            ),
          }),
          { minLength: 1, maxLength: 2 },
        ),
      }),
    }),
  }),
});
