import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { cases } from "../oracle/generator";
import type { Case } from "../oracle/oracle";
import { tieredCases } from "../oracle/tiers-generator";

/** Hand-written cases: `scenario` and `policies` as the oracle reads them, with the oracle's answers beside. */
export const CASES = path.join(__dirname, "cases");
/** The oracle's answers to a sample of random cases. */
export const SAMPLE = path.join(__dirname, "sampled.expected.json");

/** The same of cases with ClusterNetworkPolicies. */
export const TIERS = path.join(__dirname, "tiers.expected.json");

const SEED = 20_260_801;
const SIZE = 400;

/** The same random cases each time, as long as the generator and fast-check stay the same. */
export function sampledCases(): Case[] {
  // Without authentication, with which the engine names different rules from run to run.
  return fc
    .sample(cases, { seed: SEED, numRuns: SIZE })
    .filter(({ policies }) => !JSON.stringify(policies).includes('"authentication"'));
}

/** The same with ClusterNetworkPolicies. Which of several rules that are passed to is named, changes in the engine from one time to the next. */
export function sampledTiers(): Case[] {
  return fc.sample(tieredCases, { seed: SEED, numRuns: 120 });
}

export function readCase(file: string): Case {
  return parse(readFileSync(path.join(CASES, file), "utf8")) as Case;
}

interface Line {
  egress: string;
  ingress: string;
  egressRules?: readonly string[];
  ingressRules?: readonly string[];
}

/** An answer in little space: refused policies, a letter an end, and a sum over the rules that decide. */
export function digest(
  refused: readonly string[],
  lines: readonly Line[],
): [refused: string, verdicts: string, rules: string] {
  const letter = (end: string) => (end.startsWith("error") ? "u" : (end[0] ?? "?"));
  const rules = lines.map(({ egressRules = [], ingressRules = [] }) => [unique(egressRules), unique(ingressRules)]);
  const sum = createHash("sha256").update(JSON.stringify(rules)).digest("base64url").slice(0, 16);
  return [refused.join(";"), lines.map(({ egress, ingress }) => letter(egress) + letter(ingress)).join(""), sum];
}

function unique(rules: readonly string[]): string[] {
  return [...new Set(rules)].sort();
}
