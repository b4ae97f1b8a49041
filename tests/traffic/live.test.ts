import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { test } from "node:test";
import * as grpc from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import { parseDuration } from "../../lib/cli/options/duration";
import { recordedTraffic } from "../../lib/cli/traffic/recorded-traffic";
import { framed } from "../../lib/common/grpc";
import { fakeApiServer, json } from "../cluster/api-server";
import { temporaryDirectory } from "../plan/fixture";
import { authority } from "../support/certificates";
import { forwardTo } from "../verify/policy-api";
import { nameOf } from "./lines";

type Write = (writer: BinaryWriter) => void;

const message =
  (write: Write) =>
  (_: unknown, writer: BinaryWriter): void =>
    write(writer);
const within = (writer: BinaryWriter, number: number, write: Write) => writer.writeMessage(number, {}, message(write));

function bytes(write: Write): Buffer {
  const writer = new BinaryWriter();
  write(writer);
  return Buffer.from(writer.getResultBuffer());
}

const time =
  (seconds: number): Write =>
  (writer) => {
    writer.writeInt64(1, seconds);
    writer.writeInt32(2, 5_000_000);
  };

const end =
  (namespace: string, name: string): Write =>
  (writer) => {
    writer.writeUint32(2, 70_000);
    writer.writeString(3, namespace);
    writer.writeRepeatedString(4, [`k8s:app=${name}`, `k8s:io.kubernetes.pod.namespace=${namespace}`]);
    writer.writeString(5, `${name}-7d9f8c6b5d-x2x4z`);
    within(writer, 6, (workload) => {
      workload.writeString(1, name);
      workload.writeString(2, "Deployment");
    });
    // A member of a future version.
    writer.writeString(900, "later");
  };

/** A flow as Relay sends it. */
const flow = ({
  verdict = 1,
  event = 4,
  reason = 0,
  port = 5432,
  sourcePort = 40_000,
  reply,
}: {
  verdict?: number;
  event?: number;
  reason?: number;
  port?: number;
  sourcePort?: number;
  reply?: boolean;
}) =>
  bytes((response) =>
    within(response, 1, (one) => {
      within(one, 1, time(1_795_665_027));
      one.writeEnum(2, verdict);
      within(one, 5, (ip) => {
        ip.writeString(1, "10.0.0.1");
        ip.writeString(2, "10.0.0.2");
      });
      within(one, 6, (l4) =>
        within(l4, 1, (tcp) => {
          tcp.writeUint32(1, sourcePort);
          tcp.writeUint32(2, port);
          within(tcp, 3, (flags) => flags.writeBool(2, true));
        }),
      );
      within(one, 8, end("shop", "web"));
      within(one, 9, end("shop", "db"));
      one.writeEnum(10, 1);
      within(one, 19, (type) => type.writeInt32(1, event));
      if (event === 4) one.writeEnum(24, 101);
      if (reason > 0) one.writeEnum(25, reason);
      if (reply !== undefined) within(one, 26, (value) => value.writeBool(1, reply));
    }),
  );

const lost = bytes((response) =>
  within(response, 3, (event) => {
    event.writeEnum(1, 2);
    event.writeUint64(2, 14);
  }),
);

