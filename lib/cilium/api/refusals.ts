import { type Path, type Problem, problem } from "../../common/problem";
import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { selectorProblems } from "../../kubernetes/label-syntax";
import { decodeFaults } from "../../kubernetes/schema/decode";
import type { ClusterFacts } from "../../scenario/scenario";
import { clusterPolicyRefusals } from "./cluster-policy-refusals";
import { icmpProblems } from "./icmp";
import { peerProblems } from "./peer-lists";
import type { CidrRule, EvaluatedPolicy, Rule } from "./policy";
import { ciliumNetworkPolicy } from "./policy.schema";
import { portRuleProblems } from "./port-refusals";
import { ruleItems } from "./rule-items";

/**
 * Why Cilium's agent refuses a policy: every reason, with the path of the member. Empty if the agent accepts it. The API server accepts many such
 * policies, and a refused policy denies nothing. The classic example is `ingress: []` and `egress: []`, meant as a default deny.
 *
 * Cilium itself stops at the first reason (`Rule.Sanitize` in `pkg/policy/api/rule_validation.go`).
 *
 * @param cluster The agent's flags. Default: Cilium's defaults; the L7 proxy and ICMP rules are on, node peers and extended IP protocols off.
 *
 * @example
 * for (const problem of policies.flatMap((policy) => refusals(policy))) console.error(formatProblem(problem));
 */
export function refusals(policy: EvaluatedPolicy, cluster?: RefusingFacts): Problem[] {
  if (policy.kind === "NetworkPolicy") return unreadableBlocks(policy);
  const l7Proxy = cluster?.l7Proxy ?? true;
  if (policy.unread !== undefined) return [];
  if (policy.kind === "ClusterNetworkPolicy") return clusterPolicyRefusals(policy, l7Proxy);
  const reasons: Problem[] = [];
  if (!policy.metadata?.name) reasons.push(problem("missing", ["metadata", "name"], "a policy must have a name"));
  const rules = policyRules(policy);
  if (absent(policy.spec) && absent(policy.specs) && policy.undecided === undefined)
    reasons.push(problem("missing", ["spec"], "one of spec and specs must be given"));
  if (!absent(policy.specs) && !Array.isArray(policy.specs))
    reasons.push(problem("wrong-type", ["specs"], "must be a list"));
  for (const { rule, path } of rules) {
    const shape = isMapping(rule) ? undecodable(rule, path) : [problem("invalid-rule", path, "must be a mapping")];
    reasons.push(...(shape.length > 0 ? shape : ruleProblems(rule, path, policy.kind, { ...cluster, l7Proxy })));
  }
  return reasons;
}

/**
 * Kubernetes validates its own policies, and Cilium accepts what Kubernetes accepted, except for leading zeros in addresses: Kubernetes parses those,
 * and Cilium's agent panics (`NewCIDRSelector` in `pkg/policy/types`).
 */
function unreadableBlocks(policy: EvaluatedPolicy): Problem[] {
  return policyRules(policy).flatMap(({ rule, path }) =>
    (["ingress", "egress"] as const).flatMap((direction) =>
      (rule[direction] ?? []).flatMap((item, index) => {
        const list = direction === "ingress" ? "fromCIDRSet" : "toCIDRSet";
        const blocks = (item as { readonly [list: string]: CidrRule[] | undefined })[list] ?? [];
        return blocks
          .flatMap(({ cidr = "", except = [] }) => [cidr, ...except])
          .filter((text) => parsePrefixOrAddress(text ?? "") === undefined)
          .map((text) =>
            problem(
              "invalid-peer",
              [...path, direction, index, list, 0],
              `Cilium cannot read the address block "${text}", and its agent panics; write its numbers without leading zeros`,
            ),
          );
      }),
    ),
  );
}

/** The agent's settings that decide which policies it accepts. */
export type RefusingFacts = Pick<ClusterFacts, "l7Proxy" | "nodePeers" | "extendedProtocols">;

