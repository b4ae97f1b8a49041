import type * as grpc from "@grpc/grpc-js";
import type { Monitor } from "./monitor";
import type { Sdk } from "./sdk";

/** How a program reaches the engine. */
export interface Connection {
  /** What the SDK connects to, unless it is given a client. */
  readonly address: string;
  /** Has the methods of the SDK's gRPC client. */
  readonly client?: { close(): void };
  close(): void;
}

/**
 * A gRPC server on the loopback interface, as Pulumi's engine is one.
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
 * A server that waits for calls keeps the process alive, and then a program that waits for something that never comes would hang for
 * ever. Pulumi's SDK does the same with its own callback server, in the same way: gRPC has no public one.
 */
function unref(server: grpc.Server): void {
  const { http2Servers } = server as unknown as { http2Servers: Map<import("node:http2").Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    http2Server.unref();
    http2Server.on("session", (session) => session.unref());
  }
}

/** The same service and the same messages, handed over instead of sent. */
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

/** The error that a gRPC client makes of what a server answers. */
function asClientError(sdk: Sdk, error: Partial<grpc.StatusObject>): grpc.ServiceError {
  const { code = sdk.grpc.status.UNKNOWN, details = "" } = error;
  return Object.assign(new Error(`${code} ${sdk.grpc.status[code]}: ${details}`), {
    code,
    details,
    metadata: new sdk.grpc.Metadata(),
  });
}
