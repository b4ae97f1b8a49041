// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluate } from "../../../lib/manifests/evaluate";
import { stateOf } from "../../../lib/reachability/verdict";

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "c", image: "${IMAGE}", ports: [{ containerPort: 8080 }] }] },
    },
  },
});

/** Evaluates a policy among the deployments web, api and db. `web>api:80` is a flow over TCP. */
function asked(kind: string, spec: object, metadata: object = { name: "p", namespace: "shop" }) {
  const apiVersion = kind === "NetworkPolicy" ? "networking.k8s.io/v1" : "cilium.io/v2";
  const objects = [...["web", "api", "db"].map(deployment), { apiVersion, kind, metadata, spec }];
  const manifests = readManifests([
    { file: "p.yaml", text: objects.map((one) => JSON.stringify(one)).join("\n---\n") },
  ]);
  const { reachability, unseen, problems, refused } = evaluate(manifests);
  assert.deepEqual([problems, refused], [[], []]);
  return {
    unseen: unseen.map(({ reason }) => reason),
    of: (...flows: string[]) =>
      flows.map((flow) => {
        const [, from = "", to = "", port = ""] = /^(.+)>(.+):(\d+)$/.exec(flow) ?? [];
        const id = (name: string) => (["web", "api", "db"].includes(name) ? `shop/${name}` : name);
        const verdict = reachability.verdict({ from: id(from), to: id(to), proto: "TCP", port: Number(port) });
        return [stateOf(verdict), ...(verdict.unknown ?? [])].join(": ");
      }),
  };
}
const endpointSelector = { matchLabels: { app: "api" } };
const tcp = (port: string) => [{ ports: [{ port, protocol: "TCP" }] }];

test("an unknown address leaves the whole world unknown on the known ports, but neither pods nor other ports", () => {
  for (const [kind, spec] of [
    ["CiliumNetworkPolicy", { endpointSelector, ingress: [{ fromCIDR: ["${LAN}"], toPorts: tcp("8080") }] }],
    [
      "NetworkPolicy",
      {
        podSelector: endpointSelector,
        ingress: [{ from: [{ ipBlock: { cidr: "<path:net/a#lan>" } }], ports: [{ port: 8080 }] }],
      },
    ],
  ] as const) {
    const { of } = asked(kind, spec);
    const name = kind === "NetworkPolicy" ? "<path:net/a#lan>" : "${LAN}";
    assert.deepEqual(of("world>api:8080", "world>api:81", "web>api:8080", "web>db:8080"), [
      `unknown: the value of ${name}`,
      "denied",
      "denied",
      "allowed",
    ]);
  }
});

test("an unknown port leaves every port of the known peers unknown", () => {
  const { of } = asked("CiliumNetworkPolicy", {
    endpointSelector,
    ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: tcp("$(PORT)") }],
  });
  assert.deepEqual(of("web>api:8080", "web>api:1", "db>api:8080"), [
    "unknown: the value of $(PORT)",
    "unknown: the value of $(PORT)",
    "denied",
  ]);
});

test("an unknown label leaves only its carriers unknown, and an unknown namespace all namespaces", () => {
  const { of } = asked("CiliumNetworkPolicy", {
    endpointSelector,
    ingress: [
      { fromEndpoints: [{ matchLabels: { app: "{{ .Values.client }}" } }, { matchLabels: { tier: "${TIER}" } }] },
    ],
  });
  assert.deepEqual(of("web>api:8080", "world>api:8080"), [
    "unknown: the values of {{ .Values.client }}, ${TIER}",
    "denied",
  ]);
  const other = asked("CiliumNetworkPolicy", {
    endpointSelector,
    ingress: [{ fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "${NS}" } }] }],
  });
  assert.deepEqual(other.of("web>api:8080", "host>api:8080"), ["unknown: the value of ${NS}", "allowed"]);
});

