import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import * as grpc from "@grpc/grpc-js";
import { type Cluster, ClusterError, fromKubeconfig } from "../../lib/cluster";
import { type Asked, forwardTo, policyApi, serverBytes, type Told } from "../verify/policy-api";
import { recordedController } from "../verify/recordings";
import { type Answers, failure, fakeApiServer, json } from "./api-server";

const limit = { seconds: 5 };
const ready = { conditions: [{ type: "Ready", status: "True" }] };
const controllers = [
  {
    metadata: { name: "linkerd-destination-old", namespace: "linkerd", deletionTimestamp: "2026-11-26T04:00:00Z" },
    status: ready,
  },
  { metadata: { name: "linkerd-destination-new", namespace: "linkerd" }, status: { conditions: [] } },
  { metadata: { name: "linkerd-destination-1", namespace: "linkerd" }, status: ready },
];

const pods =
  (items: object[]) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    json(response, 200, { apiVersion: "v1", kind: "PodList", items });

/** An API server in front of a policy controller with these answers. */
async function withController(
  answer: (asked: Asked) => Buffer | grpc.status,
  use: (cluster: Cluster, seen: { requests: string[]; asked: Asked[] }) => Promise<void>,
  { forwards = true, ...answers }: Answers & { forwards?: boolean } = {},
): Promise<void> {
  const api = await policyApi(answer);
  const server = await fakeApiServer({
    http: pods(controllers),
    ...(forwards && { stream: forwardTo(api.port) }),
    ...answers,
  });
  try {
    await use(await fromKubeconfig({ kubeconfigText: server.kubeconfigText }), {
      requests: server.requests,
      asked: api.asked,
    });
  } finally {
    await server.close();
    api.stop();
  }
}

const cart = { pod: { namespace: "shop", name: "cart-1" }, port: 9898 };

test("asks a ready controller about a pod's port, and reads the recorded answer", () => {
  const recorded = recordedController().answers["shop/cart 9898"];
  assert.ok(recorded);
  return withController(
    () => serverBytes(recorded),
    async (cluster, { requests, asked }) => {
      const { controller, answers } = await cluster.inboundPolicies("linkerd", [cart], limit);
      assert.deepEqual(controller, { namespace: "linkerd", name: "linkerd-destination-1" });
      assert.deepEqual(asked, [{ workload: '{"ns":"shop","pod":"cart-1"}', port: 9898 }]);
      assert.match(
        requests.join("\n"),
        /^GET \/api\/v1\/namespaces\/linkerd\/pods\?labelSelector=linkerd.io%2Fcontrol-plane-component%3Ddestination&limit=\d+\nUPGRADE \/api\/v1\/namespaces\/linkerd\/pods\/linkerd-destination-1\/portforward\?ports=8090$/,
      );
      assert.deepEqual(answers, [
        {
          owner: "Server cart-http",
          protocol: "http1",
          authorizations: [
            {
              name: "AuthorizationPolicy cart-frontend",
              clients: "frontend.shop.serviceaccount.identity.linkerd.cluster.local",
              networks: "anywhere",
            },
          ],
          routes: [
            { name: "the default route", requests: [], authorizations: [] },
            {
              name: "the probe route",
              requests: ["GET /healthz", "GET /readyz"],
              authorizations: [{ name: "the probe authorization", clients: "anybody", networks: "anywhere" }],
            },
          ],
        },
      ]);
    },
  );
});

const resource = (kind: string, name: string, group = "policy.linkerd.io") => ({
  Kind: { Resource: { group, kind, name } },
});
const everything: Told = {
  protocol: {
    Kind: {
      Http2: {
        routes: [
          {
            metadata: resource("HTTPRoute", "read", "gateway.networking.k8s.io"),
            hosts: [{ Match: { Exact: "a.example" } }, { Match: { Suffix: { reverse_labels: ["com", "example"] } } }],
            authorizations: [
              {
                networks: [
                  {
                    net: { ip: { Ip: { Ipv4: 0x0a010203 } }, prefix_len: 8 },
                    except: [{ ip: { Ip: { Ipv4: 0x0a010000 } }, prefix_len: 16 }],
                  },
                  { net: { ip: { Ip: { Ipv6: { first: "18230571291595767808", last: "1" } } }, prefix_len: 8 } },
                  { net: { ip: { Ip: { Ipv4: 0xc0a80001 } }, prefix_len: 32 } },
                ],
                authentication: {
                  Permit: {
                    MeshTLS: {
                      Clients: {
                        Identities: { identities: [{ name: "b" }, { name: "a" }], suffixes: [{ parts: ["x", "y"] }] },
                      },
                    },
                  },
                },
                metadata: resource("authorizationpolicy", "some"),
              },
              {
                networks: [{ net: { ip: { Ip: { Ipv4: 0 } } } }],
                authentication: { Permit: { MeshTLS: { Clients: { Unauthenticated: {} } } } },
                metadata: resource("serverauthorization", "tls"),
              },
            ],
            rules: [
              {
                matches: [
                  {
                    path: { Kind: { Regex: "/a|/b" } },
                    method: { Type: { Registered: 7 } },
                    headers: [{ name: "x-a", Value: { Exact: "1" } }],
                    query_params: [{ name: "q", Value: { Regex: ".*" } }],
                  },
                  { path: { Kind: { Prefix: "/c" } } },
                  { path: { Kind: { Exact: "/d" } }, method: { Type: { Unregistered: "PURGE" } } },
                ],
              },
            ],
          },
        ],
        local_rate_limit: {
          metadata: resource("HTTPLocalRateLimitPolicy", "few"),
          total: { requestsPerSecond: 100 },
          identity: { requestsPerSecond: 10 },
          overrides: [{ limit: { requestsPerSecond: 50 }, clients: { identities: [{ name: "a" }] } }],
        },
      },
    },
  },
  authorizations: [
    {
      networks: [{ net: { ip: { Ip: { Ipv4: 0 } } } }, { net: { ip: { Ip: { Ipv6: {} } } } }],
      authentication: { Permit: { MeshTLS: { Clients: { Identities: { suffixes: [{}] } } } } },
      metadata: { Kind: { Default: "all-authenticated" } },
    },
  ],
  labels: { group: "policy.linkerd.io", kind: "server", name: "api" },
};

