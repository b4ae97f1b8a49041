import assert from "node:assert/strict";
import { test } from "node:test";
import { Interruption } from "../../lib/cli/sandbox/interruption";
import { attempt, OperationFailed, StackLocked } from "../../lib/cli/sandbox/operation";
import { Progress } from "../../lib/cli/sandbox/progress";
import type { Target } from "../../lib/cli/sandbox/target";

const target = {
  env: { PULUMI_BACKEND_URL: "file:///home/me/state" },
  stack: "dev",
  project: { root: "/home/me/a mesh" },
  state: {},
} as unknown as Target;

/** Fails like the automation API, whose errors contain the CLI's output. */
function failing(name: string, message: string): Promise<never> {
  const interruption = new Interruption(() => {});
  const run = () => {
    throw Object.assign(new Error(message), { name });
  };
  return attempt<never>({ name: "stack rm", target, progress: new Progress(() => {}), interruption, run }).finally(() =>
    interruption.done(),
  );
}

test("every operation reports the lock of a killed update, with the command that removes it", () =>
  assert.rejects(
    failing("ConcurrentUpdateError", "error: the stack is currently locked by 1 lock(s)"),
    (error: Error) => {
      assert.ok(error instanceof StackLocked);
      assert.match(error.message, /^another update of this stack is in progress; if it was interrupted, run /);
      assert.match(
        error.message,
        /`PULUMI_BACKEND_URL=file:\/\/\/home\/me\/state pulumi cancel --yes --stack dev --cwd '\/home\/me\/a mesh'`$/,
      );
      return true;
    },
  ));

test("passes on the CLI's own reasons, and does not hide a bug of meshfence", async () => {
  await assert.rejects(failing("CommandError", "code: 1\nerror: stack 'dev' still has resources\n"), (error: Error) => {
    assert.ok(error instanceof OperationFailed && !(error instanceof StackLocked));
    assert.equal(error.message, "pulumi stack rm failed; it says: stack 'dev' still has resources");
    return true;
  });
  await assert.rejects(failing("TypeError", "of ours"), { name: "TypeError" });
});
