import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/** Makes the backend ready that tests of networks run on. */
export async function useTestBackend(): Promise<void> {
  await tf.setBackend('cpu');
}
