import http from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { portForwardRule } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import type { PodRef } from "../pod-ref";
import type { ApiServer } from "./api-server";
import { Collector } from "./collector";
import { handshakeFailure } from "./exec";
import type { Asked } from "./failure";
import { loadLibrary } from "./library";
import { within } from "./limit";

/** A proxy with thousands of routes stays below. */
const maximumAnswer = 16 * 1024 * 1024;

/** GETs an address of a pod through a port-forward, which ends in the pod's own network: no policy and no proxy is in between. */
export function getFromPod(server: ApiServer, pod: PodRef, port: number, path: string, limit: Limit): Promise<string> {
  const asked: Asked = {
    what: `port ${port} of ${pod.namespace}/${pod.name}`,
    rule: portForwardRule(pod.namespace),
  };
  return within(limit, asked.what, async (signal) => {
    const { PortForward } = await loadLibrary();
    const [input, output, refused] = [new PassThrough(), new PassThrough(), new Collector(4096)];
    const forward = new PortForward(server.config).portForward(pod.namespace, pod.name, [port], output, refused, input);
    const socket = await forward.catch(async (error: unknown) => {
      const address = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/portforward?ports=${port}`;
      throw await handshakeFailure(server, address, error, asked, signal);
    });
    if (typeof socket === "function") throw new TypeError("a port-forward without retries has a socket");
    signal.addEventListener("abort", () => socket.terminate(), { once: true });
    const tunnel = Duplex.from({ writable: input, readable: output });
    // Without it, an answer that is cut off would be waited for until the limit.
    socket.onclose = () => output.end();
    try {
      const { status, body } = await ask(tunnel, path);
      if (status === 200) return body;
      throw new ClusterError("other", `${asked.what}: HTTP ${status} on ${path}`);
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      if (/connection refused/.test(refused.text)) {
        throw new ClusterError("absent", `${asked.what}: nothing listens there`, { cause: error });
      }
      const reason = refused.text.trim() || (error as Error).message;
      throw new ClusterError("gone", `${asked.what}: ${reason}`, {
        cause: error,
        cure: "the pod or its node went away meanwhile; check whether they still run, and try again",
      });
    } finally {
      socket.close();
      tunnel.destroy();
    }
  });
}

function ask(tunnel: Duplex, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    tunnel.on("error", reject);
    const headers = { host: "localhost", connection: "close" };
    const request = http.request({ createConnection: () => tunnel, path, headers }, (response) => {
      const body = new Collector(maximumAnswer);
      response.on("error", reject);
      body.on("finish", () =>
        body.truncated
          ? reject(new Error(`an answer of more than ${maximumAnswer} bytes`))
          : resolve({ status: response.statusCode ?? 0, body: body.text }),
      );
      response.pipe(body);
    });
    request.on("error", reject);
    request.end();
  });
}
