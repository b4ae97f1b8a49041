import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule } from "../../../lib/cilium/api/policy";
import { applyEdits, compile, Explainer, type PolicySource } from "../../../lib/reachability";
import { diffReachability, edgesOf, type Side } from "../../../lib/reachability/diff";
import { proposeUndoing } from "../../../lib/reachability/explain/change";
import { evaluatedOf } from "../../../lib/reachability/explain/sources";
import { standsForWords } from "../../../lib/scenario/port-group";
import type { Flow, Scenario } from "../../../lib/scenario/scenario";
import { runs } from "../../support/runs";
import { sampledCases } from "../recorded";

const scenario: Scenario = {
  endpoints: [
    { id: "shop/web", namespace: "shop", labels: { app: "web" }, ports: [{ port: 8080 }, { port: 9090 }] },
    { id: "shop/api", namespace: "shop", labels: { app: "api" }, ports: [{ port: 80 }] },
    { id: "world", reserved: ["world"], ports: [{ port: 443 }] },
    { id: "host", reserved: ["host"] },
  ],
};
const web = (spec: Rule): PolicySource[] => [
  {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "web", namespace: "shop" },
    spec: { endpointSelector: { matchLabels: { app: "web" } }, ...spec },
  } as PolicySource,
];
const sideOf = (sources: readonly PolicySource[], within: Scenario): Side => ({
  scenario: within,
  reachability: compile(sources.map(evaluatedOf), within),
});

/** Undoes what opened, or closed, between two ends, and compares with the state before. */
function undone(
  before: readonly PolicySource[],
  after: readonly PolicySource[],
  list: "opened" | "closed",
  [from, to]: readonly [string, string] = ["world", "shop/web"],
  within = scenario,
  isMeant: (flow: Flow) => boolean = () => true,
) {
  const [was, is] = [sideOf(before, within), sideOf(after, within)];
  const ends = { from: new Set([from]), to: new Set([to]) };
  const flows = [...edgesOf(diffReachability(was, is, ends)[list])].filter(isMeant);
  const explainer = new Explainer(after, within);
  const change = proposeUndoing(explainer, flows as unknown as [Flow, ...Flow[]], was);
  if (change === undefined) return undefined;
  const edited = applyEdits(after, change.edits);
  const left = diffReachability(was, sideOf(edited, within), ends);
  const spec = (edited[0]?.spec ?? {}) as Rule;
  return { change, spec, left, words: change.edits.map(({ words }) => words), flows };
}

const tcp = (port: string, endPort?: number) => [
  { ports: [{ port, ...(endPort && { endPort }), protocol: "TCP" as const }] },
];

test("takes a peer that got every port out of the rule, without leaving a port", () => {
  const told = undone(
    web({ ingress: [{ fromEntities: ["host"] }] }),
    web({ ingress: [{ fromEntities: ["world", "host"] }] }),
    "opened",
  );
  assert.deepEqual(
    told?.flows.map(({ port, standsFor }) => (standsFor === undefined ? port : standsForWords(standsFor))),
    [8080, 9090, "any other port or protocol"],
  );
  assert.deepEqual(told?.words, ["take world out of rule 1 of shop/web"]);
  assert.deepEqual(told?.spec.ingress, [{ fromEntities: ["host"] }]);
  assert.deepEqual([told?.left.opened, told?.change.opens, told?.change.closes], [[], [], []]);
});

test("keeps open what was open before, or reports that it closes", () => {
  const before = web({ ingress: [{ fromEntities: ["world"], toPorts: tcp("53") }] });
  const beside = undone(
    before,
    web({ ingress: [{ fromEntities: ["world"], toPorts: tcp("53") }, {}, { fromEntities: ["world"] }] }),
    "opened",
  );
  assert.deepEqual([beside?.left.opened, beside?.left.closed, beside?.change.closes], [[], [], []]);
  // No rule can express every port but 53, so taking out the whole peer also closes 53.
  const within = undone(before, web({ ingress: [{ fromEntities: ["world"] }] }), "opened");
  assert.deepEqual(within?.left.opened, []);
  const lost = within?.left.closed.map(({ proto, port }) => `${proto} ${port}`);
  assert.deepEqual(lost, ["TCP 53"]);
  assert.deepEqual(
    within?.change.closes.map(({ proto, port }) => `${proto} ${port}`),
    lost,
  );
});

