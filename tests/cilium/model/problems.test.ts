import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ClusterwideNetworkPolicySpec,
  clusterwideNetworkPolicy,
  Endpoints,
  Entity,
  Icmp,
  Label,
  type NetworkPolicySpec,
  networkPolicy,
  Peer,
  Port,
} from "../../../lib/cilium/model";
import { formatProblem, type Problem, ProblemError } from "../../../lib/common/problem";

const podinfo: NetworkPolicySpec = {
  name: "podinfo",
  namespace: "demo",
  endpointSelector: Endpoints.labels({ app: "podinfo" }),
  ingress: [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(9898)] }],
};
const clusterwide: ClusterwideNetworkPolicySpec = {
  name: "all",
  endpointSelector: Endpoints.all(),
  ingress: [{ from: [Peer.allNamespaces()] }],
};

function refusals(build: () => unknown): readonly Problem[] {
  try {
    build();
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error.problems;
  }
  return [];
}

const problemsOf = (build: () => unknown): string[] => refusals(build).map(formatProblem);

/** A change to the policy above, and the start of the only problem that it causes. */
type Case = [string, Partial<NetworkPolicySpec>, RegExp];
const from = (...peers: ReturnType<typeof Peer.endpoints>[]) => ({ ingress: [{ from: peers }] });
const to = (...peers: Parameters<typeof egress>[0]) => egress(peers);
const egress = (peers: NonNullable<NetworkPolicySpec["egress"]>[number]["to"]) => ({ egress: [{ to: peers }] });
const ports = (...list: Port[]) => ({ ingress: [{ from: [Peer.everything()], ports: list }] });
const long = "x".repeat(64);

