import type { Manifests } from "../input/manifests/read";
import type { DiffReport } from "../report/diff/diff-rows";
import type { Traffic } from "../traffic/traffic";
import { serverSideLines, shutUnderServerSideApply } from "./apply-ways";
import {
  describeGate,
  type Gate,
  type GateOptions,
  idleGates,
  shutGates,
  stopsAtUnclear,
  stopsAtUnseen,
} from "./gates";
import { Exit, type InputOptions } from "./input-options";
import { stopsAtUndecided } from "./traffic-of-change";

/** What the gates of a command make of a difference. */
export interface GateOutcome {
  /** Gates whose peer is nobody, which would let everything pass. */
  idle: readonly Gate[];
  /** Gates that the difference shuts. */
  found: readonly Gate[];
  /** Those, and gates that only a server-side apply shuts. */
  shut: readonly Gate[];
  /** Lines about gates that only a server-side apply shuts. */
  serverSide: readonly string[];
  /** Why gates stay shut although nothing was found, a line each. Empty where something was. */
  stops: readonly string[];
}

/** Holds the gates against a difference. */
export function gateOutcome(
  options: InputOptions & GateOptions,
  report: DiffReport,
  manifests: readonly [Manifests, Manifests],
  traffic: Traffic | undefined,
): GateOutcome {
  const { failOn } = options;
  const found = shutGates(failOn, report);
  const applied = shutUnderServerSideApply(failOn, ...manifests, options, traffic);
  const shut = [...found, ...applied.shut.filter((gate) => !found.includes(gate))];
  const stops =
    shut.length > 0
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
    shut,
    serverSide: serverSideLines(applied, found),
    stops: [...new Set(stops)],
  };
}

/** The lines about gates that name nobody. */
export const idleLines = ({ idle }: GateOutcome): string[] =>
  idle.map((gate) => `error: --fail-on ${describeGate(gate)}: there is no such endpoint or namespace`);

/** The lines about gates that are shut, and about those that stay shut although nothing was found. */
export const shutLines = ({ found, serverSide, stops }: GateOutcome): string[] => [
  ...found.map((gate) => `--fail-on ${describeGate(gate)}: found`),
  ...serverSide,
  ...stops,
];

/** @param isBroken Whether some input could not be used. */
export function gateExit({ idle, shut, stops }: GateOutcome, isBroken: boolean): number {
  if (isBroken || idle.length > 0 || stops.length > 0) return Exit.BadInput;
  return shut.length > 0 ? Exit.Found : Exit.Fine;
}