/** The same for both kinds. */
const ruleSchema = ciliumNetworkPolicy.versions.v2?.schema.properties?.spec ?? {};
/** Checked by {@link labelProblems} instead, because Cilium decodes more than its CRD allows. */
const loose: ReadonlySet<string> = new Set(["labels"]);

/** Members of the wrong type, which Cilium's JSON decoder refuses. */
function undecodable(rule: Rule, path: Path): Problem[] {
  return decodeFaults(ruleSchema, rule, path, loose).map((fault) => problem("wrong-type", fault.path, fault.message));
}

/** The rules of `spec` and `specs`, with their paths. */
export function policyRules(policy: EvaluatedPolicy): { rule: Rule; path: Path }[] {
  if (policy.unread !== undefined) return [];
  const spec = absent(policy.spec) ? [] : [{ rule: policy.spec as Rule, path: ["spec"] }];
  const specs = Array.isArray(policy.specs) ? policy.specs : [];
  return [...spec, ...specs.map((rule, index) => ({ rule, path: ["specs", index] }))];
}

function ruleProblems(rule: Rule, path: Path, kind: EvaluatedPolicy["kind"], cluster: RefusingFacts): Problem[] {
  const problems: Problem[] = [];
  if ([rule.ingress, rule.ingressDeny, rule.egress, rule.egressDeny].every((items) => (items ?? []).length === 0)) {
    problems.push(
      problem(
        "invalid-rule",
        path,
        'needs at least one rule in ingress, ingressDeny, egress or egressDeny; to deny everything, write an empty rule: "ingress: [{}]"',
      ),
    );
  }
  // A selector that is null counts as given: Cilium decodes it as an empty one.
  const subjects = [rule.endpointSelector, rule.nodeSelector].filter((selector) => selector !== undefined);
  if (subjects.length === 0)
    problems.push(
      problem(
        "invalid-rule",
        path,
        'needs an endpointSelector or a nodeSelector; "endpointSelector: {}" selects every pod',
      ),
    );
  if (subjects.length > 1)
    problems.push(problem("invalid-rule", path, "cannot have both endpointSelector and nodeSelector"));
  if (rule.nodeSelector !== undefined && kind === "CiliumNetworkPolicy") {
    problems.push(
      problem("invalid-rule", [...path, "nodeSelector"], "only a CiliumClusterwideNetworkPolicy can select nodes"),
    );
  }
  problems.push(...selectorProblems(rule.endpointSelector ?? {}, [...path, "endpointSelector"]));
  problems.push(...selectorProblems(rule.nodeSelector ?? {}, [...path, "nodeSelector"]));
  problems.push(...labelProblems(rule.labels, [...path, "labels"]));
  const host = rule.nodeSelector !== undefined;
  for (const { item, direction, deny, path: where } of ruleItems(rule)) {
    const at = [...path, ...where];
    problems.push(
      ...peerProblems({ item, direction, deny }, at, cluster.nodePeers),
      ...icmpProblems(item, at),
      ...portRuleProblems(item.toPorts, [...at, "toPorts"], {
        ...{ direction: deny ? ("deny" as const) : direction, host },
        ...{ l7Proxy: cluster.l7Proxy ?? true, extendedProtocols: cluster.extendedProtocols ?? false },
      }),
    );
  }
  return problems;
}

/** The labels of a rule are only metadata, but Cilium refuses the whole policy if it cannot decode one (`Label.UnmarshalJSON`). */
function labelProblems(labels: unknown[] | null | undefined, path: Path): Problem[] {
  return (labels ?? []).flatMap((label, index) => {
    if (label === null) return [];
    if (typeof label === "string")
      return label === "" ? [problem("invalid-rule", [...path, index], "a label must not be empty")] : [];
    if (isMapping(label)) {
      const { key, source, value } = label as Record<string, unknown>;
      const strings = [key, source, value].every((member) => absent(member) || typeof member === "string");
      return strings && key ? [] : [problem("invalid-rule", [...path, index], "a label needs a key")];
    }
    return [
      problem(
        "invalid-rule",
        [...path, index],
        'a label must be "source:key=value" or a mapping with key, value and source',
      ),
    ];
  });
}

function absent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
