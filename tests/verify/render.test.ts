import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { deliver } from "../../lib/cli/proof/deliver";
import { podsRule } from "../../lib/cluster";
import type { PageData } from "../../lib/page/data";
import { verifyJson } from "../../lib/report/verify/json";
import { verifyJunit } from "../../lib/report/verify/junit";
import { verifyMarkdown } from "../../lib/report/verify/markdown";
import { verifyText } from "../../lib/report/verify/text";
import { changesText } from "../../lib/report/verify/watch";
import { countsOf, type VerifyReport } from "../../lib/verify/report";
import { temporaryDirectory } from "../plan/fixture";
import { policies, run, sandbox } from "./sandbox";

// The renderers' output for a run against the fake cluster, in which one policy is missing and one client has no control. After an intended change:
// UPDATE_GOLDEN=1 node tests/run.js verify/, and review the diff.
const golden = path.join(__dirname, "golden");

let report: VerifyReport;
let whole: VerifyReport;

async function reportOf(fake: ReturnType<typeof sandbox>, more: Partial<VerifyReport> = {}): Promise<VerifyReport> {
  const edges = await run(fake, { parallel: 1 });
  return {
    context: "kind-meshfence",
    namespaces: ["cilium-linkerd"],
    transportMode: "transparent",
    startedAt: "2026-11-24T12:00:00.000Z",
    seconds: 12.34,
    edges,
    notProbed: fake.work.plan.notProbed,
    overLimit: 3,
    readiness: [{ what: "every policy is valid", holds: true, detail: ["2 policies"] }],
    notes: [],
    ...more,
  };
}

before(async () => {
  const fake = sandbox({ policies: [policies.egress], believed: [policies.egress, policies.ingress] });
  fake.cluster.tellsDrops = false;
  fake.cluster.fault = ({ command, pod }) =>
    command[0] === "getent" && pod.startsWith("client")
      ? { stdout: "", stderr: 'bad <output> & "quotes" \u0007', exitCode: 2, truncated: false }
      : undefined;
  const traffic = {
    requestsPerSecond: 4.96,
    successRate: 0.9998,
    latency: { p50: 1, p95: 2, p99: Number.POSITIVE_INFINITY },
    seconds: 9,
  };
  const wrong = await reportOf(fake, {
    controller: {
      answeredBy: "linkerd/linkerd-destination-1",
      ports: [
        { to: "cilium-linkerd/podinfo", port: 9898, state: "agrees", how: ["Server podinfo"] },
        { to: "cilium-linkerd/podinfo", port: 9797, state: "not proven", how: ["unknown <server>"] },
        {
          ...{ to: "cilium-linkerd/client", port: 9999, state: "differs" },
          how: [
            "the controller says http1, but detect was predicted",
            "the controller does not have HTTPRoute a, which was predicted",
          ],
        },
      ],
    },
    readiness: [
      { what: "every policy is valid", holds: false, detail: ["cilium-linkerd/<x> is refused"], cure: "write it anew" },
      { what: "the certificates are valid", detail: ["you may not read them"] },
      { what: "every node is ready", holds: true, detail: ["1 node"] },
    ],
    notes: [
      {
        text: "Not read: the Secrets of linkerd",
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"], namespace: "linkerd" }],
      },
    ],
  });
  report = {
    ...wrong,
    edges: wrong.edges.map((edge) => (edge.mtls?.state === "proven" ? { ...edge, traffic } : edge)),
  };
  const rule = podsRule("linkerd");
  whole = await reportOf(sandbox(), {
    controller: {
      absent: { text: "you may not list the pods of linkerd", rules: [rule] },
      ports: [
        {
          to: "cilium-linkerd/podinfo",
          port: 9898,
          state: "not proven",
          how: ["you may not list the pods of linkerd"],
        },
      ],
    },
  });
});

const rendered: { [name: string]: () => string } = {
  "verify.txt": () => verifyText(report),
  "verify-holds.txt": () => verifyText(whole),
  "verify.json": () => verifyJson(report),
  "verify.xml": () => verifyJunit(report),
  "verify.md": () => verifyMarkdown(report),
  "watch.txt": () =>
    changesText({
      before: whole,
      after: report,
      why: ["CiliumNetworkPolicy cilium-linkerd/podinfo-ingress is gone"],
      at: new Date(2026, 10, 24, 12, 0, 1),
    }),
};

