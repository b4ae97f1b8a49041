import type { Decision } from "../cilium/policy/decision";
import { getOrMake, present } from "../common/maps";
import type { FrontendFacts } from "../scenario/scenario";
import { whicheverWay } from "./doubtful-wire";
import type { Leads } from "./frontends";
import type { Kind } from "./kind";
import type { SourceDecisions } from "./source-decisions";

/**
 * Who connects to an address of a Service is led to a pod behind it, and by no proxy: what all of those say is the answer.
 *
 * @param leads By place in the scenario, whether the address is translated where the connection begins.
 * @param unled What is decided about the others.
 * @param behind What is decided at each pod behind the Service.
 */
export function ledDecisions(
  { service, backends, unknown: doubt }: FrontendFacts,
  leads: readonly Leads[],
  unled: SourceDecisions,
  behind: readonly SourceDecisions[],
): SourceDecisions {
  const which =
    doubt !== undefined
      ? doubt
      : backends.length === 0
        ? `the pods behind the Service ${service}, which Cilium redirects to before it applies the client's policy`
        : `which pod of the Service ${service} it is led to`;
  const unknown: Decision = { verdict: "unknown", origins: [], l7: false, missing: which };
  const nowhere: Kind = { egress: unknown, ingress: unknown, wire: undefined, linkerd: undefined };
  const kinds: Kind[] = [];
  const numbers = new Map<string, number>();
  const kindOf = Int32Array.from(leads, (led, place) => {
    const there = led === true ? [] : [unled];
    const pods = led === false || doubt !== undefined ? [] : behind;
    const sides = [...there, ...pods];
    const each = sides.map((one) => one.kindOf[place] ?? -1);
    const missing = typeof led === "object" ? led.missing : which;
    return getOrMake(numbers, `${led === false} ${missing} ${each.join()}`, () => {
      const found = sides.map((one, index) => present(one.kinds[each[index] ?? -1], `the answer to endpoint ${place}`));
      const all = led !== false && pods.length === 0 ? [...found, nowhere] : found;
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
