import type { Path, Problem } from "../../../common/problem";
import { membersOf, type Reading, refused, type Setting, type Settings, type Values } from "./setting";
import { unknownKeyProblems } from "./unknown-keys";

/**
 * Settings that belong together under one key. Pulumi.yaml cannot declare members, so the description has a line for each. An
 * omitted member stays undefined, so that the default of the argument applies.
 */
export function group<S extends Settings>(description: string, members: S): Setting<Partial<Values<S>>> {
  return {
    type: "object",
    description: [description, ...Object.entries(members).flatMap(memberLines)].join("\n"),
    default: {},
    read: (where, value) => {
      const given = membersOf(value);
      if (given === undefined) return refused(where, value, "is not an object", "set its members with --path");
      return readMembers((key) => [...where, key], members, given);
    },
  };
}

function memberLines([key, { description, default: fallback }]: [string, Setting<unknown>]): string[] {
  const [first, ...own] = description.split("\n");
  if (own.length > 0) return own.map((line) => `${key}.${line}`);
  const shown = JSON.stringify(fallback);
  return [`${key}: ${first}${shown === '""' || shown === "{}" ? "" : ` Default ${shown}.`}`];
}

/** Reads the given members, and refuses unknown ones. */
export function readMembers<S extends Settings>(
  at: (key: string) => Path,
  settings: S,
  given: Readonly<Record<string, unknown>>,
): Reading<Partial<Values<S>>> {
  const problems: Problem[] = unknownKeyProblems(at, Object.keys(settings), Object.keys(given));
  const values: [string, unknown][] = [];
  const unread: string[] = [];
  for (const [key, setting] of Object.entries(settings)) {
    if (given[key] === undefined) continue;
    const reading = setting.read(at(key), given[key]);
    if ("value" in reading) {
      values.push([key, reading.value]);
      continue;
    }
    problems.push(...reading.problems);
    unread.push(...(reading.unread ?? [key]));
    if (reading.partly !== undefined) values.push([key, reading.partly]);
  }
  const value = Object.fromEntries(values) as Partial<Values<S>>;
  return problems.length > 0 ? { problems, partly: value, unread } : { value };
}