const cases: Record<string, Case[]> = {
  "names and labels": [
    ["a name with capitals", { name: "Podinfo" }, /^name: .*; did you mean "podinfo"\?$/],
    ["a name over 253", { name: "a".repeat(254) }, /^name: .*254 characters, and at most 253/],
    ["no namespace", { namespace: "" }, /^namespace: .*is missing/],
    ["a namespace over 63", { namespace: long }, /^namespace: .*64 characters, and at most 63/],
    ["a label key with a blank", { labels: { "a b": "" } }, /^labels\["a b"\]: /],
    ["a label value over 63", { labels: { app: long } }, /^labels\.app: .*63/],
    ["a number as label value", { labels: { app: 1 as never } }, /^labels\.app: .*did you mean "1", in quotes\?/],
    ["a reserved label", from(Peer.endpoints({ "reserved:host": "" })), /matchLabels.*use Peer\.entity\("host"\)/],
  ],
  selectors: [
    ["an empty selector", { endpointSelector: {} }, /^endpointSelector: .*Endpoints\.all\(\)/],
    [
      "everything and labels",
      { endpointSelector: { all: true, matchLabels: { a: "b" } } as never },
      /exclude each other/,
    ],
    ["an empty peer", from(Peer.endpoints({})), /^ingress\[0\]\.from\[0\]\.endpoints: .*Endpoints\.all\(\)/],
    ["In without values", { endpointSelector: Endpoints.where(Label.in("a", [])) }, /Label\.exists\("a"\)/],
    [
      "Exists with values",
      { endpointSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] } },
      /^endpointSelector\.matchExpressions\[0\]\.values: .*did you mean In\?/,
    ],
    [
      "an unknown operator",
      { endpointSelector: { matchExpressions: [{ key: "a", operator: "Equals" as never }] } },
      /operator: "Equals" is not an operator/,
    ],
    [
      "a foreign namespace as subject",
      { endpointSelector: Endpoints.labels({ "k8s:io.kubernetes.pod.namespace": "other" }) },
      /^endpointSelector\.matchLabels.*Cilium overwrites any other/,
    ],
    [
      "a namespace among a peer's labels",
      from(Peer.endpoints({ "io.kubernetes.pod.namespace": "other" })),
      /Peer\.namespace\("name", labels\)/,
    ],
    [
      "two ways of naming a namespace",
      from(Peer.select(Endpoints.all(), { name: "a", all: true } as never)),
      /exclude each other/,
    ],
    ["a source in a namespace's label", from(Peer.namespaces({ "k8s:team": "a" })), /did you mean "team"\?/],
    ["a namespace's label too long to select by", from(Peer.namespaces({ ["x".repeat(40)]: "" })), /too long/],
    ["a source in a Service's label", to(Peer.services({ "k8s:app": "db" })), /did you mean "app"\?/],
    ["no namespace labels", from(Peer.namespaces({})), /Peer\.allNamespaces\(\)/],
  ],
  "CIDR blocks": [
    [
      "no mask",
      from(Peer.cidr("10.0.0.1")),
      /CIDR mask is missing in "10\.0\.0\.1"; did you mean "10\.0\.0\.1\/32"\?$/,
    ],
    ["no IPv6 mask", from(Peer.cidr("2001:db8::1")), /did you mean "2001:db8::1\/128"\?$/],
    ["a wide mask", from(Peer.cidr("10.0.0.0/33")), /must be 0 to 32/],
    ["a mask with a leading zero", from(Peer.cidr("10.0.0.0/08")), /must be 0 to 32/],
    ["a name", from(Peer.cidr("example.com")), /did you mean Peer\.fqdn\("example\.com"\)\?/],
    ["an except outside", from(Peer.cidr("10.0.0.0/8", { except: ["11.0.0.0/16"] })), /except\[0\]: .*lies outside/],
    [
      "an except that is wider",
      from(Peer.cidr("10.0.0.0/8", { except: ["10.0.0.0/7"] })),
      /except\[0\]: .*lies outside/,
    ],
    [
      "an except that leaves nothing",
      from(Peer.cidr("10.0.0.0/8", { except: ["10.0.0.0/8"] })),
      /except\[0\]: .*is the whole block, so no address is left/,
    ],
    ["an except of the other family", from(Peer.cidr("10.0.0.0/8", { except: ["::/0"] })), /lies outside/],
  ],
  ports: [
    ["port 0", ports(Port.tcp(0)), /^ingress\[0\]\.ports\[0\]: .*Port\.allTcp\(\)/],
    ["port 70000", ports(Port.tcp(70000)), /number 70000 is not a port; .*1 to 65535/],
    ["half a port", ports(Port.tcp(80.5)), /1 to 65535/],
    ["no number at all", ports(Port.tcp(Number.NaN)), /1 to 65535/],
    ["a range that ends too far", ports(Port.tcpRange(1, 65536)), /endPort: .*1 to 65535/],
    ["a range backwards", ports(Port.udpRange(20, 10)), /did you mean 10 to 20\?/],
    ["a number as name", ports(Port.named("8080")), /did you mean Port\.tcp\(8080\)\?/],
    ["a name too long", ports(Port.named("abcdefghijklmnop")), /at most 15 /],
    [
      "the proxy's port by name",
      ports(Port.named("linkerd-proxy")),
      /native sidecar.*did you mean Port\.tcp\(4143\)\?/,
    ],
    ["the admin port by name", ports(Port.named("linkerd-admin")), /did you mean Port\.tcp\(4191\)\?/],
    ["a port and a name", ports({ number: 1, name: "a", protocol: "TCP" } as never), /exclude each other/],
    ["ICMP as protocol", ports({ number: 8, protocol: "ICMP" as never }), /protocol: .*use `icmp` beside `ports`/],
    [
      "41 ports",
      ports(...Array.from({ length: 41 }, (_, i) => Port.tcp(i + 1))),
      /^ingress\[0\]\.ports: there are 41 ports, and at most 40/,
    ],
    [
      "ICMP type 0",
      { ingress: [{ from: [Peer.everything()], icmp: [Icmp.v4(0)] }] },
      /icmp\[0\]\.type: .*Icmp\.ping\(\)/,
    ],
    ["ICMP type 256", { ingress: [{ from: [Peer.everything()], icmp: [Icmp.v6(256)] }] }, /1 to 255/],
  ],
  "peers where they cannot be": [
    ["a DNS name in ingress", from(Peer.fqdn("example.com") as never), /from\[0\]: a DNS name can only be allowed/],
    [
      "a Service in ingress",
      from(Peer.service("db") as never),
      /from\[0\]: a Service can only be allowed as the destination/,
    ],
    [
      "a DNS name denied",
      { egressDeny: [{ to: [Peer.fqdn("example.com") as never] }], enableDefaultDeny: { egress: false } },
      /^egressDeny\[0\]\.to\[0\]: a DNS name can only be allowed/,
    ],
    ["an unknown entity", from(Peer.entity("kubeApiServer" as never)), /did you mean "kube-apiserver"\?/],
    ["an entity of another name", from(Peer.entity("internet" as never)), /did you mean "world"\?/],
    ["no one beside someone", from(Peer.nothing(), Peer.entity(Entity.Host)), /Peer\.nothing\(\) beside other peers/],
    ["a pattern as name", to(Peer.fqdn("*.example.com")), /Peer\.fqdnPattern\("\*\.example\.com"\)/],
    ["a URL", to(Peer.fqdn("https://example.com/x")), /did you mean "example\.com"\?/],
    [
      "a Service's DNS name",
      to(Peer.fqdn("db.shop.svc.cluster.local")),
      /Peer\.service\("db", \{ namespace: "shop" \}\)/,
    ],
    [
      "two namespaces of a Service",
      to(Peer.service("db", { namespace: "a", anyNamespace: true })),
      /exclude each other/,
    ],
    ["any Service", to(Peer.services({})), /selects every Service/],
  ],
  "nothing and everything": [
    ["no direction", { ingress: undefined as never }, /Cilium refuses such a policy.*denyAllIngress/],
    ["an empty direction", { ingress: [] }, /^ingress: .*denyAllIngress or allowAllIngress/],
    ["no peers", { ingress: [{ from: [] }] }, /^ingress\[0\]\.from: .*Peer\.nothing\(\) or Peer\.everything\(\)/],
    ["peers forgotten", { ingress: [{ ports: [Port.tcp(1)] } as never] }, /world included.*Peer\.everything\(\)/],
    ["no ports", ports(), /^ingress\[0\]\.ports: .*leave it out/],
    [
      "a deny alone",
      { egressDeny: [{ to: [Peer.entity(Entity.World)] }] },
      /^egressDeny: .*also blocks every other egress/,
    ],
    ["a flag without rules", { enableDefaultDeny: { egress: true } }, /^enableDefaultDeny\.egress: .*denyAllEgress/],
  ],
  "fields that do not exist": [
    [
      "L7 rules",
      { ingress: [{ from: [Peer.everything()], rules: {} } as never] },
      /^ingress\[0\]\.rules: .*Linkerd's mTLS/,
    ],
    [
      "HTTP on a port",
      ports({ number: 80, protocol: "TCP", http: [] } as never),
      /ports\[0\]\.http: .*AuthorizationPolicy/,
    ],
    ["a slip", { ingres: [] } as never, /^ingres: there is no such field; use .*`ingress`/],
  ],
};

