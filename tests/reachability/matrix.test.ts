import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, type EndpointMesh, type PortOfFlow, type Scenario, type Verdict } from "../../lib/reachability";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { cases } from "../oracle/generator";
import { evaluated } from "../oracle/oracle";
import { runs } from "../support/runs";
import { withMesh } from "../support/with-mesh";

const ASKED: readonly PortOfFlow[] = [
  { proto: "TCP", port: 8080 },
  { proto: "UDP", port: 53 },
  { proto: "TCP", port: 5432 },
  { proto: "ICMP", port: 8 },
];

const mesh = fc.option(
  fc.record({ injected: fc.boolean(), skipInboundPorts: fc.subarray([8080]), opaquePorts: fc.subarray([8080, 5432]) }),
  { nil: undefined },
);

/** Generated clusters, policies and flows, some of whose pods are meshed. */
const arbitrary = fc
  .tuple(
    cases,
    fc.array(mesh, { minLength: 10, maxLength: 10 }),
    fc.constantFrom(...Object.values(TransportMode)),
    fc.boolean(),
  )
  .map(([{ scenario, policies }, meshes, transportMode, asked]) => {
    const endpoints = scenario.endpoints.map((endpoint, index): Scenario["endpoints"][number] => {
      const own: EndpointMesh | undefined = meshes[index];
      return own === undefined ? endpoint : withMesh(endpoint, own);
    });
    const { flows, ...rest } = scenario;
    const whole: Scenario = { ...rest, endpoints, mesh: { transportMode }, ...(asked && flows && { flows }) };
    return { scenario: whole, reachability: compile(evaluated({ policies }), whole) };
  });

test("a matrix agrees with the single verdicts in every cell, on a mesh too", () => {
  const property = fc.property(arbitrary, ({ reachability }) => {
    const matrix = reachability.matrix(ASKED);
    let allowed = 0;
    for (const [from, fromId] of matrix.endpoints.entries()) {
      for (const [to, toId] of matrix.endpoints.entries()) {
        if (from === to) continue;
        for (const [place, port] of ASKED.entries()) {
          const verdict = reachability.verdict({ from: fromId, to: toId, ...port });
          assert.equal(matrix.allowed(from, to, place), verdict.allowed, JSON.stringify(verdict));
          assert.deepEqual(matrix.verdict(from, to, place), verdict);
          if (verdict.allowed) allowed += 1;
        }
      }
    }
    assert.equal(matrix.allowedCount, allowed);
  });
  fc.assert(property, { numRuns: runs(120), seed: 7 });
});

test("answers group the verdicts of all flows", () => {
  const text = (verdict: Verdict) => JSON.stringify(verdict, Object.keys({ ...verdict, ...verdict.wire }).sort());
  const property = fc.property(arbitrary, ({ reachability }) => {
    const spread = [...reachability.answers()].flatMap(({ from, verdict }) => {
      assert.equal(verdict.from, from[0]);
      return from.map((id) => text({ ...verdict, from: id }));
    });
    assert.deepEqual(spread.sort(), [...reachability.verdicts()].map(text).sort());
  });
  fc.assert(property, { numRuns: runs(240), seed: 11 });
});

test("sources of one class have the same verdict, for every target and port", () => {
  const property = fc.property(arbitrary, ({ scenario, reachability }) => {
    for (const { id: to } of [...scenario.endpoints, { id: "nobody" }]) {
      for (const port of [...ASKED, { proto: "IGMP", port: 1 }]) {
        const { kindOf, verdict: verdictOf } = reachability.sourceClasses(to, port);
        const verdicts = new Map<number, Verdict>();
        for (const [place, { id: from }] of scenario.endpoints.entries()) {
          if (from === to || to === "nobody") continue;
          const verdict = reachability.verdict({ from, to, ...port });
          const kind = kindOf[place] ?? -1;
          assert.deepEqual(verdictOf(kind, { from, to, ...port }), verdict);
          const first = verdicts.get(kind) ?? verdict;
          verdicts.set(kind, first);
          assert.deepEqual({ ...verdict, from: first.from }, first);
        }
      }
    }
  });
  fc.assert(property, { numRuns: runs(120), seed: 13 });
});
