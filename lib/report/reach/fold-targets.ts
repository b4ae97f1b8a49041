import { getOrMake } from "../../common/maps";
import { proxiedWords } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import { withoutFolded } from "./representatives";
import type { SourceGroup, Target } from "./targets";

/**
 * Merges targets that are not workloads and have the same answers, and drops representatives that add nothing to a more general one.
 */
export function foldTargets(targets: readonly Target[], endpoints: ReadonlyMap<string, EndpointFacts>): Target[] {
  const workloads: Target[] = [];
  const others = new Map<string, Target[]>();
  const keyOf = keysOf(endpoints);
  for (const target of targets) {
    const { namespace = "", representative } = endpoints.get(target.to) ?? {};
    if (namespace !== "" && representative === undefined) workloads.push(target);
    else getOrMake(others, keyOf(target), (): Target[] => []).push(target);
  }
  const folded = [...others.values()].flatMap((same) => {
    const ids = new Set(
      withoutFolded(
        same.map(({ to }) => to),
        endpoints,
      ),
    );
    const shown = same.filter(({ to }) => ids.has(to));
    const isPod = ({ to }: Target) => (endpoints.get(to)?.namespace ?? "") !== "";
    const [first, ...more] = shown.filter((target) => !isPod(target));
    if (first !== undefined) first.targets.push(...more.map(({ to }) => to));
    return [...shown.filter(isPod), ...(first === undefined ? [] : [first])];
  });
  return [...workloads, ...folded];
}

/** A text that is equal for targets with equal answers. A representative does not count as a source of itself. */
function keysOf(endpoints: ReadonlyMap<string, EndpointFacts>): (target: Target) => string {
  // Targets share lists of sources, which can be very long, so each list is compared once.
  const numbers = new Map<string, number>();
  const byList = new Map<readonly string[], number>();
  const knownIn = (from: readonly string[]) =>
    getOrMake(byList, from, () => {
      const known = from.filter((id) => endpoints.get(id)?.representative === undefined);
      return getOrMake(numbers, JSON.stringify(known), () => numbers.size);
    });
  const reason = ({ state, verdict, from }: SourceGroup) => {
    const { egressRules, ingressRules, wire, l7, unknown } = verdict;
    const proxied = proxiedWords(verdict);
    return [state, knownIn(from), egressRules, ingressRules, wire, l7, proxied, unknown];
  };
  return ({ ports, groups }) => JSON.stringify([ports, groups.map(reason)]);
}
