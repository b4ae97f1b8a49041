import type { PortRule } from "../../cilium/api/policy";
import { type LintRule, Severity } from "../finding";
import { meshedPairs } from "../meshed-pairs";
import { names } from "../text";

export const l7OnMesh: LintRule = {
  id: "l7-on-mesh",
  severity: Severity.Error,
  title: "L7 rules between meshed pods",
  why:
    "Cilium's L7 proxy would have to read what Linkerd has encrypted. It sees mTLS where the rule expects HTTP, and drops every request (Cilium's own " +
    "documentation says the same of Istio, servicemesh/istio.rst).",
  fix: "Keep the L4 part here, and use Linkerd's HTTPRoute and AuthorizationPolicy to restrict requests.",
  *check(context) {
    // Deny rules have no L7 part.
    for (const item of context.items.filter(({ deny }) => !deny))
      for (const [index, entry] of (item.toPorts ?? []).entries()) {
        const field = l7Field(entry);
        if (field === undefined) continue;
        const [pair] = meshedPairs(context, item);
        if (pair === undefined) continue;
        const ends = `${names([pair.client])} and ${names([pair.server])}`;
        yield {
          policy: item.of.policy,
          path: [...item.path, "toPorts", index, field],
          data: { client: pair.client.facts.id, server: pair.server.facts.id },
          message: `between ${ends} the traffic is Linkerd's mTLS, which this cannot read: no request passes`,
        };
      }
  },
};

/** The member that requires Cilium's L7 proxy to read TCP. DNS rules do not count, because Linkerd does not carry UDP. */
function l7Field({ rules, serverNames, terminatingTLS }: PortRule): string | undefined {
  if (rules?.http !== undefined) return "rules";
  if (serverNames !== undefined) return "serverNames";
  return terminatingTLS === undefined ? undefined : "terminatingTLS";
}
