import * as pulumi from "@pulumi/pulumi";
import { describeProblems, type Problem } from "../validation/problems";

/**
 * Stops a component whose arguments have problems, with all of them in one message, before it creates anything.
 *
 * @throws pulumi.ResourceError, which Pulumi shows beside the component.
 */
export function refuse(component: pulumi.ComponentResource, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new pulumi.ResourceError(describeProblems(problems, component.constructor.name), component);
}
