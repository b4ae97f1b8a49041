import http from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { portForwardRule } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import type { PodRef } from "../pod-ref";
import type { ApiServer } from "./api-server";
import { Collector } from "./collector";
import { handshakeFailure } from "./exec";
import type { Operation } from "./failure";
import { loadLibrary } from "./library";
import { within } from "./limit";

/** Enough for a proxy with thousands of routes. */
const maximumAnswer = 16 * 1024 * 1024;

/** A connection to a port of a pod. */
export interface Tunnel {
  connection: Duplex;
  /** The kubelet's error, if it failed. */
  refused: Collector;
  close(): void;
}

/** Opens a port-forward, which ends in the pod's own network namespace: no policy and no proxy is in between. */
export async function openTunnel(
  server: ApiServer,
  { namespace, name }: PodRef,
  port: number,
  operation: Operation,
  signal: AbortSignal,
): Promise<Tunnel> {
  const { PortForward } = await loadLibrary();
  const [input, output, refused] = [new PassThrough(), new PassThrough(), new Collector(4096)];
  const forward = new PortForward(server.config).portForward(namespace, name, [port], output, refused, input);
  const socket = await forward.catch(async (error: unknown) => {
    const address = `/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${port}`;
    throw await handshakeFailure(server, address, error, operation, signal);
  });
  if (typeof socket === "function") throw new TypeError("a port-forward without retries has a socket");
  signal.addEventListener("abort", () => socket.terminate(), { once: true });
  const connection = Duplex.from({ writable: input, readable: output });
  // Without it, a truncated response would only end at the limit.
  socket.onclose = () => output.end();
  return {
    connection,
    refused,
    close: () => {
      socket.close();
      connection.destroy();
    },
  };
}

/** The request that opens a port of a pod. */
export const portOperation = ({ namespace, name }: PodRef, port: number): Operation => ({
  what: `port ${port} of ${namespace}/${name}`,
  rule: portForwardRule(namespace),
});

/** Why a port-forward failed. */
export function tunnelFailure({ what }: Operation, { refused }: Tunnel, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  if (/connection refused/.test(refused.text))
    return new ClusterError("absent", `${what}: nothing listens there`, { cause: error });
  const reason = refused.text.trim() || (error as Error).message;
  return new ClusterError("gone", `${what}: ${reason}`, {
    cause: error,
    cure: "the pod or its node went away meanwhile; check whether they still run, and try again",
  });
}

/** A GET request to a port of a pod. */
export interface PodRequest {
  pod: PodRef;
  port: number;
  path: string;
  /** The maximum size of an answer, in bytes. Default: 16 MiB. */
  largest?: number;
  /** Default: none. */
  headers?: Readonly<Record<string, string>>;
}

/** Sends a GET request to a pod through a port-forward. */
export function getFromPod(
  server: ApiServer,
  { pod, port, path, largest = maximumAnswer, headers = {} }: PodRequest,
  limit: Limit,
): Promise<string> {
  const operation = portOperation(pod, port);
  return within(limit, operation.what, async (signal) => {
    const tunnel = await openTunnel(server, pod, port, operation, signal);
    try {
      const { status, body } = await ask(tunnel.connection, path, largest, headers);
      if (status === 200) return body;
      throw new ClusterError("other", `${operation.what}: HTTP ${status} on ${path}`);
    } catch (error) {
      throw tunnelFailure(operation, tunnel, error);
    } finally {
      tunnel.close();
    }
  });
}

function ask(
  tunnel: Duplex,
  path: string,
  largest: number,
  given: Readonly<Record<string, string>>,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    tunnel.on("error", reject);
    const headers = { host: "localhost", ...given, connection: "close" };
    const request = http.request({ createConnection: () => tunnel, path, headers }, (response) => {
      const body = new Collector(largest);
      response.on("error", reject);
      body.on("finish", () =>
        body.truncated
          ? reject(new Error(`an answer of more than ${largest} bytes`))
          : resolve({ status: response.statusCode ?? 0, body: body.text }),
      );
      response.pipe(body);
    });
    request.on("error", reject);
    request.end();
  });
}
