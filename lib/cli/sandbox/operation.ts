import { shellQuoted } from "../../common/shell-quoted";
import type { Interruption } from "./interruption";
import { markUpdate, removeAbandonedLocks } from "./locks";
import type { Progress } from "./progress";
import type { Target } from "./target";

/** An operation of Pulumi failed. */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
}

/** The stack is locked, by another update or one that was killed. */
export class StackLocked extends OperationFailed {}

/** An operation of Pulumi on a stack. */
export interface Operation<T> {
  /** Pulumi's name for it. */
  name: string;
  target: Target;
  progress: Progress;
  interruption: Interruption;
  /** Runs it. Called again after the lock of a killed update was removed. */
  run: () => Promise<T>;
}

/** Like {@link attempt}, for an operation that locks the stack. */
export async function update<T>(operation: Operation<T>): Promise<T> {
  const unmark = markUpdate(operation.target);
  let wasFree = true;
  try {
    return await attempt(operation);
  } catch (error) {
    wasFree = !(error instanceof StackLocked);
    throw error;
  } finally {
    unmark(wasFree);
  }
}

/**
 * Runs an operation of Pulumi, and reports why it failed unless Pulumi already has. The lock of an update that was certainly killed is removed.
 */
export async function attempt<T>(operation: Operation<T>, again = true): Promise<T> {
  const { name: command, target, progress, interruption, run } = operation;
  try {
    interruption.check();
    const done = await run();
    interruption.check();
    return done;
  } catch (error) {
    interruption.check();
    const { name, message } = error as Error;
    if (name === "ConcurrentUpdateError") {
      if (again && removeAbandonedLocks(target)) {
        progress.say("Removed the lock of an update that was killed.");
        return attempt(operation, false);
      }
      throw new StackLocked(
        `another update of this stack is in progress; if it was interrupted, run \`${cancelCommand(target)}\``,
      );
    }
    if (name !== "CommandError") throw error;
    // What the CLI finds before the engine starts, such as configuration of the wrong type, it prints only on standard error.
    const reasons = progress.reportedErrors ? "the reasons are above" : reasonsIn(message);
    throw new OperationFailed(`pulumi ${command} failed; ${reasons}`, { cause: error });
  }
}

/** The command that removes the lock of a killed update, with the backend that it needs. */
function cancelCommand({ env, stack, project }: Target): string {
  const backend =
    env.PULUMI_BACKEND_URL === undefined ? "" : `PULUMI_BACKEND_URL=${shellQuoted(env.PULUMI_BACKEND_URL)} `;
  return `${backend}pulumi cancel --yes --stack ${stack} --cwd ${shellQuoted(project.root)}`;
}

/** The CLI's own `error:` lines, each once. */
function reasonsIn(message: string): string {
  const reasons = message.split("\n").flatMap((line) => /^error: (.*)/.exec(line)?.[1] ?? []);
  return `it says: ${reasons.length === 0 ? message.trim() : [...new Set(reasons)].join("\n")}`;
}