test("an unknown deny rule turns allowed into unknown, and leaves denied as it is", () => {
  const { of } = asked("CiliumNetworkPolicy", {
    endpointSelector,
    ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }] }],
    ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: "${BAD}" } }], toPorts: tcp("8080") }],
  });
  assert.deepEqual(of("web>api:8080", "web>api:81", "db>api:8080"), [
    "unknown: the value of ${BAD}",
    "allowed",
    "denied",
  ]);
});

test("an unknown subject leaves unknown only what the policy would change for the pods it may select", () => {
  for (const kind of ["CiliumNetworkPolicy", "NetworkPolicy"]) {
    const [subject, peers] = kind === "NetworkPolicy" ? ["podSelector", "from"] : ["endpointSelector", "fromEndpoints"];
    const web = { matchLabels: { app: "web" } };
    const { of, unseen } = asked(kind, {
      [subject ?? ""]: { matchLabels: { app: "${APP}" } },
      ingress: [{ [peers ?? ""]: [kind === "NetworkPolicy" ? { podSelector: web } : web] }],
    });
    assert.deepEqual(unseen, ["whom it selects depends on ${APP}, which is not known"]);
    assert.deepEqual(of("web>api:8080", "db>api:8080", "host>api:8080", "api>world:443"), [
      "allowed",
      "unknown: the value of ${APP}",
      "allowed",
      "allowed",
    ]);
  }
});

test("an unknown namespace may be any namespace; an unknown policy name does not matter", () => {
  const spec = { endpointSelector, ingress: [{ fromEntities: ["host"] }] };
  const anywhere = asked("CiliumNetworkPolicy", spec, { name: "p", namespace: "${NS}" });
  assert.deepEqual(anywhere.of("web>api:8080", "web>db:8080"), ["unknown: the value of ${NS}", "allowed"]);
  const named = asked("CiliumNetworkPolicy", spec, { name: "${NAME}-p", namespace: "shop", labels: { a: "{{ .X }}" } });
  assert.deepEqual([named.of("web>api:8080"), named.unseen], [["denied"], []]);
});

test("unknown request rules leave the port known", () => {
  const { of, unseen } = asked("CiliumNetworkPolicy", {
    endpointSelector,
    ingress: [
      {
        fromEndpoints: [{ matchLabels: { app: "web" } }],
        toPorts: [{ ports: [{ port: "8080", protocol: "TCP" }], rules: { http: [{ path: "/${PREFIX}/.*" }] } }],
      },
    ],
  });
  assert.deepEqual(of("web>api:8080", "db>api:8080"), ["allowed", "denied"]);
  assert.deepEqual(unseen, ["a part of it depends on ${PREFIX}, which is not known"]);
});

test("a selector that names a label under two sources leaves the pods it may select unknown", () => {
  const { of } = asked("CiliumNetworkPolicy", {
    endpointSelector: { matchLabels: { "any:app": "api", "k8s:app": "db" } },
    ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }] }],
  });
  const [first = "", ...others] = of("db>api:8080", "web>api:8080", "db>web:8080");
  assert.match(first, /^unknown: what a selector matches that names the label app twice/);
  assert.deepEqual(
    others.map((one) => one.replace(/:.*/, "")),
    ["allowed", "unknown"],
  );
});

test("where a policy that may select a pod cannot be merged, both directions are unknown", () => {
  const { of } = asked("CiliumNetworkPolicy", {
    // For a key under two sources, Cilium uses either one.
    endpointSelector: {
      matchExpressions: [
        { key: "app", operator: "NotIn", values: ["db"] },
        { key: "k8s:app", operator: "In", values: ["api"] },
      ],
    },
    ingress: [
      { fromEntities: ["all"], authentication: { mode: "required" } },
      { fromEntities: ["all"], authentication: { mode: "disabled" } },
    ],
    egress: [{ toEntities: ["none"] }],
  });
  const conflict =
    "unknown: the policy that the pod had before: Cilium cannot merge authentication modes required and disabled on the same port";
  assert.deepEqual(of("world>api:8080", "api>world:8080"), [conflict, conflict]);
});
