import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { cli } from "../../lib/cli/main";
import manifest from "../../package.json";
import { temporaryDirectory } from "../plan/fixture";

const root = path.join(__dirname, "..", "..");
const text = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Step {
  id?: string;
  env?: { [name: string]: string };
  uses?: string;
  run?: string;
  with?: { [name: string]: unknown };
}
interface Action {
  inputs: { [name: string]: { default?: string } };
  outputs?: { [name: string]: { value: string } };
  runs: { steps: Step[] };
}
interface Workflow {
  on: string | { workflow_run?: { workflows: string[] } };
  name: string;
  permissions: { [scope: string]: string };
  jobs: { [name: string]: { steps: Step[] } };
}
const action = (folder: string) => parse(text(path.join(folder, "action.yml"))) as Action;
const workflow = (name: string) => parse(text(`.github/workflows/${name}.yml`)) as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);
const fences = (language: string) =>
  [...text("docs/pull-requests.md").matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, code = ""]) => code,
  );

test("an action declares exactly the inputs that its steps use", () => {
  for (const folder of ["action", "action/comment"]) {
    const { inputs } = action(folder);
    const used = [...text(path.join(folder, "action.yml")).matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(inputs).sort(), folder);
  }
});

test("scripts take outside values only from the environment", () => {
  for (const folder of ["action", "action/comment"]) {
    for (const { run, with: arguments_ } of action(folder).runs.steps) {
      assert.doesNotMatch(run ?? "", /\$\{\{/);
      assert.doesNotMatch(String(arguments_?.script ?? ""), /\$\{\{/);
    }
  }
});

test("large values go through files: the only output of a step used as a variable is a status", () => {
  const outputs = ["action", "action/comment"].flatMap((folder) =>
    action(folder).runs.steps.flatMap(({ env = {} }) => Object.values(env).filter((value) => /steps\./.test(value))),
  );
  assert.deepEqual(outputs, ["$" + "{{ steps.compare.outputs.status }}"]);
});

test("the options that the action and the document use are options of `meshfence pr`", () => {
  const command = cli().commands.find((each) => each.name() === "pr");
  const known = new Set(command?.options.map(({ long }) => long));
  const run = action("action").runs.steps.find(({ id }) => id === "compare")?.run ?? "";
  const shown = fences("sh").join("\n");
  const used = [...`${run}\n${shown}`.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option);
  assert.ok(used.length > 8);
  assert.deepEqual(
    used.filter((option) => !known.has(option)),
    [],
  );
});

test("third-party actions are pinned by commit, and workflows pass ours only inputs it declares", () => {
  // The guide also shows single steps, and files that are not workflows.
  const documents = fences("yaml")
    .map((code) => parse(code) as Workflow)
    .filter(({ jobs }) => jobs !== undefined);
  assert.equal(documents.length, 3);
  const workflows = [workflow("preview"), workflow("preview-comment"), ...documents];
  const steps = [...workflows.flatMap(stepsOf), ...action("action").runs.steps, ...action("action/comment").runs.steps];
  for (const { uses, with: given = {} } of steps) {
    if (uses === undefined) continue;
    const [, own, tag] = /(?:^\.|meshfence)\/(action(?:\/comment)?)(?:@(v[\d.]+))?$/.exec(uses) ?? [];
    if (tag !== undefined)
      assert.equal(tag, `v${manifest.version}`, "a document names the version that is to be released");
    if (own === undefined) assert.match(uses, /^[\w-]+\/[\w-]+(\/[\w-]+)?@[\da-f]{40}$/);
    else for (const name of Object.keys(given)) assert.ok(name in action(own).inputs, `${uses}: ${name}`);
  }
});

test("the job that runs a pull request's code cannot write, and the job that can write runs none of it", () => {
  const pairs = [
    [workflow("preview"), workflow("preview-comment")],
    fences("yaml").map((code) => parse(code) as Workflow),
  ];
  for (const [preview, comment] of pairs) {
    assert.ok(preview && comment);
    assert.equal(preview.on, "pull_request");
    assert.deepEqual(preview.permissions, { contents: "read" });
    const checkout = stepsOf(preview).find(({ uses }) => uses?.startsWith("actions/checkout"));
    assert.deepEqual(checkout?.with, { "fetch-depth": 2, "persist-credentials": false });
    assert.deepEqual(typeof comment.on === "object" && comment.on.workflow_run?.workflows, [preview.name]);
    for (const { uses, run, with: given } of stepsOf(comment)) {
      assert.equal(run, undefined);
      if (uses?.startsWith("actions/checkout")) {
        assert.equal(given?.ref, "$" + "{{ github.event.repository.default_branch }}");
      }
    }
  }
});

interface Posted {
  created: string[];
  updated: [number, string][];
  said: string[];
}

/** Runs the script against a repository with these comments on its only pull request. */
async function post(body: string, comments: object[] = [], headSha = "abc"): Promise<Posted> {
  const file = path.join(temporaryDirectory(), "comment.md");
  writeFileSync(file, body);
  const posted: Posted = { created: [], updated: [], said: [] };
  const said = (message: string) => posted.said.push(message);
  const script = require("../../action/comment/post.js") as (given: object) => Promise<void>;
  await script({
    file,
    core: { setFailed: said, notice: said },
    context: {
      repo: { owner: "o", repo: "r" },
      payload: { workflow_run: { head_sha: "abc", head_branch: "fix", head_repository: { owner: { login: "fork" } } } },
    },
    github: {
      paginate: async () => comments,
      graphql: async () => ({ viewer: { login: "github-actions" } }),
      rest: {
        pulls: {
          list: async ({ head }: { head: string }) => ({
            data: head === "fork:fix" ? [{ number: 7, head: { sha: headSha } }] : [],
          }),
        },
        issues: {
          listComments: undefined,
          createComment: async (given: { body: string; issue_number: number }) => {
            assert.equal(given.issue_number, 7);
            posted.created.push(given.body);
          },
          updateComment: async ({ comment_id, body }: { comment_id: number; body: string }) => {
            posted.updated.push([comment_id, body]);
          },
        },
      },
    },
  });
  return posted;
}

const body = "<!-- meshfence pr shop -->\n### Reachability: 1 opened";

test("posts the comment once, then edits it, and never edits anyone else's", async () => {
  assert.deepEqual((await post(body)).created, [body]);
  const user = { type: "Bot", login: "github-actions[bot]" };
  const others = [
    { id: 1, user: { type: "User", login: "stranger" }, body },
    { id: 2, user, body: "<!-- meshfence pr other -->\n" },
    { id: 4, user: { type: "Bot", login: "another[bot]" }, body },
    { id: 5, user: null, body },
    { id: 6, user, body: "<!-- meshfence pr shop --> is how ours begin" },
  ];
  const own = { id: 3, user, body: `${body} before` };
  assert.deepEqual((await post(body, others)).created, [body]);
  assert.deepEqual((await post(body, [...others, own])).updated, [[3, body]]);
});

test("posts nothing but meshfence's comments, and only for the newest commit", async () => {
  for (const wrong of ["hello", `${body}${"x".repeat(65_536)}`, "<!-- meshfence pr a --> b\n"]) {
    const { created, said } = await post(wrong);
    assert.deepEqual(created, []);
    assert.match(said.join(), /does not hold a comment/);
  }
  const { created, said } = await post(body, [], "newer");
  assert.deepEqual(created, []);
  assert.match(said.join(), /no open pull request/);
});

test("the comment shown in the guide is one that would be posted", async () => {
  const shown = text("docs/pull-requests.md").split("\n---\n\n").at(-1) ?? "";
  assert.deepEqual((await post(shown)).created, [shown]);
});
