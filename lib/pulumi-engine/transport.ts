import type * as grpc from "@grpc/grpc-js";
import type { Monitor } from "./monitor";
import type { Sdk } from "./sdk";

/** The connection between a program and the engine. */
export interface Connection {
  /** The address that the SDK connects to, unless it gets a client. */
  readonly address: string;
  /** Has the methods of the SDK's gRPC client. */
  readonly client?: { close(): void };
  close(): void;
}

/**
 * A gRPC server on the loopback interface, like Pulumi's engine.
 *
 * @param engine The Engine service. Default: not served.
 */
export async function serveOverGrpc(
  sdk: Sdk,
  monitor: Monitor,
  engine?: grpc.UntypedServiceImplementation,
): Promise<Connection> {
  const server = new sdk.grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(sdk.resourceService.ResourceMonitorService, monitor.service());
  if (engine !== undefined) server.addService(sdk.engineService.EngineService, engine);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", sdk.grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  unref(server);
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

/**
 * Keeps a listening server from holding the process open, since otherwise a program that waits forever would hang. gRPC has no public
 * API for that; Pulumi's SDK does the same for its callback server.
 */
function unref(server: grpc.Server): void {
  const { http2Servers } = server as unknown as { http2Servers: Map<import("node:http2").Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    http2Server.unref();
    http2Server.on("session", (session) => session.unref());
  }
}

/** The same service with the same messages, passed directly instead of sent. */
export const connectDirectly = (sdk: Sdk, monitor: Monitor): Connection => ({
  address: "this process",
  client: directClient(sdk, monitor.service()),
  close: () => undefined,
});

/** An object with the methods of a service's client, which calls the service's handlers in this process. */
export function directClient(sdk: Sdk, service: grpc.UntypedServiceImplementation): { close(): void } {
  const methods = Object.entries(service).map(([name, handle]) => {
    const answer = handle as grpc.handleUnaryCall<unknown, unknown>;
    const call = (request: unknown, callback: grpc.requestCallback<unknown>): void => {
      answer({ request } as grpc.ServerUnaryCall<unknown, unknown>, (error, response) =>
        callback(error ? asClientError(sdk, error) : null, response ?? undefined),
      );
    };
    return [name, call] as const;
  });
  return { ...Object.fromEntries(methods), close: () => undefined };
}

/** The error that a gRPC client creates from a server's error response. */
function asClientError(sdk: Sdk, error: Partial<grpc.StatusObject>): grpc.ServiceError {
  const { code = sdk.grpc.status.UNKNOWN, details = "" } = error;
  return Object.assign(new Error(`${code} ${sdk.grpc.status[code]}: ${details}`), {
    code,
    details,
    metadata: new sdk.grpc.Metadata(),
  });
}
