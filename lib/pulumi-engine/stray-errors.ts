import { AsyncLocalStorage } from "node:async_hooks";

type Report = (error: unknown) => void;
type Listener = (error: unknown, ...rest: unknown[]) => void;

const runs = new AsyncLocalStorage<Report>();
const events = ["uncaughtException", "unhandledRejection"] as const;
let active = 0;
let set: { event: (typeof events)[number]; listener: Listener; others: Listener[] }[] = [];

/**
 * Runs `body`, and passes uncaught errors of its asynchronous code to `report`. Pulumi programs fail that way, since an `apply` has
 * no caller. Errors of other code go to the previous listeners, such as those of a test runner, which must not see the program's.
 */
export async function catchStrayErrors<T>(report: Report, body: () => Promise<T>): Promise<T> {
  if (active++ === 0) install();
  try {
    return await runs.run(report, body);
  } finally {
    // Rejections are reported after the microtasks of the tick in which they happened.
    await new Promise((resolve) => setImmediate(resolve));
    if (--active === 0) uninstall();
  }
}

function install(): void {
  process.on("rejectionHandled", ignore);
  set = events.map((event) => {
    const others = process.rawListeners(event) as Listener[];
    process.removeAllListeners(event);
    const listener: Listener = (error, ...rest) => {
      const report = runs.getStore();
      if (report) return report(error);
      if (others.length === 0) return crash(error);
      for (const other of others) other.call(process, error, ...rest);
    };
    process.on(event, listener);
    return { event, listener, others };
  });
}

function uninstall(): void {
  process.off("rejectionHandled", ignore);
  for (const { event, listener, others } of set) {
    process.off(event, listener);
    for (const other of others) process.on(event, other);
  }
  set = [];
}

/** Suppresses Node's warnings about rejections that the SDK handles a tick late. */
function ignore(): void {}

/** Handles an error as Node does without a listener. */
function crash(error: unknown): void {
  uninstall();
  setImmediate(() => {
    throw error;
  });
}
