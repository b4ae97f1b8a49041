/** Checks the policies that `learn` derives from traffic with Cilium's own engine: they allow all of it, and without any one rule some is denied. */

import path from "node:path";
import fc from "fast-check";
import type { EvaluatedPolicy, PolicyManifest } from "../../lib/cilium/api/policy";
import { learn } from "../../lib/traffic/learn/learn";
import type { PolicyState } from "../../lib/traffic/policy-state";
import { readTraffic } from "../../lib/traffic/read";
import { EdgeJudge, nameOf } from "../../lib/traffic/replay/replay";
import { portOnWire } from "../../lib/traffic/replay/wire";
import type { Traffic } from "../../lib/traffic/traffic";
import { anyTraffic, existingPolicies, generated, judge, withoutOneRule } from "../traffic/generated";
import { recordings } from "../traffic/lines";
import { anyVaried, manifestsOf, recorded } from "../traffic/varied";
import type { Case, Oracle } from "./oracle";

export interface LearnedCount {
  edges: number;
  rules: number;
  /** The first difference from Cilium. */
  problem?: string;
}

/** Generated traffic, with policies that some of the workloads already have. */
export const judgeGenerated = (oracle: Oracle, seed: number, numRuns: number): Promise<LearnedCount> =>
  judgeEach(oracle, fc.sample(anyTraffic, { seed, numRuns }), generated, existingPolicies);

/** Generated recordings with runs of a CronJob, reused addresses and denials, with Servers and policies. Cilium's engine checks its half. */
export const judgeVaried = (oracle: Oracle, seed: number, numRuns: number): Promise<LearnedCount> =>
  judgeEach(oracle, fc.sample(anyVaried, { seed, numRuns }), recorded, manifestsOf);

async function judgeEach<T>(
  oracle: Oracle,
  inputs: readonly T[],
  trafficOf: (input: T) => Promise<Traffic>,
  manifestsOf: (input: T) => string,
): Promise<LearnedCount> {
  const sum: LearnedCount = { edges: 0, rules: 0 };
  for (const input of inputs) {
    await judgeLearned(oracle, await trafficOf(input), judge(manifestsOf(input)), sum);
    if (sum.problem !== undefined) return { ...sum, problem: `${sum.problem}\nof ${JSON.stringify(input)}` };
  }
  return sum;
}

/** The recordings of both modes, each phase. */
export async function judgeRecordings(oracle: Oracle): Promise<LearnedCount> {
  const sum: LearnedCount = { edges: 0, rules: 0 };
  for (const mode of ["transparent", "transport-header"]) {
    for (const files of [
      ["phase-0.flows.jsonl.gz", "metrics"],
      ["phase-1.flows.jsonl.gz"],
      ["phase-2.flows.jsonl.gz"],
    ]) {
      const traffic = await readTraffic(files.map((file) => path.join(recordings, mode, file)));
      await judgeLearned(oracle, traffic, judge(), sum);
      if (sum.problem !== undefined) return { ...sum, problem: `${sum.problem}\nof ${mode} ${files.join(", ")}` };
    }
  }
  return sum;
}

/** Asks about every admitted edge, on the port of its packets. A name has several endpoints, one per address, of which one has to be allowed. */
async function judgeLearned(oracle: Oracle, traffic: Traffic, state: PolicyState, sum: LearnedCount): Promise<void> {
  const learned = learn(traffic, state);
  const replaying = new EdgeJudge(traffic, state);
  const { parties: places, mode, observedMode: seen } = replaying;
  const notCovered = new Set(learned.notCovered.map(({ edge }) => edge));
  // Nothing allows what a policy denies explicitly. Cilium's half still allows what only a Server refuses.
  const denied = new Set(
    learned.proof.denied
      .filter(({ layer }) => layer === "cilium")
      .map((edge) => `${edge.from} -> ${edge.to} ${edge.protocol} ${edge.port}`),
  );
  const edges = traffic.edges.filter(
    (edge) =>
      (edge.passed > 0 || edge.audited > 0) &&
      !denied.has(`${nameOf(edge.from)} -> ${nameOf(edge.to)} ${edge.protocol} ${edge.port ?? "unknown"}`) &&
      !notCovered.has(`${edge.from.id} → ${edge.to.id} ${edge.protocol} ${edge.port ?? edge.wire ?? "unknown"}`),
  );
  const flows = edges.map((edge) =>
    places.endpointsOf(edge.from).flatMap((from) =>
      places.endpointsOf(edge.to).map((to) => ({
        from: from.id,
        to: to.id,
        proto: edge.protocol === "ICMPv4" ? "ICMP" : edge.protocol,
        port: portOnWire(edge, from, to, mode, seen) ?? 0,
      })),
    ),
  );
  // Packets are judged as recorded, without deriving anything from which pods have a proxy.
  const { mesh: _, ...scenario } = places.scenario;
  const endpoints = scenario.endpoints.map(({ mesh: __, ...endpoint }) => endpoint);
  const deniedUnder = async (policies: readonly (PolicyManifest | EvaluatedPolicy)[]): Promise<string[]> => {
    const asked = { scenario: { ...scenario, endpoints, flows: flows.flat() }, policies: [...policies] } as Case;
    const { results, refused, error } = await oracle.ask(asked);
    if (error !== undefined || (refused ?? []).length > 0) return [`error: ${error ?? JSON.stringify(refused)}`];
    let place = 0;
    return flows.flatMap((alternatives) => {
      const answers = alternatives.map(() => results?.[place++]);
      const [first] = answers;
      if (answers.length > 0 && answers.every((answer) => answer?.allowed !== true))
        return [`${first?.from} -> ${first?.to} ${first?.proto} ${first?.port}: ${first?.egress}, ${first?.ingress}`];
      return [];
    });
  };
  const replaced = new Set(learned.policies.flatMap(({ changes }) => changes ?? []));
  const kept = state.policies.filter((policy) => !replaced.has(policy));
  const stillDenied = await deniedUnder([...kept, ...learned.policies.map(({ manifest }) => manifest)]);
  sum.edges += edges.length;
  if (stillDenied.length > 0) sum.problem = `denied although learnt:\n${stillDenied.join("\n")}`;
  for (const { rule, needed, left } of withoutOneRule(learned)) {
    if (!needed || sum.problem !== undefined) continue;
    sum.rules++;
    const without = await deniedUnder([...kept, ...left.map(({ manifest }) => manifest)]);
    if (without.length === 0) sum.problem = `nothing needs ${rule}`;
  }
}
