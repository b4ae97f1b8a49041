import type { Path, Problem } from "../../common/problem";
import type { KindClusterArgs } from "./args";
import type { ClusterPlan } from "./cluster-config";

/** kind accepts longer names with a warning that nodes' host names may then not work. */
const longest = 50;

/** The number of random bytes at the end of a name, two characters each. */
export const suffixBytes = 4;

/** A cluster's name: a given one, or a prefix with a random suffix. */
export type ClusterName = { readonly given: string } | { readonly prefix: string };

/** @param name The component's name, the default prefix of a generated name. */
export function clusterNameOf(name: string, { clusterName, clusterNamePrefix }: KindClusterArgs): ClusterName {
  return clusterName === undefined ? { prefix: clusterNamePrefix ?? name } : { given: clusterName };
}

/**
 * Whether two such clusters cannot coexist on one machine, because they would have the same name or publish the same ports. The old cluster is then
 * deleted before its replacement is created.
 */
export function excludesItself(
  name: ClusterName,
  { apiServerPort, portMappings }: Pick<ClusterPlan, "apiServerPort" | "portMappings">,
): boolean {
  return "given" in name || apiServerPort !== undefined || portMappings.length > 0;
}

export function clusterNameProblems(name: ClusterName, { clusterName, clusterNamePrefix }: KindClusterArgs): Problem[] {
  const both =
    clusterName === undefined || clusterNamePrefix === undefined
      ? []
      : [
          {
            code: "conflict",
            path: ["clusterNamePrefix"],
            related: [["clusterName"]],
            message: "a given name is used as it is",
            fix: "leave one of the two out",
          },
        ];
  return "given" in name
    ? [...both, ...textProblems(["clusterName"], name.given, longest)]
    : [...both, ...textProblems(["clusterNamePrefix"], name.prefix, longest - 1 - 2 * suffixBytes)];
}

function textProblems(path: Path, text: string, limit: number): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-z0-9.-]+$/.test(text)) {
    problems.push({
      code: "invalid-name",
      path,
      message: `"${text}" is not a name that kind accepts`,
      fix: 'use lower-case letters, digits, "." and "-"',
    });
  }
  if (text.length > limit) {
    problems.push({
      code: "too-long",
      path,
      message: `"${text}" has ${text.length} characters, and the nodes' host names that begin with it allow ${limit}`,
      fix: "shorten it",
    });
  }
  return problems;
}
