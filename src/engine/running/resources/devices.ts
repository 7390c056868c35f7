/** The GPUs of this machine, each given to one instance at a time. */
export class Devices {
  readonly #free: string[];

  /** @param ids what CUDA_VISIBLE_DEVICES may hold: indices, or names such as `GPU-1a2b` */
  constructor(ids: readonly string[]) {
    this.#free = [...ids];
  }

  /** So many devices; the scheduler sees to it that they are there. */
  take(count: number): readonly string[] {
    return this.#free.splice(0, count);
  }

  giveBack(ids: readonly string[]): void {
    this.#free.push(...ids);
  }

  /** What a process that has these devices needs to see. Without any, it sees what the runner itself sees. */
  environment(ids: readonly string[]): NodeJS.ProcessEnv {
    return ids.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: ids.join(',') };
  }
}
