/**
 * Runs up to `size` tasks concurrently and returns their results in order. After a failure it starts no more tasks, waits for those that run, so that
 * nothing continues in the background, and rejects with the first error.
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
