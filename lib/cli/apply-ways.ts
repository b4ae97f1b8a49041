import type { Manifests } from "../input/manifests/read";
import { evaluateBoth } from "../manifests/evaluate";
import { diffReport } from "./diff-report";
import { describeGate, type Gate, type GateOptions, shutGates, stopsAtUnclear } from "./gates";
import type { InputOptions } from "./input-options";

/**
 * The gates that do not pass where policies come by a server-side apply, which refuses those with nulls that a create stores. Who applies
 * them is not written in a manifest, so a gate has to pass both ways.
 *
 * @returns nothing where the two ways agree
 */
export function shutUnderServerSideApply(
  gates: readonly Gate[],
  before: Manifests,
  after: Manifests,
  options: InputOptions & Pick<GateOptions, "allowUnseen">,
): { shut: Gate[]; stops: string[]; refused: string[] } {
  const refused = [before, after].flatMap(({ policies }) => policies.filter(({ createOnly }) => createOnly));
  if (gates.length === 0 || refused.length === 0) return { shut: [], stops: [], refused: [] };
  const sides = evaluateBoth(withoutCreateOnly(before), withoutCreateOnly(after), options);
  const report = diffReport(sides, { before: "", after: "" });
  const shut = shutGates(gates, report);
  const stops = stopsAtUnclear({ ...options, failOn: [...gates] }, report);
  const named = refused.map(({ manifest: { kind, metadata }, source }) => {
    const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    return `${kind} ${name} (${source.file}:${source.position([]).line ?? 1})`;
  });
  return { shut, stops, refused: [...new Set(named)] };
}

function withoutCreateOnly(manifests: Manifests): Manifests {
  return { ...manifests, policies: manifests.policies.filter(({ createOnly }) => !createOnly) };
}

/** What to say of gates that only a server-side apply shuts. */
export function serverSideLines(
  { shut, refused }: ReturnType<typeof shutUnderServerSideApply>,
  known: readonly Gate[],
): string[] {
  return shut
    .filter((gate) => !known.includes(gate))
    .map(
      (gate) =>
        `--fail-on ${describeGate(gate)}: found where a server-side apply refuses ${refused.join(", ")}, because of null; what is shown is a create's`,
    );
}
