import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Verdict } from "../../lib/reachability";
import type { Change } from "../../lib/reachability/diff";
import { COMMENT_LIMIT } from "../../lib/report/pull-request/comment-limit";
import { type PullRequestReport, pullRequestComment } from "../../lib/report/pull-request/pull-request";
import { markdown } from "../hostile/judges";
import { hostilePieces } from "../hostile/state";
import { runs } from "../support/runs";

const verdict = (from: string, allowed: boolean): Verdict => ({
  from,
  to: "shop/db",
  proto: "TCP",
  port: 80,
  egress: "allowed",
  ingress: allowed ? "allowed" : "denied",
  allowed,
  ...(allowed && { ingressRules: [`shop/${from.replace("/", "-")}`] }),
});

function report(edges: number, resources: number, files: number[]): PullRequestReport {
  const ids = Array.from({ length: edges }, (_, index) => `shop/client-${index}`);
  const opened = ids.map(
    (from): Change => ({
      from: [from],
      to: "shop/db",
      proto: "TCP",
      port: 80,
      before: verdict(from, false),
      after: verdict(from, true),
    }),
  );
  return {
    name: "shop",
    reach: {
      names: { before: "a", after: "b" },
      diff: {
        opened,
        closed: [],
        unclear: [],
        changed: [],
        redecided: [],
        unchanged: { allowed: 0, denied: 0, unknown: 0 },
        refused: { appeared: [], gone: [] },
        endpoints: { added: [], removed: [] },
      },
      endpoints: [...ids, "shop/db"].map((id) => ({ id, namespace: "shop" })),
      after: ids.map((from) => verdict(from, true)),
      why: ({ from }) => [{ layer: "ingress", words: `rule 1 of ${from} allows it`, rules: [] }],
      refused: [],
      warnings: [],
      problems: [],
    },
    plan: {
      added: Array.from({ length: resources }, (_, index) => ({
        urn: `urn:pulumi:dev::shop::kubernetes:core/v1:ConfigMap::map-${index}`,
        type: "kubernetes:core/v1:ConfigMap",
        name: `map-${index}`,
        dependsOn: [],
        wave: 1,
        inputs: {},
        component: false,
      })),
      removed: [],
      changed: [],
      unchanged: 0,
    },
    manifests: files.map((size, index) => ({
      file: `shop/${index}.yaml`,
      patch: `+${"x".repeat(size)}\n`,
      added: 1,
      removed: 0,
    })),
    notes: [],
    gates: ["opened"],
  };
}

test("a comment stays within the limit, keeps every heading and says what it leaves out", () => {
  const sizes = fc.tuple(fc.nat(1500), fc.nat(2000), fc.array(fc.nat(40_000), { maxLength: 12 }));
  const property = fc.property(sizes, fc.constantFrom(4000, COMMENT_LIMIT), ([edges, resources, files], limit) => {
    const text = pullRequestComment(report(edges, resources, files), limit);
    assert.ok(text.length <= limit, `${text.length} characters of ${limit}`);
    assert.ok(text.startsWith("<!-- meshfence pr shop -->\n> ❌ `fail-on` opened: found\n\n### Reachability: "));
    assert.match(text, /^### Resources: .* added, 0 removed, 0 changed$/m);
    assert.match(text, /^### Manifests: \d+ files? differs?$/m);
    assert.equal(text.split("<details>").length, text.split("</details>").length);
    const shownRows = text.match(/➕ added/g)?.length ?? 0;
    if (shownRows < resources) assert.match(text, /Left out of this comment: [\d,]+ rows?\./);
    const shownFiles = text.match(/<code>shop\//g)?.length ?? 0;
    if (shownFiles < files.length) assert.match(text, /Left out of this comment: [\d,]+ diffs?\./);
  });
  fc.assert(property, { numRuns: runs(60), seed: 3 });
});

test("shortens manifests before resources, and resources before edges", () => {
  const text = pullRequestComment(report(40, 60, [70_000, 300]));
  assert.equal(text.match(/➕ added/g)?.length, 60);
  assert.match(text, /<code>shop\/1\.yaml/);
  assert.match(text, /\*\*Left out of this comment: 1 diff\./);
});

const hostile = fc.constantFrom(
  ...hostilePieces,
  "`".repeat(40),
  "x".repeat(3000),
  "\u0007".repeat(2000),
  "a\n\n# PWNED\n\n",
  "😀".repeat(900),
);
const hostileText = fc.array(hostile, { maxLength: 4 }).map((parts) => parts.join(""));

/** Text in code blocks, which may have several lines. */
const ofLines = (text: string) => text.replaceAll("PWNED", "text");

test("no name, of any kind or length, breaks a comment or its limit", async () => {
  const property = fc.asyncProperty(
    fc.array(hostileText, { maxLength: 40 }),
    fc.array(hostileText, { maxLength: 6 }),
    fc.constantFrom(2000, 2001, 4000, COMMENT_LIMIT),
    async (texts, more, limit) => {
      const base = report(Math.min(3, texts.length), 0, []);
      const named = (index: number) => texts[index % Math.max(1, texts.length)] ?? "x";
      const change = base.reach.diff.opened.map((one, index) => ({
        ...one,
        from: [named(index)],
        to: named(index + 1),
      }));
      const text = pullRequestComment(
        {
          ...base,
          name: named(0),
          reach: {
            ...base.reach,
            names: { before: named(1), after: named(2) },
            diff: { ...base.reach.diff, opened: change },
            warnings: more,
            problems: more.map((message) => ({ code: "x", file: named(3), message })),
            unseen: more.map((object) => ({ file: named(4), object, reason: named(5), fix: "f" })),
          },
          manifests: more.map((patch, index) => ({
            file: named(index),
            patch: `+${ofLines(patch)}\n`,
            added: 1,
            removed: 0,
          })),
          notes: texts,
          gates: texts.slice(0, 9),
          live: ofLines(named(6)),
        },
        limit,
      );
      assert.ok(text.length <= limit, `${text.length} characters of ${limit}`);
      assert.match(text.split("\n", 1)[0] ?? "", /^<!-- meshfence pr [\w./-]* -->$/);
      assert.match(text, /^### Reachability: /m);
      await markdown(text);
    },
  );
  await fc.assert(property, { numRuns: runs(25) });
});
