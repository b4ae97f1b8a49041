import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { readFiles } from "../../lib/input/files/files";
import { evaluate, evaluateBoth } from "../../lib/manifests/evaluate";
import type { PageData } from "../../lib/page/data";
import type { Box } from "../../lib/page/engine/drawing";
import { PageEngine } from "../../lib/page/engine/engine";
import { layout } from "../../lib/page/engine/layout";
import { markOf } from "../../lib/page/engine/overlay";
import { pageData } from "../../lib/report/page/page-data";
import { seenOf } from "../../lib/report/page/seen";
import type { ReplayedEdge } from "../../lib/traffic/replay/report";
import { meshfenceShared } from "../support/meshfence";

const options = { namespace: "default" };
const fixture = (name: string) => {
  const folder = path.join(__dirname, "..", "cli", "fixtures", name);
  const files = readFiles([folder]).files.map(({ file, ...rest }) => ({
    ...rest,
    file: `${name}/${path.basename(file)}`,
  }));
  return manifestsOf(files, options);
};

test("names Linkerd's objects with file and line, and writes patches for their files", () => {
  const evaluated = evaluate(fixture("second-fence"), options);
  const data = pageData("shop", [{ ...evaluated, name: "now" }]);
  assert.deepEqual(
    data.sides[0]?.objects?.map(({ kind, name, file, line }) => `${kind} ${name} ${file}:${line}`),
    [
      "Server http second-fence/shop.yaml:16",
      "MeshTLSAuthentication clients second-fence/shop.yaml:21",
      "AuthorizationPolicy clients second-fence/shop.yaml:28",
    ],
  );
  const engine = new PageEngine(JSON.parse(JSON.stringify(data)));
  const flow = { from: "shop/job", to: "shop/cart", proto: "TCP", port: 8080 };
  const { linkerd } = engine.explain(0, flow);
  assert.deepEqual(linkerd?.objects[0]?.place, { file: "second-fence/shop.yaml", line: 16 });
  assert.match(engine.propose(0, flow).change?.patch ?? "", /^--- a\/second-fence\/shop\.yaml/);
});

test("a port that only Linkerd guards is not open to everybody", () => {
  const web = fixture("second-fence");
  // The account that the authentication names.
  for (const { endpoint } of web.workloads.filter((one) => one.endpoint.id === "shop/job"))
    endpoint.serviceAccount = "web";
  const evaluated = evaluate(web, options);
  const engine = new PageEngine(pageData("shop", [{ ...evaluated, name: "now" }]));
  const cart = evaluated.scenario.endpoints.findIndex(({ id }) => id === "shop/cart");
  const ports = engine.target(0, cart).ports;
  const guarded = ports.find(({ port }) => port === 8080);
  assert.ok(guarded);
  assert.ok(guarded.kinds.some(({ code }) => code === 1));
  assert.deepEqual(guarded.kinds.map(({ open }) => open).filter(Boolean), []);
});

test("names the rule that changed an edge, with file and line", () => {
  const { before, after } = evaluateBoth(fixture("before"), fixture("after"), options);
  const engine = new PageEngine(
    pageData("before → after", [
      { ...before, name: "before" },
      { ...after, name: "after" },
    ]),
  );
  const why = engine.changes().map(({ kind, change, why }) => `${kind} ${change.from} ${change.to}: ${why}`);
  assert.ok(
    why.includes("opened world shop/web: ingress: rule 1 of shop/web (after/policies.yaml:16) allows it"),
    why.join("\n"),
  );
});

test("frames of namespaces do not overlap, and contain their own boxes", () => {
  const box = (id: string, group: string, kind: Box["kind"] = "pod"): [string, Box] => [
    id,
    { id, label: id, group, kind, width: 120, height: 40, isOpen: false } as Box,
  ];
  const boxes = new Map([
    ...["a", "b", "c"].flatMap((group) => [1, 2].map((place) => box(`${group}/${place}`, group))),
    box("world", "", "outside" as Box["kind"]),
  ]);
  const drawn = [{ from: "world", to: "a/1", ports: new Set(["TCP 80"]), count: 1 }];
  const { frames, nodes } = layout(boxes, drawn as never, new Set(["a", "b", "c"]), undefined);
  assert.equal(frames.length, 3);
  const spans = frames.map(({ group, x, y, width, height }) => {
    const [top, bottom, left, right] = [y - height / 2, y + height / 2, x - width / 2, x + width / 2];
    for (const node of nodes.filter((one) => one.group === group)) {
      assert.ok(node.y - node.height / 2 > top + 15 && node.y + node.height / 2 < bottom, `${node.id} in ${group}`);
    }
    return { top, bottom, left, right };
  });
  assert.ok(spans.every(({ top }) => top >= 0));
  const outside = nodes
    .filter(({ kind }) => kind !== "pod")
    .map(({ x, y, width, height }) => {
      return { top: y - height / 2, bottom: y + height / 2, left: x - width / 2, right: x + width / 2 };
    });
  const all = [...spans, ...outside];
  for (const [place, one] of all.entries()) {
    for (const other of all.slice(place + 1)) {
      const apart =
        one.bottom <= other.top || other.bottom <= one.top || one.right <= other.left || other.right <= one.left;
      assert.ok(apart, JSON.stringify([one, other]));
    }
  }
});

