/**
 * The results of all, in order, once every one has ended: nothing goes on writing where the caller cleans up after a
 * failure. Rejects with the first failure in the order given.
 */
export async function allEnded<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
