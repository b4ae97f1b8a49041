import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TransportMode } from "../../lib/mesh/transport";
import { compile, type EndpointMesh, type PortOfFlow, type Scenario } from "../../lib/reachability";
import { cluster, PORTS } from "../bench/cluster";
import { cases } from "../oracle/generator";

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

test("a matrix says of every cell what the single verdict says, on a mesh too", () => {
  const arbitrary = fc.tuple(
    cases,
    fc.array(mesh, { minLength: 10, maxLength: 10 }),
    fc.constantFrom(...Object.values(TransportMode)),
  );
  const property = fc.property(arbitrary, ([{ scenario, policies }, meshes, transportMode]) => {
    const endpoints = scenario.endpoints.map((endpoint, index): Scenario["endpoints"][number] => {
      const own: EndpointMesh | undefined = meshes[index];
      return own === undefined || endpoint.namespace === undefined ? endpoint : { ...endpoint, mesh: own };
    });
    const reachability = compile(policies, { ...scenario, endpoints, mesh: { transportMode } });
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
  fc.assert(property, { numRuns: 60, seed: 7 });
});

test("the sandbox's matrix takes less than 20 ms", () => {
  const { scenario, policies } = cluster(12);
  compile(policies, scenario).matrix(PORTS);
  const before = process.cpuUsage();
  compile(policies, scenario).matrix(PORTS);
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1000 < 20, `${(user + system) / 1000} ms of CPU`);
});