/** Hubble's observer on loopback, with gRPC's own server, its requests and its responses. */
async function observer(
  answers: readonly Buffer[],
  refusal?: grpc.ServiceError,
  credentials = grpc.ServerCredentials.createInsecure(),
): Promise<{ url: string; port: number; asked: Buffer[]; metadata: Record<string, unknown>[]; stop: () => void }> {
  const asked: Buffer[] = [];
  const metadata: Record<string, unknown>[] = [];
  const server = new grpc.Server();
  const asIs = (value: Buffer) => value;
  server.addService(
    {
      getFlows: {
        path: "/observer.Observer/GetFlows",
        requestStream: false,
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    {
      getFlows: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
        asked.push(call.request);
        metadata.push(call.metadata.getMap());
        if (refusal !== undefined) call.emit("error", refusal);
        for (const answer of answers) call.write(answer);
        call.end();
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { url: `grpc://127.0.0.1:${port}`, port, asked, metadata, stop: () => server.forceShutdown() };
}

test("watches Hubble Relay for the requested time, and reads its flows like lines", async () => {
  const relay = await observer([
    flow({ reply: false }),
    flow({ reply: false }),
    ...[5, 1].map((event) => flow({ verdict: 2, event, reason: 133, port: 9187 })),
    lost,
  ]);
  try {
    const traffic = await recordedTraffic({ traffic: [relay.url], for: 2 });
    assert.deepEqual(traffic.problems, []);
    assert.deepEqual(
      traffic.edges.map((edge) => [nameOf(edge), edge.passed, edge.denied]),
      [
        ["shop/web -> shop/db TCP 5432", 2, 0],
        ["shop/web -> shop/db TCP 9187", 0, 1],
      ],
    );
    assert.deepEqual(traffic.lost, [{ source: "OBSERVER_EVENTS_QUEUE", events: 14 }]);
    assert.deepEqual(
      [traffic.first, traffic.edges[0]?.from.labels],
      ["2026-11-26T03:50:27.005000000Z", { app: "web" }],
    );
    const [request = Buffer.alloc(0)] = relay.asked;
    const fields = new Map<number, number>();
    const reader = new BinaryReader(request);
    while (reader.nextField()) {
      if (reader.getFieldNumber() === 3) fields.set(3, Number(reader.readBool()));
      else
        reader.readMessage({}, (_: unknown, inner: BinaryReader) => {
          const number = reader.getFieldNumber();
          while (inner.nextField()) fields.set(number, inner.readInt64());
        });
    }
    assert.deepEqual([fields.get(3), (fields.get(8) ?? 0) - (fields.get(7) ?? 0)], [1, 2]);
  } finally {
    relay.stop();
  }
});

test("reports what Relay refuses, and that nothing listens", async () => {
  const refusal = {
    code: grpc.status.PERMISSION_DENIED,
    details: "not for you",
    name: "",
    message: "",
    metadata: new grpc.Metadata(),
  };
  const relay = await observer([], refusal);
  try {
    const traffic = await recordedTraffic({ traffic: [relay.url], for: 10 });
    assert.match(traffic.problems[0]?.message ?? "", /gRPC status 7: not for you/);
  } finally {
    relay.stop();
  }
  const nobody = await recordedTraffic({ traffic: ["grpc://127.0.0.1:1"], for: 10 });
  assert.match(nobody.problems[0]?.message ?? "", /cannot be read: .*ECONNREFUSED/);
});

test("a Relay that breaks off, or that requires TLS, does not look like the end of the recording", async () => {
  const servers: http2.Http2Server[] = [];
  const listen = async (server: http2.Http2Server) => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const breaks = http2.createServer();
  breaks.on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.write(framed(flow({ reply: false })), () => stream.session?.destroy());
  });
  const speaksTls = http2.createSecureServer() as unknown as http2.Http2Server;
  try {
    const lost = await recordedTraffic({ traffic: [await listen(breaks)], for: 10 });
    assert.match(lost.problems[0]?.message ?? "", /connection to Hubble Relay was lost after \d+ s/);
    assert.equal(lost.edges.length, 1);
    const tls = await recordedTraffic({ traffic: [await listen(speaksTls)], for: 10 });
    assert.match(tls.problems[0]?.message ?? "", /closed before Hubble Relay answered; if it serves TLS, give grpcs:/);
  } finally {
    for (const server of servers) server.close();
  }
});

test("connects to Relay by TLS, with a private CA and a client certificate if it requires one", async () => {
  const [trusted, other] = [authority("lab"), authority("somebody else")];
  const [server, client] = [trusted.issue("*.hubble-relay.cilium.io"), trusted.issue("me")];
  const pair = { private_key: Buffer.from(server.key), cert_chain: Buffer.from(server.cert) };
  const relay = await observer(
    [flow({ reply: false })],
    undefined,
    grpc.ServerCredentials.createSsl(Buffer.from(trusted.cert), [pair], true),
  );
  const folder = temporaryDirectory();
  const file = (name: string, content: string) => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  for (const [name, content] of Object.entries({ ca: trusted.cert, other: other.cert, ...client }))
    file(`${name}.pem`, content);
  const ask = (config: string, name = `grpcs://127.0.0.1:${relay.port}`, kubeconfig?: string) =>
    recordedTraffic({
      traffic: [name],
      for: 10,
      trafficAuth: file("auth.yaml", `tls_config: {${config}}`),
      ...(kubeconfig !== undefined && { kubeconfig }),
    });
  const mine = "cert_file: cert.pem, key_file: key.pem";
  const name = "server_name: ui.hubble-relay.cilium.io";
  try {
    const good = await ask(`ca_file: ca.pem, ${mine}, ${name}`);
    assert.deepEqual([good.problems, good.edges.map(nameOf)], [[], ["shop/web -> shop/db TCP 5432"]]);
    for (const [config, why] of [
      [`ca_file: other.pem, ${mine}, ${name}`, /unable to verify|self.signed|issuer certificate/],
      [`ca_file: ca.pem, ${mine}`, /IP: 127\.0\.0\.1 is not in the cert's list|does not match/],
      [`ca_file: ca.pem, ${name}`, /certificate|alert|closed/],
    ] as const) {
      const { problems, edges } = await ask(config);
      assert.match(problems[0]?.message ?? "", why);
      assert.deepEqual(edges, []);
    }
    // The same through a port-forward to its pod, which needs no server name.
    const api = await fakeApiServer({
      http: (_, response) => json(response, 200, { apiVersion: "v1", kind: "PodList", items: [relayPod] }),
      stream: forwardTo(relay.port),
    });
    try {
      const forwarded = await ask(`ca_file: ca.pem, ${mine}`, "relay+tls", file("kubeconfig", api.kubeconfigText));
      assert.deepEqual([forwarded.problems, forwarded.edges.map(nameOf)], [[], ["shop/web -> shop/db TCP 5432"]]);
      assert.match(api.requests.join("\n"), /UPGRADE .*hubble-relay-1\/portforward\?ports=4245/);
    } finally {
      await api.close();
    }
  } finally {
    relay.stop();
  }
});

const relayPod = {
  metadata: { name: "hubble-relay-1", namespace: "kube-system" },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};

test("sends headers to Relay as metadata, directly and by port-forward, and refuses a tls_config without TLS", async () => {
  const relay = await observer([flow({ reply: false })]);
  const folder = temporaryDirectory();
  const file = (name: string, content: string) => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const api = await fakeApiServer({
    http: (_, response) => json(response, 200, { apiVersion: "v1", kind: "PodList", items: [relayPod] }),
    stream: forwardTo(relay.port),
  });
  const headers = "bearer_token: s3cret\nhttp_headers: { X-Scope-OrgID: { values: [team-a] } }";
  const ask = (name: string, config: string) =>
    recordedTraffic({
      traffic: [name],
      for: 10,
      trafficAuth: file("auth.yaml", config),
      kubeconfig: file("kubeconfig", api.kubeconfigText),
    });
  try {
    for (const name of [relay.url, "relay"]) {
      assert.deepEqual((await ask(name, headers)).problems, []);
      const { authorization, "x-scope-orgid": tenant } = relay.metadata.at(-1) ?? {};
      assert.deepEqual([authorization, tenant], ["Bearer s3cret", "team-a"], name);
    }
    const asked = relay.asked.length;
    for (const [name, instead] of [
      [relay.url, "grpcs://"],
      ["relay", "relay+tls"],
      ["prometheus", "its address, https://…"],
    ] as const) {
      const { problems } = await ask(name, "tls_config: { server_name: a }");
      const message = `cannot be read: tls_config of --traffic-auth needs TLS; give ${instead}`;
      assert.deepEqual([problems[0]?.message, problems.length], [message, 1]);
    }
    assert.equal(relay.asked.length, asked);
  } finally {
    relay.stop();
    await api.close();
  }
});

test("reads times as people write them", () => {
  assert.deepEqual(["90s", "10m", "2h", "7d"].map(parseDuration), [90, 600, 7200, 604_800]);
  for (const wrong of ["", "7", "0s", "1w", "-1s"]) assert.throws(() => parseDuration(wrong));
});

test("a server that accepts and never answers is not reported as a quiet cluster", async () => {
  const server = net.createServer((socket) => socket.resume().on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const traffic = [`grpc://127.0.0.1:${(server.address() as AddressInfo).port}`];
    const { problems } = await recordedTraffic({ traffic, for: 1 });
    assert.match(problems[0]?.message ?? "", /it does not speak gRPC/);
  } finally {
    server.close();
  }
});