for (const [title, rows] of Object.entries(cases)) {
  describe(`a policy is refused for its ${title}`, () => {
    for (const [what, change, expected] of rows) {
      it(what, () => {
        const found = refusals(() => networkPolicy({ ...podinfo, ...change }));
        const all = found.map(formatProblem).join("\n");
        assert.equal(found.length, 1, all);
        assert.match(all, expected);
        for (const { code, message, fix } of found) {
          // The syntax of labels is its own fix.
          if (code !== "invalid-label") assert.ok(fix, `no fix: ${message}`);
          assert.doesNotMatch(message, /\.$/, "formatProblem joins message and fix");
        }
      });
    }
  });
}

describe("a clusterwide policy is refused", () => {
  const refused: [string, object, RegExp][] = [
    ["if it selects pods and nodes", { nodeSelector: Endpoints.all() }, /selects pods or nodes/],
    ["if it selects neither", { endpointSelector: undefined }, /select pods with/],
    ["for its own namespace", { ingress: [{ from: [Peer.ownNamespace()] }] }, /no namespace of its own.*allNamespaces/],
    ["for a Service of its own namespace", { egress: [{ to: [Peer.service("db")] }] }, /no namespace of its own/],
    ["if it has a namespace", { namespace: "demo" }, /^namespace: there is no such field/],
  ];
  for (const [what, change, expected] of refused)
    it(what, () => {
      const found = problemsOf(() => clusterwideNetworkPolicy({ ...clusterwide, ...change }));
      assert.deepEqual(found.length, 1, found.join("\n"));
      assert.match(found.join("\n"), expected);
    });

  it("but not for a namespace label in its selector, which a namespaced one may not have", () => {
    const subject = Endpoints.labels({ "k8s:io.kubernetes.pod.namespace": "demo" });
    assert.deepEqual(
      problemsOf(() => clusterwideNetworkPolicy({ ...clusterwide, endpointSelector: subject })),
      [],
    );
  });
});