test("the page of a replay shows used traffic that would be denied, with a link to the edge", async () => {
  const folder = path.join(__dirname, "..", "docs", "fixtures");
  const args = ["replay", "before", "--traffic", "traffic/flows.jsonl", "--format"];
  const [html, json] = await Promise.all(
    ["html", "json"].map((format) => meshfenceShared([...args, format], { cwd: folder })),
  );
  const { denied } = JSON.parse(json?.stdout ?? "");
  assert.ok(denied.length > 0, "the recording has something that would be denied");
  const page = html?.stdout ?? "";
  const data = /<script[^>]*type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
  const { seen } = JSON.parse(data) as PageData;
  assert.match(seen?.headline ?? "", /^This change would have denied \d+ of /);
  const [first] = seen?.groups ?? [];
  assert.deepEqual([first?.title, first?.state], ["Used, but would have been denied", "denied"]);
  const names = (edges: readonly { from: string; to: string }[] = []) => edges.map(({ from, to }) => `${from} ${to}`);
  const passed = denied.filter(({ was }: { was: string }) => was !== "denied");
  assert.deepEqual(names(first?.edges), names(passed));
  assert.match(first?.edges[0]?.words ?? "", /flow/);
});

test("overlays recorded traffic: used, unused and wanted edges, and the count of traffic without a box", () => {
  const pod = (name: string) => ({
    id: `shop/${name}`,
    namespace: "shop",
    labels: { app: name },
    ports: [{ port: 80 }, { port: 81 }],
  });
  const manifest = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "api", namespace: "shop" },
    spec: {
      endpointSelector: { matchLabels: { app: "api" } },
      ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }, { matchLabels: { app: "job" } }] }],
    },
  } as const;
  const state = {
    name: "now",
    policies: [{ manifest, document: { file: "a.yaml", value: manifest, position: () => ({ line: 1, column: 1 }) } }],
    scenario: { endpoints: ["web", "api", "job", "spy", "open"].map(pod) },
    refused: [],
    problems: [],
    unseen: [],
  } as unknown as Parameters<typeof pageData>[1][number];
  const edge = (from: string, to: string, port: number, more: Partial<ReplayedEdge> = {}): ReplayedEdge => ({
    ...{ from: `shop/${from}`, to: `shop/${to}`, port, protocol: "TCP", layer: "cilium", by: [], flows: 1 },
    was: "passed",
    ...more,
  });
  const seen = seenOf({
    flows: 9,
    edges: 5,
    denied: [edge("spy", "api", 80), edge("spy", "api", 81, { was: "denied" })],
    unknown: [edge("spy", "open", 80, { to: "api.example.com (192.0.2.7)" })],
    allowed: [edge("web", "api", 80), edge("web", "open", 80)],
    unused: [edge("web", "api", 81), edge("job", "api", 80)],
    blind: [],
    lost: [],
    passedOver: [],
    addedByTraffic: [],
  } as unknown as Parameters<typeof seenOf>[0]);
  const engine = new PageEngine(pageData("shop", [state], { seen }));
  const graph = (traffic: boolean) => {
    const { edges, unplaced } = engine.graph(0, { unfolded: ["shop"], traffic });
    const arrows = edges.map(({ from, to, seen }) => [`${from} ${to}`.replaceAll("shop/", ""), markOf(seen), seen]);
    return { unplaced, arrows: arrows.sort() };
  };
  assert.deepEqual(graph(true), {
    unplaced: 1,
    arrows: [
      ["job api", "unused", { unused: ["TCP 80"] }],
      ["spy api", "wanted", { wanted: ["TCP 80", "TCP 81"] }],
      // Partly used: the text lists the ports separately.
      ["web api", "used", { used: ["TCP 80"], unused: ["TCP 81"] }],
      // No policy guards it, so only its traffic makes it an arrow.
      ["web open", "used", { used: ["TCP 80"] }],
    ],
  });
  assert.deepEqual(graph(false), {
    unplaced: 0,
    arrows: [
      ["job api", undefined, undefined],
      ["web api", undefined, undefined],
    ],
  });
});
