import { type Path, type Problem, problem } from "../common/problem";

/** Members of which one has to be given, where TypeScript has a union and a Pulumi schema has none. */
export function exactlyOne(path: Path, members: { [member: string]: unknown }, fix: string): Problem[] {
  const given = Object.values(members).filter((value) => value !== undefined && value !== null).length;
  if (given === 1) return [];
  const names = new Intl.ListFormat("en").format(Object.keys(members));
  if (given === 0) return [problem("missing", path, `missing ${names}`, `give ${fix}`)];
  return [problem("conflict", path, `more than one of ${names}`, `give ${fix}`)];
}
