import assert from "node:assert/strict";
import { test } from "node:test";
import { replayMarkdown } from "../../lib/report/traffic/replay-markdown";
import { withoutOutsideNames } from "../../lib/traffic/outside";
import { replay } from "../../lib/traffic/replay/replay";
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

test("what is read by others numbers the outside addresses, and judges them as before", async () => {
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
