import type http2 from "node:http2";

/** An upper limit, larger than any message that is expected. */
const largestMessage = 4 * 1024 * 1024;

/** Frames a message for gRPC: a flag for no compression, the length, and the message. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Splits a stream of arbitrary chunks into gRPC messages. */
export class Messages {
  private rest: Buffer = Buffer.alloc(0);

  /** @param who The server's name, for errors: `Hubble Relay`. */
  constructor(
    private readonly who: string,
    private readonly take: (message: Buffer) => void,
  ) {}

  /** @throws Error if the stream is not gRPC, or a message is compressed or too large */
  add(chunk: Buffer): void {
    let bytes: Buffer = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length >= 5) {
      const length = bytes.readUInt32BE(1);
      if (bytes[0] !== 0 || length > largestMessage)
        throw new Error(`${this.who} answers with something that is not a gRPC message`);
      if (bytes.length < 5 + length) break;
      this.take(bytes.subarray(5, 5 + length));
      bytes = bytes.subarray(5 + length);
    }
    this.rest = bytes;
  }
}

/** A gRPC error status from the server. */
export class GrpcRefusal extends Error {
  constructor(
    who: string,
    /** The status code, see https://grpc.io/docs/guides/status-codes: 5 is "not found". */
    readonly status: number,
    message: string,
  ) {
    super(`${who} answers with gRPC status ${status}${message === "" ? "" : `: ${message}`}`);
  }
}

/** The error status in a server's headers or trailers; undefined if they have none. */
export function refusalIn(who: string, headers: http2.IncomingHttpHeaders): GrpcRefusal | undefined {
  const { "grpc-status": status, "grpc-message": message = "" } = headers;
  return status === undefined || status === "0"
    ? undefined
    : new GrpcRefusal(who, Number(status), unescaped(`${message}`));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Makes a unary call over an open HTTP/2 session, such as a port-forward's, which `@grpc/grpc-js` does not support.
 *
 * @param who The server's name, for errors.
 * @param path `/package.Service/Method`
 * @throws GrpcRefusal if the server returns an error status
 * @throws Error if the response is invalid, or the connection ends before the response
 */
export function callUnary(
  session: http2.ClientHttp2Session,
  who: string,
  path: string,
  request: Buffer,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let answer: Buffer | undefined;
    let isDone = false;
    const end = (error: Error) => {
      reject(error);
      stream.close();
    };
    const messages = new Messages(who, (message) => {
      answer = message;
    });
    const onHeaders = (headers: http2.IncomingHttpHeaders) => {
      isDone ||= headers["grpc-status"] === "0";
      const refusal = refusalIn(who, headers);
      if (refusal !== undefined) end(refusal);
    };
    stream.on("response", (headers) => {
      if (headers[":status"] === 200) onHeaders(headers);
      else end(new Error(`${who} answers with HTTP ${headers[":status"]}`));
    });
    stream.on("trailers", onHeaders);
    stream.on("data", (chunk: Buffer) => {
      try {
        messages.add(chunk);
      } catch (error) {
        end(error as Error);
      }
    });
    stream.on("error", end);
    stream.on("close", () => {
      if (answer !== undefined && isDone) resolve(answer);
      else reject(new Error(`${who} ends the connection before it has answered`));
    });
    stream.end(framed(request));
  });
}
