import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { formatProblems, type Problem } from "../../common/problem";

/**
 * Stops a component whose arguments have problems, with all of them in one message, before it creates anything.
 *
 * @throws pulumi.ResourceError, which Pulumi shows beside the component.
 */
export function refuse(component: pulumi.ComponentResource, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw componentError(component, `${formatProblems(component.constructor.name, problems)}\nNothing was created.`);
}

/**
 * An error that Pulumi shows beside the component, as this message and nothing else. Without `hideStack` it prints the whole object with
 * every resource that can be reached from it; and for its own trace it walks through all of them even so, which takes minutes in
 * a large program, unless the error says how it is to be inspected.
 */
export function componentError(component: pulumi.Resource, message: string): pulumi.ResourceError {
  const error = new pulumi.ResourceError(message, component, true);
  return Object.defineProperty(error, inspect.custom, { value: () => error.stack });
}
