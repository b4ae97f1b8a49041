import type * as pulumi from "@pulumi/pulumi";
import { type Problem, ProblemError } from "../../common/problem";
import { componentError } from "./refuse";

/** Builds a component's plan from its arguments; problems with them become an error of the component. */
export function buildOrFail<T>(component: pulumi.Resource, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw componentError(component, error instanceof Error ? error : new Error(String(error)));
  }
}

/** Both results, or an error with the problems of both, each once. */
export function bothOrProblems<First, Second>(first: () => First, second: () => Second): [First, Second] {
  const problems = new Map<string, Problem>();
  const tried = <T>(build: () => T): { made: T } | undefined => {
    try {
      return { made: build() };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      for (const problem of error.problems) problems.set(JSON.stringify([problem.path, problem.message]), problem);
      return undefined;
    }
  };
  const [left, right] = [tried(first), tried(second)];
  if (left === undefined || right === undefined) throw new ProblemError("Fence", [...problems.values()]);
  return [left.made, right.made];
}
