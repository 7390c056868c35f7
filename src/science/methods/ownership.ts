import type { Network } from '../models/network.ts';

/** Runs `body`; if it fails, the networks that were to belong to its result are freed. */
export async function disposingOnError<T>(networks: readonly Network[], body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    for (const network of networks) network.dispose();
    throw error;
  }
}

/** The same for a body that does not wait. */
export function disposingOnErrorSync<T>(networks: readonly Network[], body: () => T): T {
  try {
    return body();
  } catch (error) {
    for (const network of networks) network.dispose();
    throw error;
  }
}
