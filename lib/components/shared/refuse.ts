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
 * An error that Pulumi shows at the component, as only this message. Without `hideStack`, Pulumi prints the object with every resource
 * reachable from it. For its own trace it inspects the object anyway, which takes minutes in a large program unless the error
 * customizes its inspection.
 */
export function componentError(component: pulumi.Resource, message: string): pulumi.ResourceError {
  const error = new pulumi.ResourceError(message, component, true);
  return Object.defineProperty(error, inspect.custom, { value: () => error.stack });
}
