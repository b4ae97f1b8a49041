import type { Manifests } from "../../input/manifests/read";
import type { DiffReport } from "../../report/diff/diff-rows";
import type { Traffic } from "../../traffic/traffic";
import { describeGate, type Gate, type GateOptions } from "../options/gates";
import type { InputOptions } from "../options/input";
import { Exit } from "../output/exit";
import { failedGates, idleGates, stopsAtUnclear, stopsAtUndecided, stopsAtUnseen } from "./gates";
import { failedUnderServerSideApply, serverSideLines } from "./server-side-apply";

/** The verdict of a command's gates on a diff. */
export interface GateOutcome {
  /** Gates whose peer matches nothing, so that they could never fail. */
  idle: readonly Gate[];
  /** Gates that fail on the diff. */
  found: readonly Gate[];
  /** `found`, and the gates that fail only under server-side apply. */
  failed: readonly Gate[];
  /** Messages about gates that fail only under server-side apply. */
  serverSide: readonly string[];
  /** Why gates fail although they found nothing, one message each. Empty if they found something. */
  stops: readonly string[];
}

/** Evaluates the gates on a diff. */
export function gateOutcome(
  options: InputOptions & GateOptions,
  report: DiffReport,
  manifests: readonly [Manifests, Manifests],
  traffic: Traffic | undefined,
): GateOutcome {
  const { failOn } = options;
  const found = failedGates(failOn, report);
  const applied = failedUnderServerSideApply(options, manifests, traffic);
  const failed = [...found, ...applied.failed.filter((gate) => !found.includes(gate))];
  const stops =
    failed.length > 0
      ? []
      : [
          ...stopsAtUnseen(options, report.unseen ?? []),
          ...stopsAtUnclear(options, report),
          ...applied.stops,
          ...stopsAtUndecided(options, report.traffic),
        ];
  return {
    idle: idleGates(failOn, report.endpoints),
    found,
    failed,
    serverSide: serverSideLines(applied, found),
    stops: [...new Set(stops)],
  };
}

/** Messages about gates whose peer names nothing. */
export const idleLines = ({ idle }: GateOutcome): string[] =>
  idle.map((gate) => `error: --fail-on ${describeGate(gate)}: there is no such endpoint or namespace`);

/** Messages about gates that fail, including those that found nothing. */
export const failureLines = ({ found, serverSide, stops }: GateOutcome): string[] => [
  ...found.map((gate) => `--fail-on ${describeGate(gate)}: found`),
  ...serverSide,
  ...stops,
];

/** @param isBroken Whether some input could not be used. */
export function gateExit({ idle, failed, stops }: GateOutcome, isBroken: boolean): number {
  if (isBroken || idle.length > 0 || stops.length > 0) return Exit.BadInput;
  return failed.length > 0 ? Exit.Found : Exit.Fine;
}
