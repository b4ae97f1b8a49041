import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { prCommand } from "../../lib/cli/commands/pr";
import { postNote } from "../../lib/cli/pull-request/gitlab-note";
import manifest from "../../package.json";

const root = path.join(__dirname, "..", "..");
const text = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Input {
  description: string;
  default?: string;
}
interface Job {
  script?: string[];
  variables?: { [name: string]: string | { value: string; expand: boolean } };
  environment?: { name: string };
}

const [header, body] = parseAllDocuments(text("gitlab/meshfence.yml")).map((document) => document.toJS() as unknown);
const { inputs } = (header as { spec: { inputs: { [name: string]: Input } } }).spec;
const jobs = body as { [name: string]: Job };
const action = parse(text("action/action.yml")) as {
  inputs: { [name: string]: Input };
  runs: { steps: { id?: string; run?: string; env?: { [name: string]: string } }[] };
};

test("the template has the action's inputs, with the same descriptions and defaults", () => {
  const ofGithub = ["upload-sarif", "command", "live-stack"];
  const expected = Object.fromEntries(Object.entries(action.inputs).filter(([name]) => !ofGithub.includes(name)));
  const { stage: _1, image: _2, version, install: _3, ...shared } = inputs;
  assert.equal(version?.default, manifest.version);
  // Only GitLab knows the base of a merge request.
  assert.equal(shared.base?.default, "");
  const { base: _4, ...ours } = shared;
  const { base: _5, ...theirs } = expected;
  assert.deepEqual(ours, theirs);
});

test("action and template pass the command the same arguments, from variables only", () => {
  const step = action.runs.steps.find(({ id }) => id === "compare");
  const lines = (script = "") => script.split("\n").filter((line) => /args\+=|--fail-on/.test(line));
  const own = jobs.meshfence?.script?.join("\n") ?? "";
  const ofAction = lines(step?.run).filter((line) => !line.includes("LIVE_STACK"));
  assert.ok(ofAction.length >= 7);
  assert.deepEqual(
    lines(own).map((line) => line.trim()),
    ofAction.map((line) => line.trim()),
  );
  const options = new Set(prCommand().options.map(({ long }) => long));
  for (const [option] of own.matchAll(/(?<=args=.*|args\+=\()--[a-z-]+/g)) assert.ok(options.has(option), option);
  const variables = jobs[".meshfence"]?.variables ?? {};
  const used = Object.values(variables).map((one) => {
    assert.ok(typeof one === "object" && one.expand === false, JSON.stringify(one));
    return /^\$\[\[ inputs\.([\w-]+) \]\]$/.exec(one.value)?.[1];
  });
  assert.deepEqual([...used, "stage", "image"].sort(), Object.keys(inputs).sort());
  for (const [name, { script = [] }] of Object.entries(jobs)) assert.doesNotMatch(script.join("\n"), /\$\[\[/, name);
});

test("installs meshfence outside the checkout, and the job that writes the note runs nothing of the merge request", () => {
  assert.match(text("gitlab/meshfence.yml"), /- cd \/ && npm install --prefix \/opt\/meshfence --ignore-scripts/);
  const note = jobs["meshfence-note"];
  assert.equal(note?.variables?.GIT_STRATEGY, "none");
  assert.equal(note?.environment?.name, "meshfence-note");
  assert.equal(jobs.meshfence?.environment, undefined);
});

interface Asked {
  line: string;
  token: unknown;
  body: string;
}

/** A GitLab with these notes on its only merge request, and the requests to it. */
async function withGitlab(notes: object[], use: (api: string) => Promise<void>): Promise<Asked[]> {
  const asked: Asked[] = [];
  const bodyOf = async (request: IncomingMessage) => {
    let given = "";
    for await (const chunk of request) given += String(chunk);
    return given;
  };
  const server = createServer(async (request, response) => {
    const { method, url = "", headers } = request;
    const given = await bodyOf(request);
    asked.push({ line: `${method} ${url}`, token: headers["private-token"], body: given });
    const page = Number(/[?&]page=(\d+)/.exec(url)?.[1] ?? 1);
    const answer = url.endsWith("/user")
      ? { id: 7 }
      : method === "GET"
        ? notes.slice((page - 1) * 100, page * 100)
        : {};
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return asked;
}

const comment = "<!-- meshfence pr shop -->\n### Reachability: 1 opened\n";
const target = { project: "group/shop", mergeRequest: "3", token: "secret" };
const notesPath = "/api/v4/projects/group%2Fshop/merge_requests/3/notes";

test("writes a note once, then edits it, and never touches anyone else's", async () => {
  const foreign = { id: 1, body: comment, author: { id: 8 } };
  const other = { id: 2, body: "<!-- meshfence pr api -->\n", author: { id: 7 } };
  const many = Array.from({ length: 120 }, (_, id) => ({ id: id + 10, body: "hello", author: { id: 9 } }));
  const own = { id: 500, body: comment, author: { id: 7 } };
  const writes = async (notes: object[]) => {
    const asked = await withGitlab(notes, (api) => postNote(comment, { api, ...target }));
    assert.ok(asked.every(({ token }) => token === "secret"));
    return asked
      .filter(({ line }) => !line.startsWith("GET"))
      .map(({ line, body: given }) => [line, JSON.parse(given)]);
  };
  assert.deepEqual(await writes([foreign, other]), [[`POST ${notesPath}`, { body: comment }]]);
  assert.deepEqual(await writes([foreign, ...many, own]), [[`PUT ${notesPath}/500`, { body: comment }]]);
});

test("refuses to write a text that is not meshfence's comment", async () => {
  for (const wrong of ["hello\n", "<!-- meshfence pr a b -->\n", `${comment}${"x".repeat(70_000)}`]) {
    const asked = await withGitlab([], (api) =>
      assert.rejects(postNote(wrong, { api, ...target }), /not a meshfence comment/),
    );
    assert.deepEqual(asked, []);
  }
});
