import * as tf from '@tensorflow/tfjs-core';
import { pairBatches } from '../data/batches.ts';
import { buildClassifier, buildExtractor } from '../models/base-net.ts';
import type { Classifier, Extractor } from '../models/base-net.ts';
import { buildDiscriminator } from '../models/discriminator.ts';
import { buildGenerator, startAsIdentity } from '../models/generator.ts';
import type { Generator } from '../models/generator.ts';
import { exportTensors, importTensors } from '../models/state.ts';
import { playGame } from '../training/algorithm-1.ts';
import { mapFeed } from '../training/batch.ts';
import { type Players, rulesOf } from '../training/players.ts';
import { trainClassifier } from '../training/pretrain.ts';
import { batchOptions, pairFeed } from './feed.ts';
import type { MethodShape, Pace, PairMethod, PairTraining, TrainedMethod } from './method.ts';
import { baseNetConfig, discriminatorConfig, generatorConfig } from './networks.ts';
import type { MethodOptions } from './options.ts';
import { disposingOnError, disposingOnErrorSync } from './ownership.ts';
import { featuresInBatches, INFERENCE, inBatches } from './predict.ts';
import { shapeOf, soloOptions } from './pretraining.ts';

/** Which players take part, and whether C's judgement counts for G. */
interface Lineup {
  readonly extractor: boolean;
  readonly discriminator: boolean;
  readonly peakDiscriminator: boolean;
  /** Eq. 6 has the classification energy, Eq. 3 has not. */
  readonly classification: boolean;
}

/** §4.3: one generator, one discriminator, Eqs 1 to 3. */
export const dcgan = gan({ extractor: false, discriminator: true, peakDiscriminator: false, classification: false });

/** §3.1: D' joins, Eqs 4 to 12. */
export const groupGan1v2 = gan({
  extractor: false,
  discriminator: true,
  peakDiscriminator: true,
  classification: true,
});

/** §3.2: E joins, Eqs 4 to 6 and 11 to 17. */
export const groupGan2v2 = gan({ extractor: true, discriminator: true, peakDiscriminator: true, classification: true });

/** A control that is not in the paper: G moves by the content energy alone (Eq. 1), and C learns along as in the others. */
export const restoration = gan({
  extractor: false,
  discriminator: false,
  peakDiscriminator: false,
  classification: false,
});

function gan(lineup: Lineup): PairMethod {
  return {
    reads: 'pairs',
    pace: gamePace,
    async train(task) {
      const shape = shapeOf(task);
      const players = buildPlayers(task, shape, lineup);
      const { generator, extractor, discriminator, peakDiscriminator, classifier } = players;
      const kept = [generator, classifier, ...(extractor === null ? [] : [extractor])];
      return disposingOnError(kept, async () => {
        try {
          await play(task, shape, players, lineup);
        } finally {
          discriminator?.dispose();
          peakDiscriminator?.dispose();
        }
        if (task.options.classifier.update === 'fine-tune') await fineTune(task, shape, players);
        return trained(players, shape);
      });
    },
    restore(task) {
      const { generator, extractor, classifier } = buildKept(task, lineup, null);
      const kept = [generator, classifier, ...(extractor === null ? [] : [extractor])];
      return disposingOnErrorSync(kept, () => {
        importTensors(generator, task.tensors, 'generator.');
        importTensors(classifier, task.tensors, 'classifier.');
        if (extractor !== null) importTensors(extractor, task.tensors, 'extractor.');
        return trained({ generator, extractor, classifier }, task);
      });
    },
  };
}

/** Pace of the game: every player's rate. */
export function gamePace({ train }: MethodOptions): Pace {
  const { generator, discriminator, extractor, classifier } = train.learningRates;
  return {
    batch: train.batch,
    rates: { generator, discriminator, peakDiscriminator: discriminator, extractor, classifier },
  };
}

/** The players that outlive the game. */
type Kept = Pick<Players, 'generator' | 'extractor' | 'classifier'>;

function buildKept(shape: MethodShape, lineup: Lineup, random: PairTraining['random'] | null): Kept {
  const baseNet = baseNetConfig(shape);
  const classifier = buildClassifier(baseNet, shape.classes, random?.fork('classifier') ?? null);
  const extractor = lineup.extractor ? buildExtractor(baseNet, random?.fork('classifier') ?? null) : null;
  const config = generatorConfig(shape, extractor?.expressionSize ?? null);
  return { classifier, extractor, generator: buildGenerator(config, random?.fork('generator') ?? null) };
}

