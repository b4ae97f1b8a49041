import assert from "node:assert/strict";
import { test } from "node:test";
import { summaryOf } from "../../lib/cli/sandbox/preview-summary";

const preview = `Previewing update (dev):
 +  pulumi:pulumi:Stack program-dev create
    pulumi:pulumi:Stack program-dev
Outputs:
  ~ reachability: {
      + client -> podinfo: "TCP 9898 mTLS"
    }

Resources:
    + 63 to create
    1 unchanged
`;

test("a preview's summary is Pulumi's own outputs and the number of resources", () => {
  assert.deepEqual(summaryOf({ stdout: preview, changeSummary: { create: 63, same: 1 } }), [
    'Outputs:\n  ~ reachability: {\n      + client -> podinfo: "TCP 9898 mTLS"\n    }',
    "",
    "63 to create, 1 unchanged.",
  ]);
});

test("without outputs and changes, the summary is one line", () => {
  assert.deepEqual(summaryOf({ stdout: "Resources:\n", changeSummary: {} }), ["Nothing to change."]);
  assert.deepEqual(summaryOf({ stdout: "", changeSummary: { replace: 2 } }), ["2 to replace."]);
});
