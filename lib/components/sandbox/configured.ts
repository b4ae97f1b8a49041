import * as pulumi from "@pulumi/pulumi";
import { ProblemError } from "../../common/problem";
import type { SandboxArgs } from "./args";
import { sandboxConfiguration } from "./settings";

/**
 * The arguments that the stack's configuration asks for. Keys, types and defaults are in meshfence's Pulumi.yaml.
 *
 * @throws pulumi.RunError, which Pulumi shows without a stack trace, with all problems: unknown keys with the nearest known one,
 *   values of the wrong type or out of range, and what the parts of the sandbox refuse.
 *
 * @example
 * const sandbox = new Sandbox("sandbox", configuredSandbox());
 * export const { context } = sandbox;
 */
export function configuredSandbox(): SandboxArgs {
  try {
    return sandboxConfiguration(pulumi.getProject(), pulumi.runtime.allConfig());
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw Object.assign(new pulumi.RunError(error.message), { cause: error });
  }
}
