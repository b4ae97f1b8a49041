import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { reachReport } from "../../lib/cli/reports/reach";

import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { reachSvg } from "../../lib/report/graph/svg";
import { reachMarkdown } from "../../lib/report/reach/reach-markdown";
import { evaluated, root, stacks } from "./support";

// Each stack's reachability is beside it, as a picture and as a table. After an intended change, run `npm run goldens` and review the diff.

/** The intended findings of lint. */
const deliberate: { [stack: string]: string[] } = {
  // Postgres' port is opaque to Linkerd, and opaque ports travel on 4143 in either mode.
  "existing-cluster": [
    "mesh-port-opens-all CiliumNetworkPolicy shop/database-ingress",
    "mesh-port-opens-all CiliumNetworkPolicy shop/shop-egress",
  ],
  "progressive-rollout": [
    "mesh-port-opens-all CiliumNetworkPolicy shop/cart-egress",
    "mesh-port-opens-all CiliumNetworkPolicy shop/database-ingress",
    // Not enforced yet: its Servers only log what they would refuse.
    "open-beside-authorizations Server shop/web-8080",
    "open-beside-authorizations Server shop/web-linkerd-admin",
  ],
};

for (const name of stacks) {
  test(`the stack ${name}: reachability matches the golden file`, async () => {
    const state = await evaluated(name);
    assert.deepEqual([state.problems, state.refused], [[], []]);
    const report = reachReport(state);
    const rendered = { "reachability.md": reachMarkdown(report), "reachability.svg": await reachSvg(report) };
    for (const [file, content] of Object.entries(rendered)) {
      const golden = path.join(root, "stacks", name, file);
      const text = typeof content === "string" ? content : [...content].join("");
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, text);
      assert.equal(text, readFileSync(golden, "utf8"), `${golden} is not current: npm run goldens`);
    }
  });

  test(`the stack ${name}: lint finds only what is intended`, async () => {
    const found = lintManifests(await evaluated(name), anyProject).findings.filter(
      ({ severity }) => severity !== "info",
    );
    assert.deepEqual(found.map(({ rule, object }) => `${rule} ${object}`).sort(), deliberate[name] ?? []);
  });
}
