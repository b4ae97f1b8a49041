import { writeFileSync } from "node:fs";
import path from "node:path";
import type { PolicyManifest } from "../../lib/cilium/api/policy";
import type { PageTraffic, SeenEdge, SeenGroup, SeenMark } from "../../lib/page/data";
import { compile } from "../../lib/reachability";
import { diffReachability } from "../../lib/reachability/diff";
import { pageData } from "../../lib/report/page/page-data";
import { pageHtml } from "../../lib/report/page/page-html";
import type { Scenario } from "../../lib/scenario/scenario";
import { cluster } from "../bench/cluster";

/** One state of a page, from policies without files. */
function state(name: string, scenario: Scenario, policies: readonly PolicyManifest[]) {
  const located = policies.map((manifest) => ({
    manifest,
    document: { file: "policies.yaml", value: manifest, position: () => ({ line: 1, column: 1 }) },
  }));
  return { name, scenario, policies: located, refused: [], problems: [], unseen: [] };
}

/** The page of a generated cluster: of one state, or of two, the second of which lacks some policies. */
export function pageOfSize(folder: string, size: number, without?: number): string {
  const { scenario, policies } = cluster(size);
  const file = path.join(folder, `${size}.html`);
  const before = state("main", scenario, policies);
  if (without === undefined) writeFileSync(file, pageHtml(pageData(`${size} workloads`, [before])));
  else {
    const after = policies.filter((_, index) => index % without !== 3);
    const difference = diffReachability(
      { scenario, reachability: compile(policies, scenario) },
      { scenario, reachability: compile(after, scenario) },
    );
    writeFileSync(
      file,
      pageHtml(pageData("main → branch", [before, state("branch", scenario, after)], { difference })),
    );
  }
  return file;
}

/** The page of a generated cluster with traffic: used, unused, and wanted but denied. */
export function trafficPage(folder: string): string {
  const { scenario, policies } = cluster(30);
  const edges = { allowed: [] as SeenEdge[], denied: [] as SeenEdge[] };
  for (const { from, to, proto, port, allowed } of compile(policies, scenario).verdicts())
    edges[allowed ? "allowed" : "denied"].push({ from, to, proto, port, words: "3 flows" });
  const group = (title: string, mark: SeenMark, state: SeenGroup["state"], own: SeenEdge[]) => ({
    ...{ title, mark, state, edges: own },
  });
  const seen: PageTraffic = {
    headline: "This would have denied 3 of 23 edges",
    groups: [
      group("Used, but would have been denied", "wanted", "denied", edges.denied.slice(0, 3)),
      group("Allowed but never used", "unused", "allowed", edges.allowed.slice(0, 12)),
      group("Allowed and used", "used", "allowed", edges.allowed.slice(12, 32)),
    ],
    blind: ["it was watched for an hour"],
  };
  const file = path.join(folder, "traffic.html");
  writeFileSync(
    file,
    pageHtml(pageData("30 workloads, and their traffic", [state("now", scenario, policies)], { seen })),
  );
  return file;
}

export const hostile = [
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(2)>",
  "<!--<script>",
  "]]>",
  '"><svg onload=alert(3)>',
  ["$", "{alert(4)}"].join(""),
  "\u202eevil\u2066",
  "javascript:alert(5)",
  "x".repeat(300),
];

/** A page in which every name is hostile. */
export function hostilePage(folder: string): string {
  const endpoints = hostile.map((name, place) => ({
    id: `${name}/${place}`,
    namespace: name,
    labels: { [name]: name },
    serviceAccount: name,
    ports: [{ name, port: 80 + place }],
  }));
  const policies = hostile.map(
    (name): PolicyManifest => ({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name, namespace: name },
      spec: {
        endpointSelector: {},
        description: name,
        ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }] }],
      },
    }),
  );
  const scenario: Scenario = {
    endpoints: endpoints.map(({ ports: _, ...rest }, place) => ({ ...rest, ports: [{ port: 80 + place }] })),
  };
  const own = state(hostile.join(" "), scenario, policies);
  const notes = hostile.map((message) => ({ code: "x", file: message, message }));
  const file = path.join(folder, "hostile.html");
  writeFileSync(file, pageHtml(pageData(hostile.join(" "), [{ ...own, problems: notes }], { warnings: hostile })));
  return file;
}
