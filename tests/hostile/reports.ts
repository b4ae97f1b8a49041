import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { deliver } from "../../lib/cli/proof/deliver";
import { verifyFormats } from "../../lib/cli/proof/options";
import { safeOutput } from "../../lib/common/printable";
import { type Plan, type PlannedResource, planAsFiles, planAsJson } from "../../lib/plan";
import { type ImageList, listImages } from "../../lib/plan/images";
import { imagesAsJson, imagesAsLines, imagesAsSkopeo, imagesAsText } from "../../lib/report/plan/images";
import { planAsMarkdown } from "../../lib/report/plan/markdown";
import { planAsText } from "../../lib/report/plan/text";
import { changesText } from "../../lib/report/verify/watch";
import type { EdgeReport, VerifyReport } from "../../lib/verify/report";
import { temporaryDirectory } from "../plan/fixture";
import { type Judge, judges, terminal, xml } from "./judges";

/** A proof in which every name, and every answer of a pod, is this text. */
export function hostileProof(h: string): VerifyReport {
  const edge = (agreement: EdgeReport["agreement"], observed: EdgeReport["observed"]): EdgeReport => ({
    ...{ from: `${h}/${h}`, to: `shop/${h}`, proto: "TCP", port: 80 },
    request: { method: h, path: h, headers: { [h]: h } } as EdgeReport["request"] & object,
    predicted: "allowed",
    verdict: {
      ...{
        from: `${h}/${h}`,
        to: `shop/${h}`,
        proto: "TCP",
        port: 80,
        egress: "allowed",
        ingress: "allowed",
        allowed: true,
      },
      ...{
        egressRules: [`${h}/${h}`],
        ingressRules: [h],
        unknown: [h],
        wire: { port: 4143, mtls: true, reason: h } as never,
      },
      linkerd: { owner: h, verdict: "allowed", admittedBy: [h], reason: h } as never,
    },
    observed,
    how: [h, `curl said: ${h}`],
    mtls: { state: "not proven", how: h },
    admission: { state: "differs", how: h },
    stoppedBy: { by: h, source: "seen" },
    traffic: { requestsPerSecond: 1, successRate: 1, seconds: 1 },
    agreement,
  });
  return {
    ...{ context: h, namespaces: [h, "shop"], transportMode: h, startedAt: "2026-11-24T12:00:00.000Z", seconds: 1 },
    edges: [edge("agrees", "reachable"), edge("disagrees", "denied"), edge("inconclusive", "inconclusive")],
    notProbed: [{ ...{ from: h, to: h, proto: h, port: 80, predicted: "unknown", why: h }, standsFor: { label: h } }],
    overLimit: 1,
    readiness: [undefined, true, false].map((holds) => ({
      what: h,
      detail: [h],
      cure: h,
      ...(holds !== undefined && { holds }),
    })),
    notes: [{ text: h, rules: [{ apiGroups: [h], resources: [h], verbs: ["list"], namespace: h }] }],
    judged: {
      scenario: {
        endpoints: [
          { id: `${h}/${h}`, namespace: h, labels: { [h]: h } },
          { id: `shop/${h}`, namespace: "shop" },
        ],
      },
      policies: [],
      problems: [{ code: "x", file: h, message: h, fix: h }],
    },
  };
}

