import { loadBackend } from '../../src/science/tensor/backend.ts';

/** Makes the backend ready that tests of networks run on: the reference. */
export async function useTestBackend(): Promise<void> {
  await loadBackend('wasm');
}
