import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Endpoints, Entity, networkPolicy, Peer, Port } from "../../lib/cilium/model";
import { allow } from "../../lib/fence/intent";
import { Workload } from "../../lib/fence/workload";
import { TransportMode } from "../../lib/scenario/transport-mode";

const client = Workload.app("client", { namespace: "demo" });
const podinfo: Workload = { name: "podinfo", namespace: "demo", endpoints: Endpoints.labels({ app: "podinfo" }) };
const edge = { from: client, to: podinfo, ports: [Port.tcp(9898)] };
const transparent = { transportMode: TransportMode.Transparent };
const transportHeader = { transportMode: TransportMode.TransportHeader };

const manifests = (...args: Parameters<typeof allow>) => allow(...args).map(networkPolicy);

describe("Workload.app", () => {
  it("is the workload that is written out with the label `app`", () => {
    assert.deepEqual(Workload.app("podinfo", { namespace: "demo" }), podinfo);
    assert.deepEqual(Workload.app("podinfo", { namespace: "demo", meshed: false }), { ...podinfo, meshed: false });
  });
});

describe("client to podinfo on 9898", () => {
  it("opens 9898 at both ends and what the mesh needs, in the mode transparent", () => {
    const [egress, ingress, ...more] = manifests([edge], transparent);
    assert.deepEqual(more, []);
    assert.deepEqual(egress?.metadata, { name: "client-egress", namespace: "demo" });
    assert.deepEqual(egress?.spec, {
      endpointSelector: { matchLabels: { app: "client" } },
      egress: [
        {
          toEndpoints: [{ matchLabels: { app: "podinfo" } }],
          toPorts: [{ ports: [{ port: "9898", protocol: "TCP" }] }],
        },
        {
          toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } }],
          toPorts: [
            {
              ports: [
                { port: "53", protocol: "UDP" },
                { port: "53", protocol: "TCP" },
              ],
            },
          ],
        },
        {
          toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "linkerd" } }],
          toPorts: [
            {
              ports: [
                { port: "8080", protocol: "TCP" },
                { port: "8086", protocol: "TCP" },
                { port: "8090", protocol: "TCP" },
              ],
            },
          ],
        },
      ],
    });
    assert.deepEqual(ingress?.metadata, { name: "podinfo-ingress", namespace: "demo" });
    assert.deepEqual(ingress?.spec, {
      endpointSelector: { matchLabels: { app: "podinfo" } },
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { app: "client" } }],
          toPorts: [{ ports: [{ port: "9898", protocol: "TCP" }] }],
        },
        {
          fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "linkerd-viz" } }],
          toPorts: [
            {
              ports: [
                { port: "4190", protocol: "TCP" },
                { port: "4191", protocol: "TCP" },
              ],
            },
          ],
        },
      ],
    });
  });

  it("also opens 4143 at both ends, in the mode transport-header", () => {
    const [egress, ingress] = manifests([edge], transportHeader);
    const both = [
      {
        ports: [
          { port: "9898", protocol: "TCP" },
          { port: "4143", protocol: "TCP" },
        ],
      },
    ];
    assert.deepEqual(egress?.spec?.egress?.[0]?.toPorts, both);
    assert.deepEqual(ingress?.spec?.ingress?.[0]?.toPorts, both);
  });

  it("names the peer's namespace if it is another one", () => {
    const [egress, ingress] = manifests([{ ...edge, to: { ...podinfo, namespace: "other" } }], transparent);
    const namespace = "k8s:io.kubernetes.pod.namespace";
    assert.deepEqual(egress?.spec?.egress?.[0]?.toEndpoints, [
      { matchLabels: { [namespace]: "other", app: "podinfo" } },
    ]);
    assert.deepEqual(ingress?.spec?.ingress?.[0]?.fromEndpoints, [
      { matchLabels: { [namespace]: "demo", app: "client" } },
    ]);
  });
});

describe("an end that is not meshed", () => {
  it("needs neither 4143 nor the control plane, but DNS", () => {
    const [egress, ingress] = allow([{ ...edge, from: { ...client, meshed: false } }], transportHeader);
    assert.deepEqual(
      egress?.egress?.map(({ ports }) => ports),
      [[Port.tcp(9898)], [Port.udp(53), Port.tcp(53)]],
    );
    assert.deepEqual(ingress?.ingress?.[0]?.ports, [Port.tcp(9898)]);
  });

  it("is not scraped by viz, as a server", () => {
    const [, ingress] = allow([{ ...edge, to: { ...podinfo, meshed: false } }], transportHeader);
    assert.deepEqual(ingress?.ingress, [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(9898)] }]);
  });

  it("gets no policy if it is not a workload", () => {
    const [ingress, ...none] = allow([{ ...edge, from: Peer.entity(Entity.World) }], transportHeader);
    assert.deepEqual(none, []);
    assert.deepEqual(ingress?.ingress?.[0], { from: [Peer.entity(Entity.World)], ports: [Port.tcp(9898)] });
    assert.equal(ingress?.name, "podinfo-ingress");
  });
});

describe("several edges", () => {
  const world = { from: client, to: Peer.fqdn("api.example.com"), ports: [Port.tcp(443)] };

  it("make one policy per workload and direction, with the mesh's flows once", () => {
    const other = { ...podinfo, name: "other", endpoints: Endpoints.labels({ app: "other" }) };
    const specs = allow([edge, { ...edge, to: other }], transparent);
    assert.deepEqual(
      specs.map(({ name }) => name),
      ["client-egress", "podinfo-ingress", "other-ingress"],
    );
    assert.equal(specs[0]?.egress?.length, 4);
  });

  it("must not describe a workload in two ways, because one of them would have no policy", () => {
    const impostor = { ...client, endpoints: Endpoints.labels({ app: "other" }) };
    const said = (edges: Parameters<typeof allow>[0]) => () => allow(edges, transparent);
    assert.throws(
      said([edge, { ...edge, from: impostor }, { ...edge, to: { ...podinfo, meshed: false } }]),
      ({ message }: Error) =>
        message.includes(
          "edges[1].from: demo/client differs from the workload in edges[0].from; describe it in one way",
        ) && message.includes("edges[2].to: demo/podinfo differs from the workload in edges[0].to;"),
    );
    assert.doesNotThrow(said([edge, { ...edge, from: { ...client, meshed: undefined as never } }]));
  });

  it("make policies that block nothing in directions that a workload does not enforce yet", () => {
    const observed = { ...client, enforce: { egress: false } };
    const loose = { ...podinfo, enforce: { ingress: false, egress: true } };
    const defaults = (edges: Parameters<typeof allow>[0]) =>
      allow(edges, transparent).map(({ name, enableDefaultDeny }) => [name, enableDefaultDeny]);
    assert.deepEqual(defaults([{ ...edge, from: observed }]), [
      ["client-egress", { egress: false }],
      ["podinfo-ingress", undefined],
    ]);
    assert.deepEqual(defaults([{ ...edge, to: loose }]), [
      ["client-egress", undefined],
      ["podinfo-ingress", { ingress: false }],
    ]);
    assert.deepEqual(defaults([{ ...edge, to: { ...podinfo, enforce: {} } }]), defaults([edge]));
  });

  it("make one DNS rule, through Cilium's proxy if they name DNS names", () => {
    const [egress] = manifests([edge, world], transparent);
    const dns = egress?.spec?.egress?.filter(({ toPorts }) => toPorts?.[0]?.ports?.[0]?.port === "53");
    assert.deepEqual(
      dns?.map(({ toPorts }) => toPorts?.[0]?.rules),
      [{ dns: [{ matchPattern: "*" }] }],
    );
  });
});
