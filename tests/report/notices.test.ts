import assert from "node:assert/strict";
import { test } from "node:test";
import type { Unseen } from "../../lib/common/unseen";
import { noticesOf } from "../../lib/report/notices";

const release = (name: string, line: number, detail?: string): Unseen => ({
  file: "apps.yaml",
  line,
  object: `HelmRelease shop/${name}`,
  kind: "HelmRelease of helm.toolkit.fluxcd.io",
  reason: "its chart is not among the manifests",
  ...(detail !== undefined && { detail }),
  fix: "Give the output of `helm template` too",
});

test("objects not seen for the same reason share one notice, with what differs", () => {
  const many = ["a", "b", "c", "d", "e", "f", "g"].map((name, index) => release(name, index + 1, `chart ${name}`));
  assert.deepEqual(
    noticesOf({ unseen: [...many, release("again", 9, "chart a")] }).map(({ message }) => message),
    [
      "8 HelmRelease of helm.toolkit.fluxcd.io (apps.yaml:1 and elsewhere): its chart is not among the manifests: chart a, chart b, chart c, chart d and 3 more. Give the output of `helm template` too",
    ],
  );
});
