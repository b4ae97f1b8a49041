import net from "node:net";
import * as grpc from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import type { StreamSocket } from "../cluster/api-server";

/** A message in the form in which `linkerd diagnostics policy -o json` prints the policy controller's answers. */
export type Told = { readonly [member: string]: unknown };

type Write = (writer: BinaryWriter, message: Told) => void;

const told = (value: unknown): Told => (value ?? {}) as Told;

/** Encoded by another library than the one that reads it. */
function message(writer: BinaryWriter, number: number, value: unknown, write: Write = () => undefined): void {
  if (value === undefined) return;
  writer.writeMessage(number, {}, (_: unknown, inner: BinaryWriter) => write(inner, told(value)));
}

function each(writer: BinaryWriter, number: number, values: unknown, write: Write): void {
  for (const value of (values ?? []) as unknown[]) message(writer, number, value, write);
}

function text(writer: BinaryWriter, number: number, value: unknown): void {
  if (value !== undefined) writer.writeString(number, String(value));
}

function integer(writer: BinaryWriter, number: number, value: unknown): void {
  if (value !== undefined) writer.writeUint32(number, Number(value));
}

/** The bytes of an answer (linkerd2-proxy-api 0.20). */
export function serverBytes(server: Told): Buffer {
  const writer = new BinaryWriter();
  message(writer, 1, server.protocol, protocol);
  each(writer, 3, server.authorizations, authorization);
  for (const [key, value] of Object.entries(told(server.labels))) message(writer, 4, { key, value }, label);
  // A member from a future version.
  text(writer, 900, "later");
  return Buffer.from(writer.getResultBuffer());
}

const label: Write = (writer, { key, value }) => {
  text(writer, 1, key);
  text(writer, 2, value);
};

const protocol: Write = (writer, { Kind }) => {
  const { Detect, Opaque, Tls, Http1, Http2, Grpc } = told(Kind);
  message(writer, 1, Detect, (detect, { timeout, http_routes, http_local_rate_limit }) => {
    message(detect, 1, timeout, (duration, { seconds }) => duration.writeInt64(1, Number(seconds)));
    each(detect, 3, http_routes, httpRoute);
    message(detect, 4, http_local_rate_limit, rateLimit);
  });
  message(writer, 2, Opaque);
  message(writer, 3, Tls);
  for (const [number, http] of [
    [4, Http1],
    [5, Http2],
  ] as const)
    message(writer, number, http, (inner, { routes, local_rate_limit }) => {
      each(inner, 2, routes, httpRoute);
      message(inner, 3, local_rate_limit, rateLimit);
    });
  message(writer, 6, Grpc, (inner, { routes }) => each(inner, 2, routes, grpcRoute));
};

const metadata: Write = (writer, { Kind }) => {
  const { Default, Resource } = told(Kind);
  text(writer, 1, Default);
  message(writer, 2, Resource, (resource, { group, kind, name }) => {
    text(resource, 1, group);
    text(resource, 2, kind);
    text(resource, 3, name);
  });
};

const ip: Write = (writer, { Ip }) => {
  const { Ipv4, Ipv6 } = told(Ip);
  if (Ipv4 !== undefined) writer.writeFixed32(1, Number(Ipv4));
  message(writer, 2, Ipv6, (six, { first = 0, last = 0 }) => {
    if (first !== 0) six.writeFixed64String(1, String(first));
    if (last !== 0) six.writeFixed64String(2, String(last));
  });
};

const network: Write = (writer, given) => {
  message(writer, 1, given.ip, ip);
  integer(writer, 2, given.prefix_len);
};

const identity: Write = (writer, { name }) => text(writer, 1, name);

const authorization: Write = (writer, given) => {
  each(writer, 1, given.networks, (inner, { net: cidr, except }) => {
    message(inner, 1, cidr, network);
    each(inner, 2, except, network);
  });
  message(writer, 2, given.authentication, (inner, { Permit }) => {
    const { Unauthenticated, MeshTLS } = told(Permit);
    message(inner, 1, Unauthenticated);
    message(inner, 2, MeshTLS, (mesh, { Clients }) => {
      const { Unauthenticated: anybody, Identities } = told(Clients);
      message(mesh, 1, anybody);
      message(mesh, 2, Identities, (clients, { identities, suffixes }) => {
        each(clients, 1, identities, identity);
        each(clients, 2, suffixes, (suffix, { parts }) => suffix.writeRepeatedString(1, (parts ?? []) as string[]));
      });
    });
  });
  message(writer, 4, given.metadata, metadata);
};

const host: Write = (writer, { Match }) => {
  const { Exact, Suffix } = told(Match);
  text(writer, 1, Exact);
  message(writer, 2, Suffix, (suffix, { reverse_labels }) => suffix.writeRepeatedString(1, reverse_labels as string[]));
};

const named: Write = (writer, { name, Value }) => {
  const { Exact, Regex } = told(Value);
  text(writer, 1, name);
  text(writer, 2, Exact);
  text(writer, 3, Regex);
};

