import { loadBackend } from '../../src/compute/backend.ts';

/** Makes the backend ready that tests of networks run on: the reference. */
export async function useTestBackend(): Promise<void> {
  await loadBackend('wasm');
}