/** The plan of a program whose resources have this name. */
export function hostilePlan(h: string): Plan {
  const urn = (name: string) => `urn:pulumi:s::p::${h}::${name}`;
  const resource = (name: string, more: Partial<PlannedResource>): PlannedResource => ({
    ...{ urn: urn(name), type: h, name, dependsOn: [urn(h), h], wave: 1, inputs: { [h]: h }, component: false },
    ...more,
  });
  const object = (kind: string, name: string) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: h },
    spec: { containers: [{ name: h, image: h }] },
  });
  return {
    ...{ project: h, stack: h },
    resources: [
      resource(h, { component: true }),
      resource(`${h}1`, { parent: urn(h), provider: h, source: { file: h, line: 1 }, unseen: { reason: h, fix: h } }),
      resource(`${h}2`, { type: "kubernetes:core/v1:Pod", inputs: object("Pod", h) }),
      resource(`${h}3`, { type: `kubernetes:${h}/v1:${h}`, inputs: object(h, `../../${h}`) }),
      resource(`${h}4`, { type: `kubernetes:core/v1:PodPatch`, inputs: object("Pod", h) }),
      resource(`${h}5`, {
        type: "kubernetes:helm.sh/v3:Release",
        inputs: { name: h, namespace: `../${h}`, chart: h, values: { [h]: h } },
        objects: [object("Pod", h)],
      }),
    ],
    unseen: [{ object: h, reason: h, fix: h }],
  };
}

const junit = xml(new Set("testsuites testsuite testcase failure error skipped system-out".split(" ")));
const proofJudges: Readonly<Record<string, Judge>> = { ...judges, junit };

/** Lines for programs that split them at spaces and pull the images in them. */
const references: Judge = (output) => {
  terminal(output);
  for (const line of output.split("\n").slice(0, -1))
    assert.match(line, /^[a-z0-9][\w.:/@+-]*$/i, "not a reference to an image");
};

/** For a YAML file: no invisible characters, and a single document. */
const yaml: Judge = (output) => {
  assert.doesNotMatch(
    output,
    /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u,
    "hidden characters",
  );
  const documents = parseAllDocuments(output);
  assert.equal(documents.length, 1);
  for (const { errors } of documents) assert.deepEqual(errors, []);
};

/** Fails unless a text stays inert in every report of a proof, a plan, or its images. */
export async function assertReportsInert(h: string): Promise<void> {
  const failures: string[] = [];
  const check = async (what: string, judge: Judge | undefined, output: string) => {
    try {
      await (judge ?? assert.fail)(output);
    } catch (error) {
      failures.push(`${what}: ${(error as Error).message}`);
    }
  };
  const proof = hostileProof(h);
  for (const format of verifyFormats) {
    const output = path.join(temporaryDirectory(), "report");
    await deliverQuietly(proof, format, output);
    await check(`verify --format ${format}`, proofJudges[format], readFileSync(output, "utf8"));
  }
  const was = { ...proof, edges: proof.edges.slice(1), readiness: [] };
  const changed = changesText({ before: was, after: proof, why: [h], at: new Date(0) });
  await check("verify --watch", terminal, safeOutput(changed));
  const plan = hostilePlan(h);
  await check("plan as text", terminal, safeOutput(planAsText(plan)));
  await check("plan as Markdown", judges.markdown, safeOutput(planAsMarkdown(plan)));
  await check("plan as JSON", judges.json, safeOutput(planAsJson(plan)));
  for (const [file, text] of planAsFiles(plan)) {
    await check(`plan's file ${file}`, yaml, text);
    await check(
      "the name of plan's file",
      (name) => assert.match(name, /^(?!.*\.\.\/)[\w@%.-]+(\/[\w@%. -]+)*$/),
      file,
    );
  }
  const list: ImageList = listImages(
    new Map([
      [h, new Set([h])],
      ["a/b:1", new Set([h])],
    ]),
  );
  await check("images as lines", references, imagesAsLines(list));
  await check("images as text", terminal, safeOutput(imagesAsText(list)));
  await check("images as JSON", judges.json, safeOutput(imagesAsJson(list)));
  await check("images for skopeo", yaml, imagesAsSkopeo(list));
  assert.equal(failures.join("\n"), "");
}

/** Delivers a report to a file, and discards what is printed besides. */
async function deliverQuietly(
  proof: VerifyReport,
  format: (typeof verifyFormats)[number],
  output: string,
): Promise<void> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    await deliver(proof, { format, output });
  } finally {
    process.stdout.write = write;
  }
}
