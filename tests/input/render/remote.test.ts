import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { findTools } from "../../../lib/input/render/tools/tool";
import { deployment, endpointsOf, read, repository, withHelm } from "./support";

const { helm } = findTools();
const asked: string[] = [];
/** Exists for all tests of this file. */
const charts = mkdtempSync(path.join(tmpdir(), "meshfence-charts-"));
let server: Server;
let address = "";

before(() => {
  if (helm === undefined) return;
  const source = repository({
    "app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.2.3\n",
    "app/values.yaml": "name: none\n",
    "app/templates/web.yaml": deployment("{{ .Values.name }}"),
  });
  execFileSync(helm.file, ["package", path.join(source, "app"), "--destination", charts], { stdio: "ignore" });
  execFileSync(helm.file, ["repo", "index", charts], { stdio: "ignore" });
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    try {
      response.end(readFileSync(path.join(charts, path.basename(url))));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      resolve();
    });
  });
});

after(() => {
  server?.close();
  rmSync(charts, { recursive: true });
});

const sources: Readonly<Record<string, () => string>> = {
  "a HelmRelease of Flux": () => `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: shop}
spec: {url: "${address}"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: shop}
spec:
  chart: {spec: {chart: app, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}}
  values: {name: web}
`,
  "an Application of Argo CD": () => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: "${address}", chart: app, targetRevision: 1.2.3, helm: {valuesObject: {name: web}}}
`,
};

for (const [what, text] of Object.entries(sources)) {
  test(`fetches the chart of ${what} with --render remote, and only then`, withHelm, async () => {
    const root = repository({ "all.yaml": text() });
    asked.length = 0;
    const without = await read(root);
    assert.deepEqual(asked, []);
    assert.deepEqual(
      without.unseen.map(({ reason }) => reason),
      ["its chart is not in the repository, and nothing is fetched"],
    );
    assert.deepEqual(endpointsOf(without), []);
    const fetched = await read(root, "remote");
    assert.deepEqual(endpointsOf(fetched), ["shop/web"]);
    assert.deepEqual(fetched.unseen, []);
    assert.deepEqual(asked, ["/index.yaml", "/app-1.2.3.tgz"]);
  });
}

test("a chart that its repository does not have is reported as not seen, with helm's own error", withHelm, async () => {
  const text = sources["a HelmRelease of Flux"]?.().replace("version: 1.2.3", "version: 9.9.9") ?? "";
  const { unseen, workloads } = await read(repository({ "all.yaml": text }), "remote");
  assert.deepEqual(workloads, []);
  assert.equal(unseen[0]?.object, "HelmRelease shop/app");
  assert.match(unseen[0]?.detail ?? "", /9\.9\.9/);
});
