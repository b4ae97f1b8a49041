import http2 from "node:http2";
import type { Duplex } from "node:stream";
import type { HubbleEvent } from "../hubble/lines";
import { getFlowsRequest, getFlowsResponse } from "./messages";

/** How to reach Hubble Relay. */
export interface RelayAddress {
  /** Base URL, such as `http://127.0.0.1:4245`. */
  url: string;
  /** An open connection to use instead of a new socket, such as a port-forward. */
  connection?: Duplex;
}

/** In bytes. No event comes close. */
const largestMessage = 4 * 1024 * 1024;

/**
 * Observes flows for some seconds, by gRPC (Hubble's `observer.Observer/GetFlows`).
 *
 * @throws Error where Relay is unreachable or refuses, with its reason
 */
export function observeRelay(
  { url, connection }: RelayAddress,
  seconds: number,
  take: (event: HubbleEvent) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(url, connection === undefined ? {} : { createConnection: () => connection });
    const end = (error?: Error) => {
      clearTimeout(timer);
      session.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    // The server ends the stream at `until`; this is for one that does not.
    const timer = setTimeout(() => end(), (seconds + 2) * 1000);
    session.on("error", (error) => end(error));
    const now = Date.now();
    const stream = session.request({
      ":method": "POST",
      ":path": "/observer.Observer/GetFlows",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const messages = new Messages((message) => take(getFlowsResponse(message)));
    const failed = (headers: http2.IncomingHttpHeaders) => {
      const status = headers["grpc-status"];
      if (status === undefined || status === "0") return;
      const said = decodeURIComponent(String(headers["grpc-message"] ?? ""));
      end(new Error(`Hubble Relay answers with gRPC status ${String(status)}${said === "" ? "" : `: ${said}`}`));
    };
    stream.on("response", (headers) => {
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
    stream.on("end", () => end());
    stream.end(framed(getFlowsRequest(new Date(now), new Date(now + seconds * 1000))));
  });
}

/** Wraps a message in gRPC's length-prefixed frame, uncompressed. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Splits a stream into its gRPC messages, wherever its chunks are cut. */
class Messages {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly take: (message: Buffer) => void) {}

  add(chunk: Buffer): void {
    let bytes: Buffer = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length >= 5) {
      const length = bytes.readUInt32BE(1);
      if (bytes[0] !== 0 || length > largestMessage)
        throw new Error("Hubble Relay answers with something that is not an event");
      if (bytes.length < 5 + length) break;
      this.take(bytes.subarray(5, 5 + length));
      bytes = bytes.subarray(5 + length);
    }
    this.rest = bytes;
  }
}
