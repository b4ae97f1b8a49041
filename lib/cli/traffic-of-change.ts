import type { Problem } from "../common/problem";
import type { Manifests } from "../input/manifests/read";
import type { Evaluated } from "../manifests/evaluate";
import { withoutOutsideNames } from "../traffic/outside";
import { replayChange } from "../traffic/replay/change";
import { openQuestions, type Replay } from "../traffic/replay/report";
import type { Traffic } from "../traffic/traffic";
import type { GateOptions } from "./gates";
import type { InputOptions } from "./input-options";
import { policyStateOf } from "./policy-state";
import { recordedTraffic, type TrafficOptions, withoutPassword } from "./recorded-traffic";

/**
 * What a change of manifests would have made of recorded traffic. Nothing where none was given.
 *
 * @param hides Whether outside addresses and DNS names are numbered instead of named.
 */
export async function trafficOfChange(
  sides: { before: Evaluated; after: Evaluated },
  manifests: readonly [Manifests, Manifests],
  options: InputOptions & GateOptions & TrafficOptions,
  hides: boolean,
): Promise<{ replay?: Replay; traffic?: Traffic; problems: Problem[] }> {
  const paths = options.traffic;
  if (paths.length === 0) {
    const asked = options.failOn.some(({ what }) => what === "would-deny");
    return { problems: asked ? [{ code: "no-traffic", message: "--fail-on would-deny needs --traffic" }] : [] };
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

/** What a change would have made of traffic that was read. */
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

/** Why a gate over traffic must not open although nothing would be denied: something of it could not be decided. */
export function stopsAtUndecided({ failOn, allowUnseen = false }: GateOptions, replay: Replay | undefined): string[] {
  const questions = replay === undefined ? [] : openQuestions(replay);
  if (allowUnseen || questions.length === 0 || !failOn.some(({ what }) => what === "would-deny")) return [];
  return [
    `--fail-on would-deny: ${questions.join(", and ")}, so finding nothing proves little; --allow-unseen ignores this`,
  ];
}
