import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { type Problem, ProblemError } from "../../common/problem";

/**
 * Stops a component whose arguments have problems, with all of them in one message.
 *
 * @throws pulumi.ResourceError, which Pulumi shows beside the component. Its `cause` is the `ProblemError`.
 */
export function refuse(component: pulumi.ComponentResource, problems: readonly Problem[]): void {
  if (problems.length > 0) throw componentError(component, new ProblemError(component.constructor.name, problems));
}

/**
 * An error that Pulumi shows at the component, as only the message of its cause. Without `hideStack`, Pulumi prints the object with every
 * resource reachable from it. For its own trace it inspects the object anyway, which takes minutes in a large program unless the error
 * customizes its inspection.
 */
export function componentError(component: pulumi.Resource, cause: Error): pulumi.ResourceError {
  const error = new pulumi.ResourceError(cause.message, component, true);
  return Object.defineProperties(error, { cause: { value: cause }, [inspect.custom]: { value: () => error.stack } });
}
