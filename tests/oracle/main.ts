/**
 * Compares the engine with Cilium's own: for random cases from a fixed and from a fresh seed, for the changes that `explain` proposes in such cases,
 * and for every policy in Cilium's Go module. Also compares the fields of manifests with its CRDs. tests/oracle/run builds the oracle and calls this
 * with the module's folder.
 *
 * MESHFENCE_SEED repeats a run's fresh seed; MESHFENCE_RUNS sets how many cases each seed gets.
 */

import fc from "fast-check";
import { judgeChange, type Outcome } from "../reachability/explain/judged";
import { compareWith, report } from "./compare";
import { corpus } from "./corpus";
import { outdatedSchemas } from "./crd-shape";
import { type FuzzResult, fuzz, uncovered } from "./fuzz";
import { cases } from "./generator";
import { checkKubectl } from "./kubectl";
import { judgeGenerated, judgeRecordings, judgeVaried } from "./learned";
import { type Case, Oracle } from "./oracle";
import { settingsCases } from "./settings-generator";
import { tieredCases } from "./tiers-generator";

const FIXED_SEED = 1_202;
const FRESH_SEED = Number(process.env.MESHFENCE_SEED ?? Math.floor(Date.now() / 1000));
/** The number of cases, with 85 flows each on average. */
const RUNS = Number(process.env.MESHFENCE_RUNS ?? 2_000);
const LEAST_FLOWS = 200_000;
const LEAST_SCENARIOS = 2_000;

let passed = 0;
let failed = 0;

function check(what: string, problem: string | undefined): void {
  if (problem === undefined) passed += 1;
  else failed += 1;
  process.stdout.write(
    `${problem === undefined ? "ok" : "not ok"} - ${what}${problem === undefined ? "" : `\n${problem}`}\n`,
  );
}

/** The agent's settings, and pods of other clusters. */
async function checkSettings(oracle: Oracle, kind: string, seed: number): Promise<void> {
  const { scenarios, flows, mismatch } = await fuzz(oracle, seed, RUNS, settingsCases);
  check(`settings, ${kind} seed ${seed}: ${flows} flows over ${scenarios} scenarios`, mismatch);
}

/** ClusterNetworkPolicies, with their tiers, beside the others. */
async function checkTiers(oracle: Oracle, seed: number): Promise<void> {
  const { scenarios, flows, ambiguous, mismatch } = await fuzz(oracle, seed, RUNS, tieredCases);
  check(
    `tiers seed ${seed}: ${flows} flows over ${scenarios} scenarios, with rule names that vary in ${ambiguous}`,
    mismatch,
  );
}

async function checkSeed(oracle: Oracle, kind: string, seed: number): Promise<FuzzResult> {
  const result = await fuzz(oracle, seed, RUNS);
  const { scenarios, flows, ambiguous, mismatch } = result;
  check(
    `${kind} seed ${seed}: ${flows} flows over ${scenarios} scenarios, with rule names that vary in ${ambiguous}`,
    mismatch,
  );
  if (mismatch === undefined) {
    const missed = uncovered(result);
    check(`${kind} seed ${seed}: every corner is reached`, missed.length > 0 ? missed.join("\n") : undefined);
  }
  return result;
}

/** The changes that `explain` proposes, as Cilium's own engine sees them. */
async function checkChanges(oracle: Oracle, seed: number): Promise<void> {
  const counts: Record<Outcome, number> = { opened: 0, closed: 0, unknown: 0, impossible: 0, none: 0 };
  let mismatch: string | undefined;
  const asked = fc.sample(cases, { seed, numRuns: Math.ceil(RUNS / 10) }).filter(isSteady);
  for (const [place, one] of asked.entries()) {
    const flows = (one.scenario.flows ?? []).filter((_, index) => index % 23 === place % 23);
    for (const flow of flows) {
      try {
        const outcome = await judgeChange(one, flow, async (changed) => (await oracle.ask(changed)).results ?? []);
        counts[outcome]++;
      } catch (error) {
        mismatch ??= error instanceof Error ? error.message : String(error);
      }
    }
  }
  const few =
    counts.none > 0 ||
    counts.impossible > counts.opened / 10 ||
    counts.opened < asked.length / 2 ||
    counts.closed < asked.length / 2;
  check(
    `seed ${seed}: proposed changes of ${asked.length} scenarios open ${counts.opened} flows and close ${counts.closed}, and do what they say besides; none found for ${counts.none}`,
    mismatch ?? (few ? JSON.stringify(counts) : undefined),
  );
}

