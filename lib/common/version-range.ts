import type { Path, Problem } from "./problem";

export interface VersionRange {
  /** The lowest supported version, e.g. `1.19`. */
  from: string;
  /** The first version above the range, e.g. `1.21`. */
  below: string;
  /** Why these versions are supported, for messages. */
  reason: string;
}

/**
 * The problem of a version outside the range. Versions are compared as numbers, part by part, and a leading `v` is ignored.
 *
 * @param label What has the version: "the Cilium chart".
 */
export function versionProblems(where: Path, version: string, label: string, range: VersionRange): Problem[] {
  const parts = numbers(version);
  if (parts === undefined) {
    return [
      {
        code: "invalid-version",
        path: where,
        message: `"${version}" is not a version`,
        fix: `write it like "${range.from}.0"`,
      },
    ];
  }
  if (compare(parts, numbers(range.from) ?? []) >= 0 && compare(parts, numbers(range.below) ?? []) < 0) return [];
  return [
    {
      code: "unsupported-version",
      path: where,
      message: `${label} ${version} is outside the supported range, ${range.from} up to but not including ${range.below}`,
      fix: `${range.reason}; choose a version within it, or set allowUnsupportedVersions if you know that it works`,
    },
  ];
}

/** Whether a version is higher than another; false if either is not a version. */
export function isNewer(version: string, than: string): boolean {
  const [left, right] = [numbers(version), numbers(than)];
  return left !== undefined && right !== undefined && compare(left, right) > 0;
}

/** `1.34` for `v1.34.8` or `1.34.8`; undefined if it is not a version. */
export function minorOf(version: string): string | undefined {
  const [major, minor] = numbers(version) ?? [];
  return major === undefined || minor === undefined ? undefined : `${major}.${minor}`;
}

function numbers(version: string): number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)(?:[-+].*)?$/.exec(version);
  return match?.[1]?.split(".").map(Number);
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
