import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { fromKubeconfig } from "../../lib/cluster";
import { failure, fakeApiServer, json } from "./api-server";

const limit = { seconds: 5 };
const injector = 'admission webhook "linkerd-proxy-injector.linkerd.io" denied the request:';

/** An API server that refuses pods with these messages, one after the other, and then takes them. */
async function create(refusals: readonly string[]) {
  const left = [...refusals];
  const answer = ({ method, url }: IncomingMessage, response: ServerResponse) => {
    if (method === "GET" && url === "/api/v1/namespaces/x") return json(response, 404, failure(404, "not found"));
    const refused = method === "POST" && url?.endsWith("/pods") ? left.shift() : undefined;
    if (refused !== undefined) return json(response, 400, failure(400, refused));
    const status = { podIP: "10.0.0.9", containerStatuses: [{ name: "control", state: { running: {} } }] };
    json(response, 200, { metadata: { name: "x" }, spec: { nodeName: "n", containers: [] }, status });
  };
  const server = await fakeApiServer({ http: answer });
  try {
    const cluster = await fromKubeconfig({ kubeconfigText: server.kubeconfigText });
    const { ip } = await cluster.createControlPod({ image: "i", namespace: "x" }, limit);
    return { ip, asked: server.requests.filter((request) => request.startsWith("POST") && request.endsWith("/pods")) };
  } finally {
    await server.close();
  }
}

test("a namespace so new that it has no account, or that the injector does not know it, is asked again", async () => {
  const early = [
    'pods "control-1" is forbidden: error looking up service account x/default: serviceaccount "default" not found',
  ];
  early.push(`${injector} namespaces "x" not found`, `${injector} namespace "x" not found`);
  const { ip, asked } = await create(early);
  assert.equal(ip, "10.0.0.9");
  assert.equal(asked.length, 4);
});

test("what a webhook refuses for another reason is refused at once", async () => {
  await assert.rejects(create([`${injector} the label is missing`]), /the label is missing/);
});