test("cuts a range back to its former size, and takes the ports of several rows out together", () => {
  const before = web({ ingress: [{ fromEntities: ["world"], toPorts: tcp("70", 90) }] });
  const grown = undone(before, web({ ingress: [{ fromEntities: ["world"], toPorts: tcp("70", 100) }] }), "opened");
  assert.deepEqual(grown?.spec.ingress, [
    { fromEntities: ["world"], toPorts: [{ ports: [{ port: "70", endPort: 90, protocol: "TCP" }] }] },
  ]);
  assert.deepEqual(grown?.words, ["take TCP 91-100 out of rule 1 of shop/web"]);
  const two = {
    ports: [...(tcp("8080")[0]?.ports ?? []), ...(tcp("9090")[0]?.ports ?? []), ...(tcp("53")[0]?.ports ?? [])],
  };
  const more = undone(
    web({ ingress: [{ fromEntities: ["world"], toPorts: tcp("53") }] }),
    web({ ingress: [{ fromEntities: ["world"], toPorts: [two] }] }),
    "opened",
  );
  assert.deepEqual(more?.spec.ingress, [{ fromEntities: ["world"], toPorts: tcp("53") }]);
  assert.deepEqual([more?.flows.length, more?.change.edits.length, more?.change.closes], [2, 1, []]);
});

test("opens what closed with one rule for all its ports, or without ports if it was every port", () => {
  const ports = [...tcp("8080"), ...tcp("9090")];
  const two = undone(
    web({ ingress: [{ fromEntities: ["world"], toPorts: ports }] }),
    web({ ingress: [{ fromEntities: ["host"] }] }),
    "closed",
  );
  assert.deepEqual(two?.left.closed, []);
  assert.deepEqual(two?.spec.ingress?.[1], {
    fromEntities: ["world"],
    toPorts: [
      {
        ports: [
          { port: "8080", protocol: "TCP" },
          { port: "9090", protocol: "TCP" },
        ],
      },
    ],
  });
  const all = undone(
    web({ ingress: [{ fromEntities: ["world"] }] }),
    web({ ingress: [{ fromEntities: ["host"], toPorts: tcp("8080") }] }),
    "closed",
  );
  assert.deepEqual(all?.spec.ingress?.[1], { fromEntities: ["world"] });
  assert.deepEqual([all?.left.closed, all?.left.opened, all?.change.opens], [[], [], []]);
});

test("reports rows that are undone along with the wanted ones", () => {
  const [before, after] = [
    web({ ingress: [{}] }),
    web({ ingress: [{ fromEntities: ["world"], toPorts: [...tcp("8080"), ...tcp("9090")] }] }),
  ];
  const one = undone(before, after, "opened", undefined, undefined, ({ port }) => port === 8080);
  assert.deepEqual(one?.spec.ingress, [{ fromEntities: ["world"], toPorts: tcp("9090") }]);
  assert.deepEqual([one?.left.opened.map(({ port }) => port), one?.change.closes], [[9090], []]);
});

test("undoes all that opened or closed between two ends of random states, and reports side effects", () => {
  let count = 0;
  for (const { scenario: given, policies } of sampledCases().slice(0, Math.max(10, runs(10)))) {
    const { flows: _, ...within } = given;
    const after = policies as unknown as PolicySource[];
    const before = after.slice(1);
    const [was, is] = [sideOf(before, within), sideOf(after, within)];
    const diff = diffReachability(was, is);
    for (const list of ["opened", "closed"] as const) {
      const row = diff[list][0];
      if (row === undefined) continue;
      const told = undone(before, after, list, [row.from[0] ?? "", row.to], within);
      assert.ok(told, JSON.stringify({ row, policies }));
      count++;
      const { left, change, flows } = told;
      assert.deepEqual(left[list], [], JSON.stringify({ flows, edits: change.edits }));
      const other = list === "opened" ? "closed" : "opened";
      const key = ({ proto, port, to }: { proto: string; port: number; to: string }) => `${to} ${proto} ${port}`;
      const known = new Set(
        diffReachability(was, is, { from: new Set([row.from[0] ?? ""]), to: new Set([row.to]) })[other].map(key),
      );
      const said = new Set([...change.opens, ...change.closes].map(key));
      for (const lost of left[other])
        assert.ok(said.has(key(lost)) || known.has(key(lost)), `in silence: ${key(lost)}`);
    }
  }
  assert.ok(count > 2, `${count}`);
});
