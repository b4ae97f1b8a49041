import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ClusterError, clusterObjects, fromKubeconfig } from "../../lib/cluster";
import { terminal } from "../hostile/judges";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { failure, fakeApiServer, json } from "./api-server";

type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => void;

const list = (more: object) => ({ apiVersion: "v1", kind: "PodList", metadata: {}, items: [], ...more });
const pods =
  (...items: unknown[]): Answer =>
  (response) =>
    json(response, 200, list({ items }));
const status =
  (code: number, headers: Record<string, string> = {}, body = JSON.stringify(failure(code, "no"))): Answer =>
  (response) =>
    void response.writeHead(code, headers).end(body);
const text =
  (body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(200, { "content-type": "text/html", ...headers }).end(body);
const endless =
  (write: (response: ServerResponse) => void): Answer =>
  (response) => {
    const timer = setInterval(() => write(response), 20);
    response.on("close", () => clearInterval(timer));
  };
const hostile = "x\u001b[2J\n::error::PWNED\nPWNED";

/** Answers to a list of pods, while everything else works, with the expected message. */
const ways: Readonly<Record<string, readonly [answer: Answer, words: RegExp]>> = {
  "nothing, ever": [() => undefined, /no answer within 1 s/],
  "a head, and nothing more": [(response) => void response.writeHead(200).flushHeaders(), /no answer within 1 s/],
  "a byte now and then": [endless((response) => response.write(" ")), /no answer within 1 s/],
  "one interim answer after the other": [
    endless((response) => response.writeContinue()),
    /no answer within 1 s|was lost/,
  ],
  "events, as to who watches": [
    endless((response) => response.write('{"type":"ADDED","object":{}}\n')),
    /no answer within 1 s/,
  ],
  "a connection that breaks": [(response) => void response.socket?.destroy(), /was lost|cannot connect/],
  "half an answer": [
    (response) => {
      response.writeHead(200, { "content-length": "100" }).write('{"kind":');
      setTimeout(() => response.socket?.destroy(), 20);
    },
    /was lost \(aborted\)/,
  ],
  "no HTTP": [(response) => void response.socket?.end("SSH-2.0-x\r\n"), /was lost|cannot connect/],
  "heads without end": [
    (response) => {
      const line = `X-A: ${"a".repeat(1000)}\r\n`;
      response.socket?.write(`HTTP/1.1 200 OK\r\n${line.repeat(200)}`);
    },
    /was lost|cannot connect/,
  ],
  "a page of a portal": [text("<!doctype html><title>Log in</title>"), /not JSON/],
  "nothing at all": [text(""), /not JSON/],
  "what it was not asked to compress": [
    text(gzipSync("0".repeat(10_000_000)), { "content-encoding": "gzip" }),
    /not JSON/,
  ],
  "more than any list is": [
    (response) => {
      const chunk = Buffer.alloc(1 << 20, " ");
      const write = () => {
        while (response.writable && response.write(chunk));
      };
      response.on("drain", write).writeHead(200);
      write();
    },
    /answer of more than 67108864 bytes|no answer within/,
  ],
  null: [text("null"), /not a list of objects/],
  "a list alone": [text("[]"), /not a list of objects/],
  "a text": [text('"x"'), /not a list of objects/],
  "a list without a kind": [(response) => json(response, 200, { items: [] }), /not a list of objects/],
  "items that are none": [(response) => json(response, 200, list({ items: "abc" })), /not a list of objects/],
  "objects without metadata": [pods({ spec: {} }), /not a list of objects/],
  "objects without names": [pods({ metadata: {} }), /not a list of objects/],
  "null among the objects": [pods(null), /not a list of objects/],
  "numbers for names": [pods({ metadata: { name: 1 } }), /not a list of objects/],
  "the same page again and again": [
    (response) => json(response, 200, list({ metadata: { continue: "a" } })),
    /the same page again/,
  ],
  "ever another piece": [
    (response, _, count) => json(response, 200, list({ metadata: { continue: String(count) } })),
    /no answer within 1 s/,
  ],
  "that it does not know who asks": [status(401), /does not accept the credentials/],
  "that there are no pods": [status(404), /does not know them/],
  "that the piece is gone": [status(410), /: no; try again$/],
  "that it has too much to do": [status(429, { "retry-after": "100000" }), /: no; the API server has too much to do/],
  "an error of its own": [status(500, {}, "<h1>oops</h1>"), /<h1>oops/],
  "an error that speaks to who reads it": [
    status(500, {}, JSON.stringify(failure(500, hostile))),
    /x\\x1b\[2J\\n::error/,
  ],
  "another host": [status(302, { location: "http://127.0.0.1:1/" }), /HTTP 302, which leads to another address/],
};

/** A server that answers everything but one list correctly. */
function misbehaving(answer: Answer, isAsked: (url: string) => boolean = (url) => /\/pods\b/.test(url)) {
  let count = 0;
  return fakeApiServer({
    http: (request, response) => {
      const { url = "" } = request;
      if (isAsked(url)) return answer(response, request, count++);
      if (/cilium-config|linkerd-config|trust-roots/.test(url)) return json(response, 404, failure(404, "not found"));
      json(response, 200, list({ kind: "ThingList", apiVersion: "example.com/v1" }));
    },
  });
}

for (const [what, [answer, words]] of Object.entries(ways))
  test(`an API server that answers ${what} is a clear error, in time`, async () => {
    const server = await misbehaving(answer);
    try {
      const kubeconfig = path.join(temporaryDirectory(), "kubeconfig");
      writeFileSync(kubeconfig, server.kubeconfigText);
      const begun = Date.now();
      await assert.rejects(clusterObjects({ kubeconfig }, { seconds: 1 }), (error: Error) => {
        assert.ok(error instanceof ClusterError, error.stack);
        assert.match(error.message, words);
        terminal(error.message);
        return true;
      });
      assert.ok(Date.now() - begun < 10_000, "it took too long");
      if (what === "another host" || what.startsWith("that it does not know who")) return;
      const cluster = await fromKubeconfig({ kubeconfig });
      await assert.rejects(cluster.read({ namespaces: ["shop"] }, { seconds: 1 }), ClusterError);
    } finally {
      await server.close();
    }
  });

test("a command whose API server answers nonsense exits with 2 and one line", async () => {
  const server = await fakeApiServer({
    http: (_, response) => status(500, {}, JSON.stringify(failure(500, hostile)))(response, {} as never, 0),
  });
  const kubeconfig = path.join(temporaryDirectory(), "kubeconfig");
  writeFileSync(kubeconfig, server.kubeconfigText);
  for (const args of [["reach"], ["lint"], ["explain", "a", "b", "80"]]) {
    const said = await meshfenceShared([...args, "--kubeconfig", kubeconfig]);
    assert.deepEqual([said.status, said.stdout], [2, ""]);
    assert.match(said.stderr, /^error: [^\n]*\n$/);
  }
  await server.close();
});

test("names and kinds that no cluster could hold are shown and stay inert", async () => {
  const server = await misbehaving(
    pods({
      kind: hostile,
      apiVersion: hostile,
      metadata: { name: hostile, namespace: hostile, labels: { [hostile]: hostile } },
    }),
  );
  const kubeconfig = path.join(temporaryDirectory(), "kubeconfig");
  writeFileSync(kubeconfig, server.kubeconfigText);
  const said = await meshfenceShared(["reach", "--kubeconfig", kubeconfig]);
  terminal(said.stdout);
  terminal(said.stderr);
  assert.doesNotMatch(said.stderr, /\n {4}at /);
  await server.close();
});