describe("problems", () => {
  it("are reported all at once, each with its path, in one error that reads as a list", () => {
    const build = () =>
      networkPolicy({
        ...podinfo,
        ingress: [
          { from: [Peer.endpoints({ app: "client" })] },
          { from: [Peer.cidr("10.0.0.1")], ports: [Port.tcp(0)] },
        ],
        egress: [{ to: [Peer.fqdn("*")] }],
      });
    assert.deepEqual(
      problemsOf(build).map((problem) => problem.split(": ")[0]),
      ["ingress[1].from[0].cidr.cidr", "ingress[1].ports[0]", "egress[0].to[0].fqdn.matchName"],
    );
    assert.throws(build, {
      name: "ProblemError",
      message: /^CiliumNetworkPolicy demo\/podinfo: 3 problems\n {2}ingress\[1\]/,
    });
  });

  it("have code, path, message and fix apart, for programs", () => {
    const build = () =>
      networkPolicy({ ...podinfo, ingress: [{ from: [Peer.cidr("10.0.0.1")], ports: [Port.tcp(0)] }] });
    assert.deepEqual(refusals(build), [
      {
        code: "invalid-cidr",
        path: ["ingress", 0, "from", 0, "cidr", "cidr"],
        message: 'the CIDR mask is missing in "10.0.0.1"',
        fix: 'did you mean "10.0.0.1/32"?',
      },
      {
        code: "invalid-port",
        path: ["ingress", 0, "ports", 0],
        message: "port 0 is every port to Cilium",
        fix: "use Port.allTcp(), Port.allUdp() or Port.all()",
      },
    ]);
  });

  it("are empty for a valid policy", () => {
    assert.deepEqual(
      problemsOf(() => networkPolicy(podinfo)),
      [],
    );
    assert.deepEqual(
      problemsOf(() => clusterwideNetworkPolicy(clusterwide)),
      [],
    );
  });

  it("are also reported for garbage, without a TypeError", () => {
    for (const garbage of [
      undefined,
      null,
      1,
      "x",
      [],
      { ingress: 1 },
      { ingress: [null] },
      { egress: [{ to: "x" }] },
    ]) {
      assert.ok(problemsOf(() => networkPolicy(garbage as never)).length > 0, JSON.stringify(garbage));
    }
  });
});

describe("the compiler refuses", () => {
  it("peers where they cannot be, fields that do not exist, and a clusterwide policy for both pods and nodes or for neither", () => {
    // The compiler checks this file: a directive without an error to expect is an error itself.
    const refused: Partial<NetworkPolicySpec>[] = [
      // @ts-expect-error A DNS name cannot be a source.
      { ingress: [{ from: [Peer.fqdn("example.com")] }] },
      // @ts-expect-error A Service cannot be a source.
      { ingress: [{ from: [Peer.service("db")] }] },
      // @ts-expect-error A DNS name cannot be denied.
      { egressDeny: [{ to: [Peer.fqdn("example.com")] }] },
      // @ts-expect-error A Service cannot be denied.
      { egressDeny: [{ to: [Peer.service("db")] }] },
      // @ts-expect-error No such entity.
      { ingress: [{ from: [Peer.entity("internet")] }] },
      // @ts-expect-error No L7 rules.
      { ingress: [{ from: [Peer.everything()], rules: { http: [] } }] },
      // @ts-expect-error `from` is required.
      { ingress: [{ ports: [Port.tcp(80)] }] },
    ];
    for (const change of refused)
      assert.notDeepEqual(
        problemsOf(() => networkPolicy({ ...podinfo, ...change })),
        [],
      );
    const everywhere = { name: "all", ingress: [{ from: [Peer.allNamespaces()] }] };
    const clusterwides: ClusterwideNetworkPolicySpec[] = [
      // @ts-expect-error A policy applies to pods or to nodes.
      { ...everywhere, endpointSelector: Endpoints.all(), nodeSelector: Endpoints.all() },
      // @ts-expect-error A policy applies to something.
      everywhere,
    ];
    for (const spec of clusterwides)
      assert.notDeepEqual(
        problemsOf(() => clusterwideNetworkPolicy(spec)),
        [],
      );
  });
});
