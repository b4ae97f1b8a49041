import { createHash } from "node:crypto";
import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** An API server on loopback, with real HTTP and WebSockets and the test's answers. */
export interface FakeApiServer {
  kubeconfigText: string;
  requests: string[];
  close(): Promise<void>;
}

export interface Answers {
  http?: (request: IncomingMessage, response: ServerResponse) => void;
  stream?: (socket: StreamSocket, request: IncomingMessage) => void;
}

export interface StreamSocket {
  /** Sends a frame on a channel: 1 stdout, 2 stderr, 3 the status. */
  send(channel: number, bytes: string | Buffer): void;
  close(): void;
  /** Calls when the client sends something, such as the end of its standard input. */
  onHeard(listener: () => void): void;
  /** Calls with what the client sends on a channel. */
  onData(listener: (channel: number, bytes: Buffer) => void): void;
  /** Ends the connection as if the server died. */
  reset(): void;
}

export async function fakeApiServer({ http: answer = notFound, stream }: Answers): Promise<FakeApiServer> {
  const requests: string[] = [];
  const open = new Set<Duplex>();
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.on("connection", (socket) => open.add(socket));
  server.on("upgrade", (request, socket) => {
    requests.push(`UPGRADE ${request.url}`);
    socket.on("error", () => undefined);
    if (stream === undefined) socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    else stream(accept(request, socket), request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    kubeconfigText: kubeconfigFor(`http://127.0.0.1:${port}`),
    requests,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** The library accepts plain HTTP only with this flag. */
export const kubeconfigFor = (address: string) => `
current-context: fake
clusters: [{ name: c, cluster: { server: "${address}", insecure-skip-tls-verify: true } }]
users: [{ name: u, user: { token: t } }]
contexts: [{ name: fake, context: { cluster: c, user: u } }, { name: lost, context: { cluster: elsewhere, user: u } }]
`;

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export const failure = (code: number, message: string) => ({ kind: "Status", status: "Failure", message, code });

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  json(response, 404, failure(404, "not found"));
}

/** The server's side of RFC 6455: an accepted handshake, and unmasked frames. */
function accept(request: IncomingMessage, socket: Duplex): StreamSocket {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  head.push(`Sec-WebSocket-Accept: ${key.digest("base64")}`, "Sec-WebSocket-Protocol: v5.channel.k8s.io");
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const frame = (opcode: number, payload: Buffer) => {
    const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
    if (payload.length > 0xffff) throw new RangeError("send it in pieces");
    socket.write(Buffer.concat([Buffer.from([128 | opcode, ...length]), payload]));
  };
  return {
    send: (channel, bytes) => frame(2, Buffer.concat([Buffer.from([channel]), Buffer.from(bytes)])),
    close: () => {
      frame(8, Buffer.from([3, 232]));
      socket.end();
    },
    onData: (listener) => {
      let rest: Buffer = Buffer.alloc(0);
      socket.on("data", (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        for (let found = unframed(rest); found !== undefined; found = unframed(rest)) {
          rest = rest.subarray(found.size);
          const [channel] = found.payload;
          if (found.opcode === 2 && channel !== undefined) listener(channel, found.payload.subarray(1));
        }
      });
    },
    onHeard: (listener) => void socket.once("data", listener),
    reset: () => socket.destroy(),
  };
}

/** The first whole frame of a client, which masks its payload. */
function unframed(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  const [head = 0, short = 0] = bytes;
  const length = (short & 127) < 126 ? short & 127 : bytes.length < 4 ? undefined : bytes.readUInt16BE(2);
  const start = (short & 127) < 126 ? 6 : 8;
  if (length === undefined || bytes.length < start + length || bytes.length < 2) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
  return { opcode: head & 15, payload, size: start + length };
}
