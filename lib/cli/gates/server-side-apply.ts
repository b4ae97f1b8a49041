import type { Manifests } from "../../input/manifests/read";
import { evaluate, evaluateBoth } from "../../manifests/evaluate";
import { replay } from "../../traffic/replay/replay";
import type { Replay } from "../../traffic/replay/report";
import type { Traffic } from "../../traffic/traffic";
import { describeGate, type Gate, type GateOptions } from "../options/gates";
import type { InputOptions } from "../options/input";
import { diffReport } from "../reports/diff";
import { replayedChange } from "../reports/traffic-of-change";
import { policyStateOf } from "../traffic/policy-state";
import { failedGates, stopsAtUnclear, stopsAtUndecided } from "./gates";

/**
 * The gates that fail if policies are applied server-side, which refuses policies with nulls that a create stores. No manifest says how it is
 * applied, so a gate has to pass both ways.
 *
 * @returns Nothing failed if no policy has such nulls.
 */
export function failedUnderServerSideApply(
  options: InputOptions & GateOptions,
  [before, after]: readonly [Manifests, Manifests],
  traffic: Traffic | undefined,
): { failed: Gate[]; stops: string[]; refused: string[] } {
  const { failOn: gates } = options;
  const refused = namesOfCreateOnly(before, after);
  if (gates.length === 0 || refused.length === 0) return { failed: [], stops: [], refused: [] };
  const manifests = [withoutCreateOnly(before), withoutCreateOnly(after)] as const;
  const sides = evaluateBoth(...manifests, options);
  const report = diffReport(sides, { before: "", after: "" });
  if (traffic !== undefined) report.traffic = replayedChange(traffic, sides, manifests, options);
  const failed = failedGates(gates, report);
  const stops = [...stopsAtUnclear(options, report), ...stopsAtUndecided(options, report.traffic)];
  return { failed, stops, refused };
}

/** Replays traffic against the policies that remain when a server-side apply refuses the others; undefined if it refuses none. */
export function replayUnderServerSideApply(
  traffic: Traffic,
  manifests: Manifests,
  options: InputOptions,
): { replay: Replay; refused: string[] } | undefined {
  const refused = namesOfCreateOnly(manifests);
  if (refused.length === 0) return undefined;
  const applied = withoutCreateOnly(manifests);
  return { replay: replay(traffic, policyStateOf(applied, evaluate(applied, options), options)), refused };
}

function namesOfCreateOnly(...states: Manifests[]): string[] {
  const refused = states.flatMap(({ policies }) => policies.filter(({ createOnly }) => createOnly));
  const named = refused.map(({ manifest: { kind, metadata }, source }) => {
    const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    return `${kind} ${name} (${source.file}:${source.position([]).line ?? 1})`;
  });
  return [...new Set(named)];
}

function withoutCreateOnly(manifests: Manifests): Manifests {
  return { ...manifests, policies: manifests.policies.filter(({ createOnly }) => !createOnly) };
}

/** The message about a gate that fails only under server-side apply. */
export const serverSideLine = (gate: string, refused: readonly string[]): string =>
  `--fail-on ${gate}: found under server-side apply, which refuses ${refused.join(", ")} because of null; the output shows the result of a create`;

/** The messages about gates that fail only under server-side apply. */
export function serverSideLines(
  { failed, refused }: ReturnType<typeof failedUnderServerSideApply>,
  known: readonly Gate[],
): string[] {
  return failed.filter((gate) => !known.includes(gate)).map((gate) => serverSideLine(describeGate(gate), refused));
}
