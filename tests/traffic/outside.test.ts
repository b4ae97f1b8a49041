import assert from "node:assert/strict";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { tools } from "../../lib/cli/mcp/tools";
import { replayMarkdown } from "../../lib/report/traffic/replay-markdown";
import { withoutOutsideNames } from "../../lib/traffic/outside";
import { replay } from "../../lib/traffic/replay/replay";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { judge } from "./generated";
import { line, pod, trafficOf, world } from "./lines";

const policy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  egress:
  - toCIDR: [198.51.100.0/24]
`;

test("numbers outside addresses for other readers, and judges them as before", async () => {
  const web = pod("shop", "web", "10.0.0.1");
  const traffic = await trafficOf({
    "flows.jsonl": [
      line({ from: web, to: world("198.51.100.7"), port: 443 }),
      line({ from: web, to: world("203.0.113.9"), port: 443, more: { destination_names: ["private.example.org"] } }),
      line({ from: web, to: world("2001:db8::9"), port: 443 }),
    ].join("\n"),
  });
  const named = replay(traffic, judge(policy));
  const hidden = replay(withoutOutsideNames(traffic), judge(policy));
  assert.deepEqual(
    [named.denied.map(({ to }) => to).sort(), hidden.denied.map(({ to }) => to).sort()],
    [
      ["2001:db8::9", "private.example.org (203.0.113.9)"],
      ["outside address 2", "outside address 3"],
    ],
  );
  assert.deepEqual(
    hidden.allowed.map(({ from, to }) => [from, to]),
    [["shop/web", "outside address 1"]],
  );
  const outside = /198\.51\.100\.7\b|203\.0\.113|2001:db8|private\.example/;
  assert.match(JSON.stringify(named) + replayMarkdown(named), outside);
  assert.doesNotMatch(JSON.stringify(hidden) + replayMarkdown(hidden), outside);
});

test("agents see numbers, because their answers leave this machine", () => {
  const tool = tools.find(({ name }) => name === "replay");
  const root = realpathSync(temporaryDirectory());
  writeFileSync(path.join(root, "flows.jsonl"), "");
  assert.ok(tool?.args({ traffic: "flows.jsonl" }, { root, cluster: [] }).includes("--hide-outside"));
});

test("output to be shared numbers outside addresses in every command; text and JSON name them", async () => {
  const root = temporaryDirectory();
  const file = (name: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
    return path.join(root, name);
  };
  const traffic = file(
    "flows.jsonl",
    line({
      from: pod("shop", "web", "10.0.0.1"),
      to: world("203.0.113.9"),
      port: 443,
      more: { destination_names: ["private.example.org"] },
    }),
  );
  file("before/empty.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
  file("after/policy.yaml", policy);
  const observed = `${policy}  enableDefaultDeny: {egress: false}\n`;
  file("observed/policy.yaml", observed);
  const outside = /203\.0\.113\.9|private\.example\.org/;
  for (const [command, formats] of [
    [["replay", "after"], { text: true, json: true, markdown: false, html: false }],
    [["diff", "before", "after"], { text: true, json: true, markdown: false, html: false }],
    [["rollout", "observed"], { text: true, json: true, markdown: false }],
  ] as const) {
    for (const [format, isNamed] of Object.entries(formats)) {
      const args = [...command, "--traffic", traffic, "--format", format];
      const { stdout } = await meshfenceShared(args, { cwd: root });
      assert.equal(outside.test(stdout), isNamed, `${args.join(" ")}\n${stdout.slice(0, 2000)}`);
      const shown = await meshfenceShared([...args, "--show-outside"], { cwd: root });
      assert.match(shown.stdout, outside, args.join(" "));
      const hidden = await meshfenceShared([...args, "--hide-outside"], { cwd: root });
      assert.ok(hidden.stdout !== "", hidden.stderr);
      assert.doesNotMatch(hidden.stdout, outside, args.join(" "));
    }
  }
});
