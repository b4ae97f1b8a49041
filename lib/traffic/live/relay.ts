import http2 from "node:http2";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { framed, Messages, refusalIn } from "../../common/grpc";
import type { HubbleEvent } from "../hubble/lines";
import type { Credentials } from "./credentials";
import { getFlowsRequest, getFlowsResponse } from "./messages";

/** How to reach Hubble Relay. */
export interface RelayAddress {
  /** The base URL, such as `http://127.0.0.1:4245`. `https` uses TLS. */
  url: string;
  /** An open connection to use instead of a new socket, such as a port-forward. */
  connection?: Duplex;
  /** Metadata of the request, such as `authorization`. Default: none. */
  headers?: Credentials["headers"];
  /** The trusted CAs and the client certificate. Default: the system's CAs, and no client certificate. */
  tls?: Credentials["tls"];
}

/**
 * Observes flows for some seconds, by gRPC (Hubble's `observer.Observer/GetFlows`).
 *
 * @throws Error if Relay is unreachable or refuses, with its reason
 */
export function observeRelay(
  { url, connection, headers = {}, tls: trust = {} }: RelayAddress,
  seconds: number,
  take: (event: HubbleEvent) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith("https:");
    const session = http2.connect(url, {
      ...(isTls && trust),
      ...(connection !== undefined && {
        createConnection: () =>
          isTls ? tls.connect({ ...trust, socket: connection, ALPNProtocols: ["h2"] }) : connection,
      }),
    });
    const end = (error?: Error) => {
      clearTimeout(timer);
      session.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    // A guard, in case the server does not end the stream at `until`. For a quiet cluster, it may send nothing but its settings.
    const timer = setTimeout(() => end(isThere ? undefined : new Error(silent)), (seconds + 2) * 1000);
    let isThere = false;
    session.on("remoteSettings", () => {
      isThere = true;
    });
    session.on("error", (error) => end(error));
    const now = Date.now();
    const stream = session.request({
      ...headers,
      ":method": "POST",
      ":path": "/observer.Observer/GetFlows",
      "content-type": "application/grpc",
      te: "trailers",
    });
    let answered = false;
    let ended = false;
    const messages = new Messages("Hubble Relay", (message) => take(getFlowsResponse(message)));
    const failed = (headers: http2.IncomingHttpHeaders) => {
      ended ||= headers["grpc-status"] !== undefined;
      const refusal = refusalIn("Hubble Relay", headers);
      if (refusal !== undefined) end(refusal);
    };
    stream.on("response", (headers) => {
      answered = true;
      if (headers[":status"] !== 200) end(new Error(`Hubble Relay answers with HTTP ${headers[":status"]}`));
      else failed(headers);
    });
    stream.on("trailers", failed);
    stream.on("data", (chunk: Buffer) => {
      try {
        messages.add(chunk);
      } catch (error) {
        end(error as Error);
      }
    });
    stream.on("error", (error) => end(error));
    stream.on("close", () => end(ended ? undefined : new Error(answered ? lost(Date.now() - now) : unanswered(isTls))));
    stream.end(framed(getFlowsRequest(new Date(now), new Date(now + seconds * 1000))));
  });
}

const silent = "something takes the connection there, but it does not speak gRPC";
const lost = (milliseconds: number) =>
  `the connection to Hubble Relay was lost after ${Math.round(milliseconds / 1000)} s, so what came after is missing`;
const unanswered = (isTls: boolean) =>
  `the connection was closed before Hubble Relay answered; ${isTls ? "it may want a client certificate, or serve no TLS" : "if it serves TLS, give grpcs:// or relay+tls"}`;
