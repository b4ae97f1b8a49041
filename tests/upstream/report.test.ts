import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { pinned } from "../../lib/common/versions";
import { linkerdRange } from "./answers";
import { type Fetch, upstreamReport } from "./report";

const root = path.join(__dirname, "../..");

const linkerdIndex = (version: string) =>
  [
    "entries:",
    ...["linkerd-crds", "linkerd-control-plane", "linkerd-viz"].map((chart) => `  ${chart}: [{ version: ${version} }]`),
  ].join("\n");
const ciliumIndex = (...versions: string[]) =>
  ["entries:", "  cilium:", ...versions.map((version) => `  - version: ${version}`)].join("\n");
const requirements = (...minors: string[]) =>
  ["Kubernetes Version", "===", "", ...minors.map((minor) => `* ${minor}`)].join("\n");
const linkerdPage = (from: string, to: string) =>
  [
    "| Linkerd Version | Minimum Kubernetes Version | Maximum Kubernetes Version |",
    "|-----------------|----------------------------|----------------------------|",
    "| `2.18`          | `1.22`                     | `1.32`                     |",
    "",
    "| `edge-24.11.5` - `edge-25.1.2`  | `1.22`     | `1.31`                     |",
    `| \`edge-25.2.1\` and newer         | \`${from}\`     | \`${to}\`                     |`,
  ].join("\n");
const image = `kindest/node:${pinned.kindNode.tag}@${pinned.kindNode.digest}`;

/** Answers in upstream's form, for what is pinned today. */
const upToDate: { [part: string]: string } = {
  "helm.cilium.io": ciliumIndex(pinned.cilium, "1.21.0-pre.0", "1.9.18"),
  "helm.linkerd.io": linkerdIndex(pinned.linkerd.chart),
  "stefanprodan/podinfo": JSON.stringify({ tag_name: pinned.podinfo }),
  "BuoyantIO/slow_cooker": JSON.stringify({ tag_name: pinned.slowCooker }),
  "kubernetes-sigs/kind/releases/latest": JSON.stringify({ tag_name: `v${pinned.kindNode.kind}` }),
  "kubernetes-sigs/kind/releases/tags": JSON.stringify({ body: `Images:\n- 1.34: \`${image}\`` }),
  "tehcyx/terraform-provider-kind": JSON.stringify({ tag_name: `v${pinned.kindProvider}` }),
  "requirements.rst": requirements("1.33", "1.34", "1.35", "1.36"),
  "k8s-versions.md": linkerdPage("1.31", "1.35"),
};

function answering(changes: { [part: string]: string }): Fetch {
  const answers = { ...upToDate, ...changes };
  return async (url) => {
    const [, answer] =
      Object.entries(answers).find(([part]) => url.includes(part)) ?? assert.fail(`nobody answers ${url}`);
    return answer;
  };
}

test("where all is the newest, it says so, and which minors of Kubernetes both support", async () => {
  const { lines, problems } = await upstreamReport(answering({}));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    lines.filter((line) => line.includes("newer")),
    [],
  );
  assert.ok(
    lines.some((line) => line.endsWith("in common 1.33, 1.34, 1.35")),
    lines.join("\n"),
  );
});

test("a newer release is named, and a pre-release is none", async () => {
  const { lines, problems } = await upstreamReport(
    answering({
      "helm.cilium.io": ciliumIndex("1.22.0-rc.1", "1.9.99", "1.21.3", "1.20.10"),
      "stefanprodan/podinfo": '{"tag_name":"99.0.0"}',
    }),
  );
  assert.deepEqual(problems, []);
  assert.ok(lines.includes(`Cilium ${pinned.cilium}: 1.21.3 is newer`), lines.join("\n"));
  assert.ok(lines.includes("Cilium 1.21.3 is outside of supportedCilium, which ends below 1.21"));
  assert.ok(lines.includes(`podinfo ${pinned.podinfo}: 99.0.0 is newer`));
});

test("ranges that moved apart are a problem, and a minor that both took up is worth a line", async () => {
  const apart = await upstreamReport(answering({ "k8s-versions.md": linkerdPage("1.37", "1.38") }));
  assert.match(apart.problems.join("\n"), /^Kubernetes: .*nothing in common/);
  const dropped = await upstreamReport(answering({ "requirements.rst": requirements("1.35", "1.36") }));
  assert.deepEqual(dropped.problems, [
    "Kubernetes 1.33, 1.34: in supportedKubernetesMinors, and not in common",
    `Kubernetes ${pinned.kubernetes} is pinned, and not in common`,
  ]);
  const wider = await upstreamReport(answering({ "k8s-versions.md": linkerdPage("1.31", "1.36") }));
  assert.deepEqual(wider.problems, []);
  assert.ok(wider.lines.includes("Kubernetes 1.36 could be added to supportedKubernetesMinors"));
});

test("a node image that is not the pinned kind's is a problem", async () => {
  const body = `- \`${image.replace(/sha256:../, "sha256:00")}\``;
  const { problems } = await upstreamReport(
    answering({ "kubernetes-sigs/kind/releases/tags": JSON.stringify({ body }) }),
  );
  assert.match(problems.join("\n"), /^kindest\/node .* has sha256:00.* is pinned$/);
});

test("who does not answer is named once, with what to do, and the others are reported all the same", async () => {
  const answer = answering({});
  const { lines, problems } = await upstreamReport(async (url) => {
    if (url.includes("helm.linkerd.io")) throw new Error("getaddrinfo ENOTFOUND");
    return answer(url);
  });
  assert.equal(new Set(problems).size, 1, problems.join("\n"));
  assert.match(
    problems[0] ?? "",
    /^no answer from https:.*linkerd.*: getaddrinfo ENOTFOUND. Run it where the internet can be reached$/,
  );
  assert.ok(lines.some((line) => line.startsWith("Cilium")));
});

test("Linkerd's row is the one that covers the edge release, or the newest version's", () => {
  const page = linkerdPage("1.31", "1.35");
  assert.deepEqual(linkerdRange(page, "edge-24.12.1"), { from: "1.22", to: "1.31" });
  assert.deepEqual(linkerdRange(page, "edge-26.8.3"), { from: "1.31", to: "1.35" });
  const versions = ["| 2.20 | 1.31 | 1.35 |", "| 2.9 | 1.13 | 1.20 |", "| 2.19 | 1.29 | 1.34 |"].join("\n");
  assert.deepEqual(linkerdRange(versions, "edge-26.8.3"), { from: "1.31", to: "1.35" });
  assert.throws(() => linkerdRange("moved", "edge-26.8.3"), /no table that could be read/);
});

test("what cannot import lib/common/versions.ts says the same version of kind's provider", () => {
  const project = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));
  assert.deepEqual(project.packages.kind.parameters, ["tehcyx/kind", pinned.kindProvider]);
  assert.equal(
    JSON.parse(readFileSync(path.join(root, "sdks/kind/package.json"), "utf8")).version,
    pinned.kindProvider,
  );
});
