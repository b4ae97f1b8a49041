import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { chartLocation, chartSourceProblems } from "../../lib/artifacts/charts";

const folder = mkdtempSync(path.join(tmpdir(), "charts-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, "cilium-1.20.2.tgz"), "");
mkdirSync(path.join(folder, "linkerd-crds"));

test("a chart comes from its project, a repository, a registry or a folder", () => {
  const from = (charts?: { folder?: string; repository?: string }) =>
    chartLocation("cilium", "1.20.2", charts === undefined ? {} : { charts });
  const helm = (repo: string) => ({ chart: "cilium", version: "1.20.2", repositoryOpts: { repo } });
  assert.deepEqual(from(), helm("https://helm.cilium.io/"));
  assert.deepEqual(from({ repository: "https://charts.example.com" }), helm("https://charts.example.com"));
  const oci = { chart: "oci://registry.example.com/charts/cilium", version: "1.20.2" };
  assert.deepEqual(from({ repository: "oci://registry.example.com/charts/" }), oci);
  assert.deepEqual(from({ folder }), { chart: `${folder}/cilium-1.20.2.tgz` });
  assert.deepEqual(chartLocation("linkerd-crds", "2026.8.3", { charts: { folder } }), {
    chart: `${folder}/linkerd-crds`,
  });
});

test("reports charts that are missing in a folder, with the command that gets them", () => {
  const charts = [
    { chart: "cilium", version: "1.20.2" },
    { chart: "cilium", version: "1.19.0" },
    { chart: "linkerd-viz", version: "2026.8.3" },
  ] as const;
  const problems = chartSourceProblems(charts, { charts: { folder } });
  assert.deepEqual(
    problems.map(({ message }) => message.replaceAll(folder, "charts")),
    [
      "the chart cilium 1.19.0 is not there (looked for charts/cilium-1.19.0.tgz and charts/cilium)",
      "the chart linkerd-viz 2026.8.3 is not there (looked for charts/linkerd-viz-2026.8.3.tgz and charts/linkerd-viz)",
    ],
  );
  assert.match(
    problems[1]?.fix ?? "",
    /helm pull linkerd-viz --repo https:\/\/helm\.linkerd\.io\/edge --version 2026\.8\.3/,
  );
});

test("reports an unpacked chart of another version", () => {
  const wanted = [{ chart: "linkerd-crds", version: "2026.8.3" }] as const;
  writeFileSync(path.join(folder, "linkerd-crds", "Chart.yaml"), "name: linkerd-crds\nversion: 2025.1.1\n");
  const [problem] = chartSourceProblems(wanted, { charts: { folder } });
  assert.match(problem?.message ?? "", /linkerd-crds holds version 2025\.1\.1 of the chart, and 2026\.8\.3 is wanted/);
  writeFileSync(path.join(folder, "linkerd-crds", "Chart.yaml"), 'version: "2026.8.3"\n');
  assert.deepEqual(chartSourceProblems(wanted, { charts: { folder } }), []);
});

test("refuses a folder beside a repository, and a repository without a valid address", () => {
  const problems = chartSourceProblems([], { charts: { folder, repository: "charts.example.com" } });
  assert.deepEqual(
    problems.map(({ path }) => path),
    [
      ["artifacts", "charts"],
      ["artifacts", "charts", "repository"],
    ],
  );
});
