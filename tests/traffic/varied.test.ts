import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { learn } from "../../lib/traffic/learn/learn";
import type { Party } from "../../lib/traffic/party";
import type { PolicyState } from "../../lib/traffic/policy-state";
import { EdgeJudge, replay } from "../../lib/traffic/replay/replay";
import type { Traffic } from "../../lib/traffic/traffic";
import { runs } from "../support/runs";
import { judge, withoutOneRule } from "./generated";
import { nameOf, trafficOf } from "./lines";
import { anyVaried, manifestsOf, recorded, recordingOf, type Varied } from "./varied";

/** The edges without their example, which may be any of their flows. */
const edgesOf = ({ edges }: Traffic) =>
  edges.map(({ example: _, from, to, ...counts }) => ({ from: from.id, to: to.id, ...counts }));

test("the edges are the same for any order of lines, spread over any files", async () => {
  await fc.assert(
    fc.asyncProperty(anyVaried, fc.nat(), fc.nat(), async (input, seed, place) => {
      const { lines, metrics } = recordingOf(input);
      const expected = edgesOf(await recorded(input));
      const shuffled = [...lines].sort((a, b) => scattered(a, seed) - scattered(b, seed));
      const cut = place % (lines.length + 1);
      // Rotated files, whose names and arguments are not in order of time.
      const rotated = { "b.jsonl": lines.slice(0, cut).join("\n"), "a.jsonl": lines.slice(cut).join("\n") };
      for (const files of [{ "flows.jsonl": shuffled.join("\n") }, rotated]) {
        const filled = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ""));
        assert.deepEqual(edgesOf(await trafficOf({ ...metrics, ...filled })), expected);
      }
    }),
    { numRuns: runs(20) },
  );
});

function scattered(text: string, seed: number): number {
  let value = seed | 1;
  for (let place = 0; place < text.length; place += 3) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
  return value >>> 0;
}

test("counts what is recorded twice only once", async () => {
  await fc.assert(
    fc.asyncProperty(anyVaried, async (input) => {
      const { lines, metrics } = recordingOf(input);
      const flows = lines.join("\n");
      const twice = await trafficOf({ "a.jsonl": flows, "b.jsonl": flows, ...metrics });
      const once = await recorded(input);
      assert.deepEqual([edgesOf(twice), twice.lost], [edgesOf(once), once.lost]);
    }),
    { numRuns: runs(10) },
  );
});

test("after learning beside Servers, deny policies and named ports, replay denies only what nothing can admit", async () => {
  await fc.assert(
    fc.asyncProperty(anyVaried, async (input) => {
      const traffic = await recorded(input);
      const before = judge(manifestsOf(input));
      const learned = learn(traffic, before);
      // Edges that policies began to deny are not admitted again.
      const cut = traffic.edges.filter(({ deniedSince }) => deniedSince !== undefined);
      assert.deepEqual([learned.problems, learned.notCovered.length], [[], cut.length]);
      const after = withLearned(before, learned);
      const passed = traffic.edges.filter((edge) => edge.passed > 0 && !cut.includes(edge));
      const report = replay({ ...traffic, edges: passed }, after);
      assert.deepEqual(report.unknown, []);
      const hopeless = passed.filter((edge) => isHopeless(edge, input));
      assert.deepEqual(
        report.denied.map(({ from, to, protocol, port }) => `${from} -> ${to} ${protocol} ${port}`).sort(),
        hopeless.map(nameOf).sort(),
      );
      assert.equal(learned.proof.denied.length, hopeless.length);
      const whole = new EdgeJudge(traffic, after);
      const isCut = (judge: EdgeJudge, edge: Traffic["edges"][number]) => {
        const { state, layer } = judge.judge(edge);
        return state === "denied" && layer === "cilium";
      };
      // Cilium's half still needs rules for edges that only a Server refuses.
      const admitted = passed.filter((edge) => !isCut(whole, edge));
      for (const { rule, needed, left } of withoutOneRule(learned)) {
        const less = new EdgeJudge(traffic, withLearned(before, { ...learned, policies: left }));
        if (needed)
          assert.ok(
            admitted.some((edge) => isCut(less, edge)),
            `nothing needs ${rule}`,
          );
      }
    }),
    {
      numRuns: runs(20),
      // Only the Server refuses outside clients.
      examples: [
        [
          {
            ...{ hidden: true, ipv6: true, meshed: [true, true, false, false], lost: false, policies: [] },
            calls: [{ from: 5, to: 0, port: 5432, protocol: "TCP", also: [], denied: false }],
            servers: [{ of: 0, port: 5432, admits: false }],
          },
        ],
      ],
    },
  );
});

const isMeshed = ({ labels }: Party) => labels?.["linkerd.io/control-plane-ns"] !== undefined;

type Made = Pick<ReturnType<typeof learn>, "policies" | "authorizations">;

function withLearned(state: PolicyState, { policies, authorizations }: Made): PolicyState {
  const replaced = new Set(policies.flatMap(({ changes }) => changes ?? []));
  const objects = authorizations.flatMap((one) => one.objects);
  return {
    ...state,
    policies: [...state.policies.filter((one) => !replaced.has(one)), ...policies.map(({ manifest }) => manifest)],
    authorization: { ...state.authorization, objects: [...(state.authorization?.objects ?? []), ...objects] },
  };
}

/** Edges that no additional policy can admit: on a port that is denied to all, and of a client without an account at a Server. */
function isHopeless({ from, to, protocol, port, wire }: Traffic["edges"][number], input: Varied): boolean {
  const of = Number(to.id.slice(-1));
  if (to.kind !== "workload") return false;
  if (input.policies.some((one) => one.of === of && one.denies) && wire === 9090) return true;
  const isServer = input.servers.some((one) => one.of === of && one.port === port);
  return protocol === "TCP" && isServer && [from, to].map(isMeshed).join() === "false,true";
}