const calls: Told = {
  protocol: {
    Kind: {
      Grpc: {
        routes: [
          {
            metadata: resource("GRPCRoute", "calls", "gateway.networking.k8s.io"),
            rules: [
              {
                matches: [
                  { rpc: { service: "shop.Cart", method: "Get" } },
                  { rpc: { service: "shop.Cart" } },
                  { headers: [] },
                ],
              },
            ],
          },
        ],
      },
    },
  },
  labels: { group: "policy.linkerd.io", kind: "server", name: "calls" },
};

test("reads everything an answer may contain: networks, identities, hosts, matches, limits and gRPC calls", () =>
  withController(
    ({ port }) => serverBytes(port === 1 ? everything : calls),
    async (cluster) => {
      const ports = [1, 2].map((port) => ({ ...cart, port }));
      const { answers } = await cluster.inboundPolicies("linkerd", ports, limit);
      assert.deepEqual(answers[0], {
        owner: "Server api",
        protocol: "http2",
        authorizations: [{ name: "accessPolicy all-authenticated", clients: "any identity", networks: "anywhere" }],
        routes: [
          {
            name: "HTTPRoute read of gateway.networking.k8s.io",
            requests: [
              "HEAD matching /a|/b, header x-a: 1, parameter q matching .*",
              "PURGE /d",
              "host *.example.com",
              "host a.example",
              "path /c and below",
            ],
            authorizations: [
              {
                name: "AuthorizationPolicy some",
                clients: "*.x.y, a, b",
                networks: "10.0.0.0/8 except 10.1.0.0/16, 192.168.0.1, fd00::/8",
              },
              { name: "ServerAuthorization tls", clients: "anybody with TLS", networks: "0.0.0.0/0" },
            ],
          },
        ],
        rateLimit: "HTTPLocalRateLimitPolicy few: requests per second: 100 in total, 10 per identity, 50 for a",
      });
      assert.deepEqual((answers[1] as { routes: readonly unknown[] }).routes, [
        {
          name: "GRPCRoute calls of gateway.networking.k8s.io",
          requests: ["call shop.Cart/Get", "call shop.Cart/any", "call without a method"],
          authorizations: [],
        },
      ]);
    },
  ));

test("reports a pod that the controller does not know, and the answers about the others", () =>
  withController(
    ({ port }) => (port === 9898 ? serverBytes(calls) : port === 1 ? Buffer.from([10, 200]) : grpc.status.NOT_FOUND),
    async (cluster) => {
      const ports = [9898, 80, 1].map((port) => ({ ...cart, port }));
      const { answers } = await cluster.inboundPolicies("linkerd", ports, limit);
      assert.equal((answers[0] as { owner: string }).owner, "Server calls");
      assert.deepEqual(answers.slice(1), [
        "Linkerd's policy controller answers with gRPC status 5: unknown server",
        "a message is cut off",
      ]);
    },
  ));

const rejects = (promise: Promise<unknown>, kind: string, text: RegExp) =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof ClusterError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, text);
    return true;
  });

test("reports a missing controller, one it may not reach, and one that listens elsewhere", async () => {
  const never = () => grpc.status.INTERNAL;
  const ask = (cluster: Cluster) => cluster.inboundPolicies("linkerd", [cart], limit);
  await withController(
    never,
    (cluster) => rejects(ask(cluster), "absent", /no pod of Linkerd's policy controller is ready in namespace linkerd/),
    {
      http: pods(controllers.slice(0, 2)),
    },
  );
  await withController(
    never,
    (cluster) =>
      rejects(
        ask(cluster),
        "forbidden",
        /cannot create pods\/portforward; add to a Role of yours in namespace linkerd:\n.*\n.*"pods\/portforward"/,
      ),
    {
      http: (request, response) => {
        if (request.url?.includes("portforward")) json(response, 403, failure(403, "cannot create pods/portforward"));
        else pods(controllers)(request, response);
      },
      forwards: false,
    },
  );
  await withController(
    never,
    (cluster) => rejects(ask(cluster), "absent", /port 8090 of linkerd\/linkerd-destination-1: nothing listens there/),
    {
      stream: (socket) => {
        for (const channel of [0, 1]) socket.send(channel, Buffer.from([154, 31]));
        socket.send(1, "dial tcp4 127.0.0.1:8090: connect: connection refused");
        socket.close();
      },
    },
  );
  await withController(
    never,
    (cluster) =>
      rejects(cluster.inboundPolicies("linkerd", [cart], { seconds: 0.3 }), "timeout", /no answer within 0.3 s/),
    {
      stream: (socket) => socket.onData(() => undefined),
    },
  );
});