const headers: Write = (writer, given) =>
  each(writer, 1, given.headers, (header, { name, value }) => {
    text(header, 1, name);
    header.writeBytes(2, Buffer.from(String(value)));
  });

const filter: Write = (writer, { Kind }) => {
  const { FailureInjector, RequestHeaderModifier, Redirect } = told(Kind);
  message(writer, 1, FailureInjector, (inner, { status }) => integer(inner, 1, status));
  message(writer, 2, RequestHeaderModifier, (inner, { add, set, remove }) => {
    message(inner, 1, add, headers);
    message(inner, 2, set, headers);
    inner.writeRepeatedString(3, (remove ?? []) as string[]);
  });
  message(writer, 3, Redirect, (inner, { scheme, host: name, path, port, status }) => {
    message(inner, 1, scheme, (type, { Type }) => type.writeEnum(1, Number(told(Type).Registered)));
    text(inner, 2, name);
    message(inner, 3, path, (replaced, { Replace }) => {
      const { Full, Prefix } = told(Replace);
      text(replaced, 1, Full);
      text(replaced, 2, Prefix);
    });
    integer(inner, 4, port);
    integer(inner, 5, status);
  });
};

function route(writer: BinaryWriter, given: Told, match: Write): void {
  message(writer, 1, given.metadata, metadata);
  each(writer, 2, given.hosts, host);
  each(writer, 3, given.authorizations, authorization);
  each(writer, 4, given.rules, (rule, { matches, filters }) => {
    each(rule, 1, matches, match);
    each(rule, 2, filters, filter);
  });
}

const httpRoute: Write = (writer, given) =>
  route(writer, given, (match, { path, headers, query_params, method }) => {
    message(match, 1, path, (inner, { Kind }) => {
      const { Exact, Prefix, Regex } = told(Kind);
      for (const [number, value] of [Exact, Prefix, Regex].entries()) text(inner, number + 1, value);
    });
    each(match, 2, headers, named);
    each(match, 3, query_params, named);
    message(match, 4, method, (inner, { Type }) => {
      const { Registered, Unregistered } = told(Type);
      if (Registered !== undefined) inner.writeEnum(1, Number(Registered));
      text(inner, 2, Unregistered);
    });
  });

const grpcRoute: Write = (writer, given) =>
  route(writer, given, (match, { rpc, headers }) => {
    message(match, 1, rpc, (inner, { service, method }) => {
      text(inner, 1, service);
      text(inner, 2, method);
    });
    each(match, 2, headers, named);
  });

const rateLimit: Write = (writer, given) => {
  const limit: Write = (inner, { requestsPerSecond }) => integer(inner, 1, requestsPerSecond);
  message(writer, 1, given.metadata, metadata);
  message(writer, 2, given.total, limit);
  message(writer, 3, given.identity, limit);
  each(writer, 4, given.overrides, (override, { limit: own, clients }) => {
    message(override, 1, own, limit);
    message(override, 2, clients, (inner, { identities }) => each(inner, 1, identities, identity));
  });
};

/** The request. */
export interface Asked {
  workload: string;
  port: number;
}

/** The policy controller's API on loopback, with gRPC's own server. */
export async function policyApi(answer: (asked: Asked) => Buffer | grpc.status): Promise<{
  port: number;
  asked: Asked[];
  stop: () => void;
}> {
  const asked: Asked[] = [];
  const server = new grpc.Server();
  const asIs = (value: Buffer) => value;
  server.addService(
    {
      getPort: {
        ...{
          path: "/io.linkerd.proxy.inbound.InboundServerPolicies/GetPort",
          requestStream: false,
          responseStream: false,
        },
        ...{ requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
      },
    },
    {
      getPort: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        const spec = specOf(call.request);
        asked.push(spec);
        const said = answer(spec);
        if (Buffer.isBuffer(said)) done(null, said);
        else done({ code: said, details: "unknown server" });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, asked, stop: () => server.forceShutdown() };
}

function specOf(request: Buffer): Asked {
  const reader = new BinaryReader(request);
  const spec: Asked = { workload: "", port: 0 };
  while (reader.nextField()) {
    if (reader.getFieldNumber() === 1) spec.workload = reader.readString();
    else spec.port = reader.readUint32();
  }
  return spec;
}

/** A port-forward like the kubelet's: both channels start with the port's number, and the first carries the bytes in both directions. */
export function forwardTo(port: number): (socket: StreamSocket) => void {
  return (socket) => {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(8090);
    const connection = net.connect(port, "127.0.0.1");
    socket.send(0, number);
    socket.send(1, number);
    connection.on("data", (chunk) => {
      for (let at = 0; at < chunk.length; at += 16_384) socket.send(0, chunk.subarray(at, at + 16_384));
    });
    connection.on("error", (error) => socket.send(1, error.message));
    connection.on("close", () => socket.close());
    socket.onData((channel, bytes) => {
      if (channel === 0) connection.write(bytes);
    });
  };
}