/** Builds the players and gives them what they were pretrained to. */
function buildPlayers({ random, pretrained, options }: PairTraining, shape: MethodShape, lineup: Lineup): Players {
  const kept = buildKept(shape, lineup, random);
  const { classifier, extractor, generator } = kept;
  const config = discriminatorConfig(shape, extractor?.expressionSize ?? null);
  const discriminator = lineup.discriminator ? buildDiscriminator(config, random.fork('discriminator')) : null;
  const peakDiscriminator = lineup.peakDiscriminator
    ? buildDiscriminator(config, random.fork('peakDiscriminator'))
    : null;
  const players = { ...kept, discriminator, peakDiscriminator };
  const all = Object.values(players).filter((player) => player !== null);
  return disposingOnErrorSync(all, () => {
    if (pretrained.classifier !== undefined) {
      importTensors(classifier, pretrained.classifier, 'classifier.');
      if (extractor !== null) importTensors(extractor, pretrained.classifier, 'classifier.');
    }
    if (pretrained.generator !== undefined) {
      importTensors(generator, pretrained.generator, 'generator.', (name) => name.includes('.condition.'));
      if (options.generator.output === 'residual') startAsIdentity(generator);
    }
    return players;
  });
}

async function play(task: PairTraining, shape: MethodShape, players: Players, lineup: Lineup): Promise<void> {
  const { options, random } = task;
  const { train, optimizer, logEvery } = options;
  const batches = pairBatches(task.train, batchOptions(options, train.batch, random));
  await playGame(
    players,
    {
      iterations: train.iterations.gan,
      logEvery,
      schedule: train.schedule,
      onReport: task.onReport,
      signal: task.signal,
      checkpoints: task.checkpoints?.phase('game'),
      rules: rulesOf(options, lineup.classification),
      rates: train.learningRates,
      optimizer,
      share: options.players.share,
      classifierLearns: options.classifier.update === 'joint',
    },
    pairFeed(batches, shape.classes, random.fork('real')),
  );
}

/** C, trained on what G makes of the training pictures, for the final recognition. */
async function fineTune(task: PairTraining, shape: MethodShape, players: Players): Promise<void> {
  const { options, random } = task;
  const batches = pairBatches(task.train, batchOptions(options, options.train.batch, random.fork('fine-tune')));
  const feed = pairFeed(batches, shape.classes, random.fork('fine-tune real'));
  const { iterations } = options.classifier;
  const { generator, extractor } = players;
  const others = { generator, ...(extractor === null ? {} : { extractor }) };
  const solo = soloOptions(
    task,
    { iterations, learningRate: options.train.learningRates.classifier },
    task.checkpoints?.phase('fine-tune', others),
  );
  const images = mapFeed(feed, ({ weak, oneHot }) => ({ images: magnified(players, weak), oneHot }));
  await trainClassifier(players.classifier, solo, images);
}

function magnified({ generator, extractor }: Pick<Kept, 'generator' | 'extractor'>, weak: tf.Tensor4D): tf.Tensor4D {
  return generator.magnify(weak, extractor?.extract(weak, INFERENCE).expression ?? null);
}

function trained(players: Kept, shape: MethodShape): TrainedMethod {
  const {
    generator,
    extractor,
    classifier,
  }: { generator: Generator; extractor: Extractor | null; classifier: Classifier } = players;
  return {
    predict: (images) => inBatches(images, shape, (weak) => classifier.classify(magnified(players, weak), INFERENCE)),
    magnifier: {
      magnify: (images) => inBatches(images, shape, (weak) => tf.clipByValue(magnified(players, weak), -1, 1)),
      predictUnmagnified: (images) => inBatches(images, shape, (weak) => classifier.classify(weak, INFERENCE)),
    },
    features: (images) => featuresInBatches(images, shape, extractor ?? classifier),
    tensors: () =>
      new Map([
        ...exportTensors(generator, 'generator.'),
        ...exportTensors(classifier, 'classifier.'),
        ...(extractor === null ? [] : exportTensors(extractor, 'extractor.')),
      ]),
    dispose() {
      for (const network of [generator, classifier, extractor]) network?.dispose();
    },
  };
}