for (const [name, render] of Object.entries(rendered)) {
  test(`${name} matches the golden file`, () => {
    const file = path.join(golden, name);
    // curl's own times are recorded; the rest is not timed.
    const text = render();
    if (process.env.UPDATE_GOLDEN !== undefined) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, "utf8"));
  });
}

test("the page has every edge, probed or not, with mismatches first", async () => {
  const output = path.join(temporaryDirectory(), "proof.html");
  const judged = {
    scenario: { endpoints: [{ id: "world", reserved: ["world"] }] },
    policies: [policies.egress],
    problems: [],
  };
  await deliver({ ...report, judged }, { format: "html", output });
  const page = readFileSync(output, "utf8");
  const data = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
  const { seen, policies: written, sides } = JSON.parse(data) as PageData;
  assert.equal(seen?.name, "Probes");
  assert.match(seen?.headline ?? "", /^The fence does not hold: .* · context kind-meshfence/);
  const shown = new Map(seen?.groups.map(({ title, edges }) => [title, edges.length]));
  const counts = countsOf(report);
  const sum = (part: RegExp) => [...shown].reduce((all, [title, count]) => all + (part.test(title) ? count : 0), 0);
  assert.deepEqual(
    [sum(/not as predicted/), sum(/^Not decided/), sum(/, as predicted/), sum(/^Not probed: ./)],
    [counts.disagrees, counts.inconclusive, counts.agrees, counts["not probed"]],
  );
  assert.ok(counts.disagrees > 0 && counts.agrees > 0);
  assert.match([...shown.keys()][0] ?? "", /not as predicted/);
  // It includes what limits the answer: the limit, conditions that are not met or unknown, and what was not read.
  assert.match(
    seen?.blind.join("\n") ?? "",
    /^3 more .*--limit.*\nNot so: every policy.*\nNot known: .*\nLinkerd.s policy controller has 1 of 3 .*\n✗ .*TCP 9999: .*\n\? .*TCP 9797: .*\nNot read: the Secrets/,
  );
  assert.equal(written.length, 1);
  assert.equal(sides[0]?.endpoints.length, 1);
});

test("JUnit's XML is well-formed, and its totals match its cases", () => {
  const xml = verifyJunit(report);
  const count = (tag: string) => xml.split(`<${tag}`).length - 1;
  const declared = (name: string) => Number(new RegExp(`<testsuites [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1]);
  assert.equal(declared("tests"), count("testcase "));
  assert.equal(declared("failures"), count("failure "));
  assert.equal(declared("errors"), count("error "));
  assert.equal(declared("skipped"), count("skipped "));
  assert.ok(count("failure ") > 0 && count("skipped ") > 0);
  assertWellFormed(xml);
});

test("no output of a container or cluster breaks the XML", () => {
  const nasty = `<]]>&"'\u0000\u0007\uD800\n\t\r${"\u{1F512}"}`;
  const [edge] = report.edges;
  assert.ok(edge);
  const edges = (["agrees", "disagrees", "inconclusive"] as const).map((agreement) => ({
    ...edge,
    from: nasty,
    how: [nasty],
    agreement,
  }));
  const xml = verifyJunit({
    ...report,
    context: nasty,
    edges,
    readiness: [{ what: nasty, holds: false, detail: [nasty], cure: nasty }],
  });
  assertWellFormed(xml);
  assert.match(xml, /&lt;\]\]&gt;&amp;&quot;&apos;\uFFFD\uFFFD\uFFFD\n/);
});

/** Asserts that tags are closed in order, attributes quoted, references known and characters allowed. */
function assertWellFormed(xml: string): void {
  assert.doesNotMatch(xml, /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, "")
    .replace(
      /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g,
      (_, closing: string, name: string, attributes: string, single: string) => {
        if (closing !== "") assert.equal(open.pop(), name);
        else if (single === "") open.push(name);
        return attributes;
      },
    );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest.replace(/&(amp|lt|gt|quot|apos|#9|#10|#13);/g, ""), /[<&]/);
}
