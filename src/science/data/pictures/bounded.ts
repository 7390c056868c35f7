/**
 * Runs `task` for 0 to count - 1 in order, at most `concurrency` at a time. After a failure nothing new starts; of
 * several failures the one with the lowest number is thrown, so that the same data give the same message.
 */
export async function forEachBounded(
  count: number,
  { concurrency, signal }: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
  task: (index: number) => Promise<void>,
): Promise<void> {
  const failures: { readonly index: number; readonly error: unknown }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count && failures.length === 0 && signal?.aborted !== true) {
      const index = next++;
      try {
        await task(index);
      } catch (error) {
        failures.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, count)) }, work));
  const [first] = failures.sort((a, b) => a.index - b.index);
  if (first !== undefined) throw first.error;
  signal?.throwIfAborted();
}
