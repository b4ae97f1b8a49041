import { type Path, type Problem, problem } from "../../common/problem";
import { parsePrefix, parsePrefixOrAddress, prefixContains } from "../../kubernetes/cidr";
import { selectorProblems } from "../../kubernetes/label-syntax";
import type { CidrRule } from "./policy";

/** Cilium does not validate the exceptions of a group, and panics on those that it cannot parse (`newCIDRSelectorFromRequirements`). */
function groupExceptProblems(except: readonly (string | null)[], at: Path): Problem[] {
  return except.flatMap((text, index) =>
    parsePrefixOrAddress(text ?? "") === undefined
      ? [problem("invalid-peer", [...at, index], `"${text}" is not a CIDR`)]
      : [],
  );
}

/** `CIDRRule.sanitize`: unlike in `toCIDR`, a bare address is refused here. */
export function cidrRuleProblems(rule: CidrRule, at: Path): Problem[] {
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
