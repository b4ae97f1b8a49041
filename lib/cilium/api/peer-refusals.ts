import { type Path, type Problem, problem } from "../../common/problem";
import { parsePrefix, parsePrefixOrAddress, prefixContains } from "../../kubernetes/cidr";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { selectorProblems } from "../../kubernetes/label-syntax";
import { ENTITY_NAMES } from "./entities";
import { fqdnProblem } from "./fqdn";
import type { CidrRule, EgressRule, IngressRule } from "./policy";

/** What Cilium refuses of the peers of one ingress rule (`IngressCommonRule.sanitize`). */
export function ingressPeerProblems(item: IngressRule, at: Path): Problem[] {
  return [
    ...combinationProblems(item, at, [
      "fromEndpoints",
      "fromCIDR",
      "fromCIDRSet",
      "fromEntities",
      "fromNodes",
      "fromGroups",
    ]),
    ...commonProblems(at, {
      endpoints: ["fromEndpoints", item.fromEndpoints],
      nodes: ["fromNodes", item.fromNodes],
      cidrs: ["fromCIDR", item.fromCIDR],
      cidrSet: ["fromCIDRSet", item.fromCIDRSet],
      entities: ["fromEntities", item.fromEntities],
    }),
  ];
}

/** What Cilium refuses of the peers of one egress rule. A deny rule knows no DNS names: they are ignored there. */
export function egressPeerProblems(item: EgressRule, at: Path, { fqdns }: { fqdns: boolean }): Problem[] {
  const members: (keyof EgressRule)[] = [
    "toEndpoints",
    "toCIDR",
    "toCIDRSet",
    "toEntities",
    "toServices",
    "toGroups",
    "toNodes",
    ...(fqdns ? (["toFQDNs"] as const) : []),
  ];
  const names = fqdns ? (item.toFQDNs ?? []) : [];
  return [
    ...combinationProblems(item, at, members),
    ...commonProblems(at, {
      endpoints: ["toEndpoints", item.toEndpoints],
      nodes: ["toNodes", item.toNodes],
      cidrs: ["toCIDR", item.toCIDR],
      cidrSet: ["toCIDRSet", item.toCIDRSet],
      entities: ["toEntities", item.toEntities],
    }),
    ...names.flatMap((name, index) => {
      const reason = fqdnProblem(name ?? {});
      return reason === undefined ? [] : [problem("invalid-peer", [...at, "toFQDNs", index], reason)];
    }),
  ];
}

type Named<T> = readonly [member: string, items: readonly T[] | null | undefined];

interface CommonPeers {
  endpoints: Named<LabelSelector>;
  nodes: Named<LabelSelector>;
  cidrs: Named<string>;
  cidrSet: Named<CidrRule>;
  entities: Named<string>;
}

/** A rule has one kind of peer; two kinds are two rules. */
function combinationProblems<T extends object>(item: T, at: Path, members: readonly (keyof T & string)[]): Problem[] {
  const given = members.filter((member) => ((item[member] as readonly unknown[] | null | undefined) ?? []).length > 0);
  return given.length < 2
    ? []
    : [problem("invalid-peer", at, `combining ${given.join(" and ")} is not supported; write a rule for each`)];
}

function commonProblems(at: Path, peers: CommonPeers): Problem[] {
  const problems: Problem[] = [];
  const [nodes, nodeSelectors] = peers.nodes;
  if ((nodeSelectors ?? []).length > 0)
    problems.push(
      problem(
        "invalid-peer",
        [...at, nodes],
        "needs the agent's --enable-node-selector-labels, which is off by default",
      ),
    );
  for (const [member, selectors] of [peers.endpoints, peers.nodes]) {
    for (const [index, selector] of (selectors ?? []).entries()) {
      problems.push(...selectorProblems(selector ?? {}, [...at, member, index]));
    }
  }
  const [cidr, cidrs] = peers.cidrs;
  for (const [index, text] of (cidrs ?? []).entries()) {
    if (parsePrefixOrAddress(text ?? "") === undefined)
      problems.push(problem("invalid-peer", [...at, cidr, index], `"${text}" is neither a CIDR nor an IP address`));
  }
  const [set, rules] = peers.cidrSet;
  for (const [index, rule] of (rules ?? []).entries()) {
    problems.push(...cidrRuleProblems(rule ?? {}, [...at, set, index]));
  }
  const [entity, entities] = peers.entities;
  for (const [index, name] of (entities ?? []).entries()) {
    if (!ENTITY_NAMES.includes(name))
      problems.push(
        problem(
          "invalid-peer",
          [...at, entity, index],
          `unknown entity "${name}"; known are ${ENTITY_NAMES.join(", ")}`,
        ),
      );
  }
  return problems;
}

/** Cilium does not check exceptions from a group, and then panics on what it cannot read (`newCIDRSelectorFromRequirements`). */
function groupExceptProblems(except: readonly (string | null)[], at: Path): Problem[] {
  return except.flatMap((text, index) =>
    parsePrefixOrAddress(text ?? "") === undefined
      ? [problem("invalid-peer", [...at, index], `"${text}" is not a CIDR`)]
      : [],
  );
}

/** `CIDRRule.sanitize`: unlike in `toCIDR`, a bare address is refused here. */
function cidrRuleProblems(rule: CidrRule, at: Path): Problem[] {
  const { cidr, cidrGroupRef, cidrGroupSelector, except } = rule;
  const given = [
    cidr ? "cidr" : "",
    cidrGroupRef ? "cidrGroupRef" : "",
    cidrGroupSelector === undefined ? "" : "cidrGroupSelector",
  ];
  const count = given.filter((member) => member !== "").length;
  if (count !== 1)
    return [problem("invalid-peer", at, "exactly one of cidr, cidrGroupRef and cidrGroupSelector must be given")];
  if (!cidr) {
    const selector =
      cidrGroupSelector === undefined ? [] : selectorProblems(cidrGroupSelector ?? {}, [...at, "cidrGroupSelector"]);
    return [...selector, ...groupExceptProblems(except ?? [], [...at, "except"])];
  }
  const block = parsePrefix(cidr);
  if (block === undefined)
    return [
      problem(
        "invalid-peer",
        [...at, "cidr"],
        `"${cidr}" is not a CIDR; a single address is written with its length, 192.0.2.1/32`,
      ),
    ];
  return (except ?? []).flatMap((text, index) => {
    const hole = parsePrefix(text ?? "");
    if (hole === undefined) return [problem("invalid-peer", [...at, "except", index], `"${text}" is not a CIDR`)];
    return prefixContains(block, hole)
      ? []
      : [problem("invalid-peer", [...at, "except", index], `"${text}" does not lie within ${cidr}`)];
  });
}
