import { type Path, type Problem, problem } from "../common/problem";
import { enumerate } from "../common/text";

/** Checks that exactly one member is given, where TypeScript has a union, which a Pulumi schema cannot express. */
export function exactlyOne(path: Path, members: { [member: string]: unknown }, fix: string): Problem[] {
  const given = Object.values(members).filter((value) => value !== undefined && value !== null).length;
  if (given === 1) return [];
  const names = enumerate(Object.keys(members));
  if (given === 0) return [problem("missing", path, `missing ${names}`, `give ${fix}`)];
  return [problem("conflict", path, `more than one of ${names}`, `give ${fix}`)];
}
