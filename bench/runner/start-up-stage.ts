/** A stage for `bench start-up`: loads the backend and, unless told `--until backend`, trains one step of a small net. */
import { defineStage } from '../../src/engine/stage-context.ts';
import { METHODS } from '../../src/science/methods/registry.ts';
import { loadBackend } from '../../src/compute/backend.ts';
import { createRandom } from '../../src/base/random.ts';
import { methodOptions, randomPairs, type StepSettings } from '../step/step-settings.ts';

const SETTINGS: StepSettings = {
  method: 'cnn',
  net: 'AlexNet',
  size: 32,
  batch: 4,
  width: 0.0625,
  channels: 1,
  share: true,
};

export default defineStage(import.meta.url, async (context) => {
  await loadBackend('wasm');
  if (context.args['until'] === 'backend') return;
  const options = methodOptions(SETTINGS);
  const { train, ...others } = options;
  const once = { ...others, train: { ...train, iterations: { cnn: 1, gan: 1 } } };
  const task = {
    train: randomPairs(SETTINGS),
    net: SETTINGS.net,
    options: once,
    random: createRandom(1),
    pretrained: {},
  };
  const trained = await METHODS.cnn.train(task);
  trained.dispose();
});
