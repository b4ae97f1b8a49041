import type { Problem } from "../../common/problem";
import type { Manifests } from "../../input/manifests/read";
import type { Evaluated } from "../../manifests/evaluate";
import { withoutOutsideNames } from "../../traffic/outside";
import { replayChange } from "../../traffic/replay/change";
import type { Replay } from "../../traffic/replay/report";
import type { Traffic } from "../../traffic/traffic";
import type { GateOptions } from "../options/gates";

import type { InputOptions } from "../options/input";
import { withoutPassword } from "../output/without-password";
import { policyStateOf } from "../traffic/policy-state";
import { recordedTraffic, type TrafficOptions } from "../traffic/recorded-traffic";

/**
 * Replays recorded traffic, if any was given, against both sides of a change.
 *
 * @param hides Whether to number outside addresses and DNS names instead of naming them.
 */
export async function trafficOfChange(
  sides: { before: Evaluated; after: Evaluated },
  manifests: readonly [Manifests, Manifests],
  options: InputOptions & GateOptions & TrafficOptions,
  hides: boolean,
): Promise<{ replay?: Replay; traffic?: Traffic; problems: Problem[] }> {
  const paths = options.traffic;
  if (paths.length === 0) {
    const isGated = options.failOn.some(({ what }) => what === "would-deny");
    return { problems: isGated ? [{ code: "no-traffic", message: "--fail-on would-deny needs --traffic" }] : [] };
  }
  const recorded = await recordedTraffic(options);
  const traffic = hides ? withoutOutsideNames(recorded) : recorded;
  const empty = traffic.edges.length === 0;
  const problems = empty
    ? [
        {
          code: "no-traffic",
          message: `${paths.map(withoutPassword).join(", ")}: it contains no traffic between endpoints`,
        },
      ]
    : [];
  const replay = replayedChange(traffic, sides, manifests, options);
  return { replay, traffic, problems: [...traffic.problems, ...problems] };
}

/** Replays traffic against both sides of a change. */
export function replayedChange(
  traffic: Traffic,
  sides: { before: Evaluated; after: Evaluated },
  [before, after]: readonly [Manifests, Manifests],
  options: InputOptions,
): Replay {
  return replayChange(
    traffic,
    policyStateOf(before, sides.before, options),
    policyStateOf(after, sides.after, options),
  );
}
