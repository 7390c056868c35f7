import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../models/network.ts';
import { record } from '../../compute/tape.ts';
import type { NextBatch, PairTensors } from './batch.ts';
import { runSteps } from './loop.ts';
import type { LoopOptions, Measures } from './loop.ts';
import { createOptimizer } from './optimizer.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import {
  classifierPlayerLoss,
  discriminatorPlayerLoss,
  extractorPlayerLoss,
  generatorPlayerLoss,
  peakDiscriminatorPlayerLoss,
  synthesize,
} from './players.ts';
import type { Players, Rules, Synthesis, PlayerLoss } from './players.ts';
import { resumable } from './resumable.ts';

/** The learning rates of Algorithm 1 (rho_D for D and D' alike, rho_G, rho_E), and C's where it learns along. */
export interface GameRates {
  readonly discriminator: number;
  readonly generator: number;
  readonly extractor: number;
  readonly classifier: number;
}

export interface GameOptions extends LoopOptions {
  readonly rules: Rules;
  readonly rates: GameRates;
  readonly optimizer: OptimizerOptions;
  /**
   * Whether the players of an iteration share one batch and one synthesis. Literally, Algorithm 1 takes a
   * batch and synthesises for each of them. Shared, D and D' move first as well, but E takes its gradient before G moves.
   */
  readonly share: boolean;
  /** Whether C learns along from peaks and fakes (`classifier.update: joint`) or only judges (§3.1). */
  readonly classifierLearns: boolean;
}

/** A game under way: every call plays one iteration of Algorithm 1. */
export interface Game {
  /**
   * @param nextBatch makes the next batch from the training set; its tensors belong to the current `tf.tidy`
   * @param rateFactor multiplies every learning rate; asked for in every step
   */
  iterate(nextBatch: () => PairTensors, rateFactor: () => number): Measures;
  /** The players' optimisers, by their names in `Players`. */
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  dispose(): void;
}

/** C learns from peaks and from the magnified weak pictures, with their classes. */
function classifierBatch({ batch, fake }: Synthesis): ClassifierBatch {
  return { images: tf.concat([batch.peak, fake]), oneHot: tf.concat([batch.oneHot, batch.oneHot]) };
}

// Not an interface: tf.tidy asks for an index signature, which types alone have, and knows undefined, not null.
type ClassifierBatch = { readonly images: tf.Tensor4D; readonly oneHot: tf.Tensor2D };

/** Algorithm 1 without its loop. G, E, D, D' (and C) start from the weights they have. */
export function createGame(players: Players, options: Omit<GameOptions, keyof LoopOptions>): Game {
  const { extractor, discriminator, peakDiscriminator, classifier } = players;
  const { rules, rates, share } = options;
  const movers = { ...players, classifier: options.classifierLearns ? classifier : null };
  const optimizers: Record<string, Optimizer> = {};
  for (const [name, player] of Object.entries(movers) as [string, Network | null][]) {
    if (player !== null) optimizers[name] = createOptimizer(player, options.optimizer);
  }

  /** The updates of D, D', G and E. */
  const play = (
    nextBatch: () => PairTensors,
    rateFactor: () => number,
  ): { measures: Measures; classifierBatch: ClassifierBatch | undefined } => {
    const measures: Record<string, tf.Scalar> = {};
    const moves: (() => void)[] = [];
    const synthesis = share ? synthesize(players, nextBatch()) : null;

    /** Updates one player: at once, or when all that share the synthesis have their gradients. */
    const update = (
      name: keyof Players,
      rate: number,
      look: (synthesis: Synthesis) => PlayerLoss,
      later = false,
    ): void => {
      const take = (): PlayerLoss =>
        record(() => {
          const own = look(synthesis ?? synthesize(players, nextBatch()));
          const move = () => optimizers[name]?.apply(own.gradients, () => rate * rateFactor());
          if (!later) move();
          else moves.push(move);
          return later ? own : { ...own, gradients: [] };
        });
      // What has to wait, and the energies that the next player will ask for, must outlive this update.
      const { loss, parts } = later ? take() : tf.tidy(take);
      Object.assign(measures, { [name]: loss }, parts);
    };

    if (discriminator !== null) {
      update('discriminator', rates.discriminator, (seen) => discriminatorPlayerLoss(discriminator, seen));
    }

    if (peakDiscriminator !== null) {
      update('peakDiscriminator', rates.discriminator, (seen) =>
        peakDiscriminatorPlayerLoss(peakDiscriminator, rules, seen),
      );
    }

    update('generator', rates.generator, (seen) => generatorPlayerLoss(players, rules, seen), share);

    if (extractor !== null) {
      update('extractor', rates.extractor, (seen) => extractorPlayerLoss(extractor, players, rules, seen), share);
    }
    for (const move of moves) move();
    return {
      measures,
      classifierBatch: synthesis && options.classifierLearns ? classifierBatch(synthesis) : undefined,
    };
  };

  const iterate = (nextBatch: () => PairTensors, rateFactor: () => number): Measures => {
    // The shared synthesis and its tape are gone when C learns, which takes as much memory.
    const played = tf.tidy(() => record(() => play(nextBatch, rateFactor)));
    if (!options.classifierLearns) return played.measures;
    const learned = tf.tidy(() => {
      const images = played.classifierBatch ?? tf.tidy(() => classifierBatch(synthesize(players, nextBatch())));
      const { loss, gradients, parts } = classifierPlayerLoss(classifier, images);
      optimizers['classifier']?.apply(gradients, () => rates.classifier * rateFactor());
      return { classifier: loss, ...parts };
    });
    return { ...played.measures, ...learned };
  };

  return {
    iterate,
    optimizers,
    dispose() {
      for (const optimizer of Object.values(optimizers)) optimizer.dispose();
    },
  };
}

/**
 * Algorithm 1: trains the players on pairs.
 *
 * @param nextBatch makes the next batch; only from a `Feed` can the game be continued after a kill
 * @throws DivergenceError where a loss stops being finite
 */
export async function playGame(
  players: Players,
  options: GameOptions,
  nextBatch: NextBatch<PairTensors>,
): Promise<void> {
  const game = createGame(players, options);
  const lineup = Object.entries(players).filter((entry): entry is [string, Network] => entry[1] !== null);
  const trained = resumable({ networks: Object.fromEntries(lineup), optimizers: game.optimizers, nextBatch });
  try {
    await runSteps(options, 'generator', ({ rateFactor }) => game.iterate(nextBatch, rateFactor), trained);
  } finally {
    game.dispose();
  }
}
