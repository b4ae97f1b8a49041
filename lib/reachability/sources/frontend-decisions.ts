import type { Decision } from "../../cilium/policy/decision";
import { getOrMake, present } from "../../common/maps";
import type { FrontendFacts } from "../../scenario/scenario";
import type { FlowDecision } from "./flow-decision";
import type { Translation } from "./frontends";
import type { SourceDecisions } from "./source-decisions";
import { joinFlowDecisions } from "./uncertain-wire";

/**
 * The decisions about connections to the address of a Service. A client whose node translates the address reaches one of the pods behind it, without
 * a proxy; the decision is what holds for all of these pods.
 *
 * @param translations By index in the scenario, whether the address is translated for that client.
 * @param direct The decisions without translation.
 * @param behind The decisions at each pod behind the Service.
 */
export function frontendDecisions(
  { service, backends, unknown: unknownBackends }: FrontendFacts,
  translations: readonly Translation[],
  direct: SourceDecisions,
  behind: readonly SourceDecisions[],
): SourceDecisions {
  const missingBackend =
    unknownBackends !== undefined
      ? unknownBackends
      : backends.length === 0
        ? `the pods behind the Service ${service}, which Cilium redirects to before it applies the client's policy`
        : `which pod of the Service ${service} it is led to`;
  const unknown: Decision = { verdict: "unknown", origins: [], l7: false, missing: missingBackend };
  const unknownFlow: FlowDecision = { egress: unknown, ingress: unknown, wire: undefined, linkerd: undefined };
  const kinds: FlowDecision[] = [];
  const numbers = new Map<string, number>();
  const kindOf = Int32Array.from(translations, (isTranslated, place) => {
    const untranslated = isTranslated === true ? [] : [direct];
    const pods = isTranslated === false || unknownBackends !== undefined ? [] : behind;
    const targets = [...untranslated, ...pods];
    const each = targets.map((one) => one.kindOf[place] ?? -1);
    const missing = typeof isTranslated === "object" ? isTranslated.missing : missingBackend;
    return getOrMake(numbers, `${isTranslated === false} ${missing} ${each.join()}`, () => {
      const known = targets.map((one, index) =>
        present(one.kinds[each[index] ?? -1], `the answer to endpoint ${place}`),
      );
      const all = isTranslated !== false && pods.length === 0 ? [...known, unknownFlow] : known;
      const [first = unknownFlow] = all;
      // If every pod denies, the flow is denied, even by different policies.
      const isOne = all.length < 2 || all.every(isDenied);
      return kinds.push(isOne ? first : joinFlowDecisions(all, missing)) - 1;
    });
  });
  return { kindOf, kinds };
}

const isDenied = ({ egress, ingress, linkerd, wire }: FlowDecision) =>
  [egress?.verdict, ingress?.verdict, linkerd?.verdict].includes("denied") || wire?.refused !== undefined;