/** With authentication, Cilium names and merges rules differently from run to run. */
const isSteady = ({ policies }: Case) => !JSON.stringify(policies).includes('"authentication"');

async function checkCorpus(oracle: Oracle, module: string): Promise<void> {
  const { files, unreadable } = corpus(module);
  let flows = 0;
  let policies = 0;
  let refused = 0;
  for (const { file, asked } of files) {
    const { answer, mismatch } = await compareWith(oracle, asked);
    flows += answer.results?.length ?? 0;
    policies += asked.policies.length;
    refused += answer.refused?.length ?? 0;
    if (mismatch !== undefined) check(file, report(asked, mismatch));
  }
  const what = `Cilium's own ${policies} policies in ${files.length} files: ${flows} flows, ${refused} refused, ${unreadable.length} files are templates`;
  check(what, policies >= 100 && flows > 0 ? undefined : "fewer policies than Cilium ships");
}

/** The policies that `learn` derives from traffic. */
async function checkLearned(oracle: Oracle, seed: number): Promise<void> {
  for (const [kind, judged] of [
    ["generated traffic", judgeGenerated],
    ["varied recordings", judgeVaried],
  ] as const) {
    const made = await judged(oracle, seed, Math.ceil(RUNS / 10));
    const few = made.rules < RUNS / 10 ? "hardly any rule was learnt" : undefined;
    check(
      `seed ${seed}: what is learnt of ${kind} allows its ${made.edges} edges, and each of ${made.rules} rules is needed`,
      made.problem ?? few,
    );
  }
  const recorded = await judgeRecordings(oracle);
  check(
    `what is learnt of the recordings allows their ${recorded.edges} edges, and each of ${recorded.rules} rules is needed`,
    recorded.problem ?? (recorded.rules < 100 ? "hardly any rule was learnt" : undefined),
  );
}

function checkReader(seed: number): void {
  const { asked, sameObjects, differences } = checkKubectl(seed, 10_000);
  const problem = differences.length > 0 ? differences.slice(0, 5).join("\n\n") : "hardly any text that kubectl reads";
  check(
    `files are read as kubectl reads them, seed ${seed}: ${asked} texts, ${sameObjects} with the same objects`,
    differences.length === 0 && sameObjects * 20 > asked ? undefined : problem,
  );
}

function checkCrds(module: string): void {
  const { files, outdated } = outdatedSchemas(module);
  const problem = `run npm run schema:crds; outdated: ${outdated.join(", ")}`;
  check(
    `the schemas that manifests are read by are those of Cilium's CRDs: ${files} files`,
    outdated.length === 0 && files === 4 ? undefined : problem,
  );
}

async function main(): Promise<void> {
  const module = process.argv[2];
  const oracle = new Oracle();
  await checkSettings(oracle, "fixed", FIXED_SEED);
  await checkSettings(oracle, "fresh", FRESH_SEED);
  await checkTiers(oracle, FIXED_SEED);
  await checkTiers(oracle, FRESH_SEED);
  const results = [await checkSeed(oracle, "fixed", FIXED_SEED), await checkSeed(oracle, "fresh", FRESH_SEED)];
  await checkChanges(oracle, FIXED_SEED);
  await checkChanges(oracle, FRESH_SEED);
  await checkLearned(oracle, FRESH_SEED);
  const flows = results.reduce((sum, result) => sum + result.flows, 0);
  const scenarios = results.reduce((sum, result) => sum + result.scenarios, 0);
  const enough = flows >= LEAST_FLOWS && scenarios >= LEAST_SCENARIOS;
  check(
    `${flows} flows over ${scenarios} scenarios`,
    enough ? undefined : `at least ${LEAST_FLOWS} over ${LEAST_SCENARIOS} wanted`,
  );
  if (module === undefined) check("Cilium's own policies", "usage: main.ts CILIUM_MODULE_FOLDER");
  else {
    await checkCorpus(oracle, module);
    checkReader(FIXED_SEED);
    checkReader(FRESH_SEED);
    checkCrds(module);
  }
  oracle.close();
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

void main();
