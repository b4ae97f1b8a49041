/**
 * Runs tasks side by side, so many at a time, and gives their results in the order of the tasks. The first that fails ends it: no more are
 * begun, and those under way are waited for, so that nothing goes on behind the caller's back.
 */
export async function pool<T, R>(tasks: readonly T[], size: number, run: (task: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const queue = tasks.entries();
  const work = async () => {
    for (const [place, task] of queue) {
      if (failures.length > 0) return;
      try {
        results[place] = await run(task);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(size, tasks.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
