import type { Decision } from "../cilium/policy/decision";
import { getOrMake } from "../common/maps";
import type { FrontendFacts } from "../scenario/scenario";
import { whicheverWay } from "./doubtful-wire";
import type { Kind } from "./kind";
import type { SourceDecisions } from "./source-decisions";

/**
 * Who connects to an address of a Service is led to a pod behind it, and by no proxy: what all of those say is the answer.
 *
 * @param isLed By place in the scenario, whether the address is translated where the connection begins.
 * @param there What is decided about the others.
 * @param behind What is decided at each pod behind the Service.
 */
export function ledDecisions(
  { service, backends, unknown: doubt }: FrontendFacts,
  isLed: readonly boolean[],
  there: SourceDecisions,
  behind: readonly SourceDecisions[],
): SourceDecisions {
  const missing =
    doubt !== undefined
      ? doubt
      : backends.length === 0
        ? `the pods behind the Service ${service}, which Cilium redirects to before it applies the client's policy`
        : `which pod of the Service ${service} it is led to`;
  const unknown: Decision = { verdict: "unknown", origins: [], l7: false, missing };
  const nowhere: Kind = { egress: unknown, ingress: unknown, wire: undefined, linkerd: undefined };
  const kinds: Kind[] = [];
  const numbers = new Map<string, number>();
  const kindOf = Int32Array.from(isLed, (led, place) => {
    const sides = !led ? [there] : doubt === undefined ? behind : [];
    const each = sides.map((one) => one.kindOf[place] ?? -1);
    return getOrMake(numbers, `${led} ${each.join()}`, () => {
      const all = sides.flatMap((one, index) => one.kinds[each[index] ?? -1] ?? []);
      const [first = nowhere] = all;
      // By whom it is denied may differ from pod to pod.
      const isOne = all.length < 2 || all.every(isDenied);
      return kinds.push(isOne ? first : whicheverWay(all, missing)) - 1;
    });
  });
  return { kindOf, kinds };
}

const isDenied = ({ egress, ingress, linkerd, wire }: Kind) =>
  [egress?.verdict, ingress?.verdict, linkerd?.verdict].includes("denied") || wire?.refused !== undefined;
