import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../models/network.ts';
import { record } from '../../compute/tape.ts';
import type { Draw, PairTensors } from './batch.ts';
import { runSteps } from './loop.ts';
import type { LoopOptions, Measures } from './loop.ts';
import { createOptimizer } from './optimizer.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import {
  classifierTurn,
  discriminatorTurn,
  extractorTurn,
  generatorTurn,
  peakDiscriminatorTurn,
  synthesize,
} from './players.ts';
import type { Players, Rules, Scene, Turn } from './players.ts';
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
   * Whether the players of an iteration share one batch and one synthesis. Literally, Algorithm 1 draws and
   * synthesises anew for each. Shared, D and D' move first as well, but E takes its gradient before G moves.
   */
  readonly share: boolean;
  /** Whether C learns along from peaks and fakes (`classifier.update: joint`) or only judges (§3.1). */
  readonly classifierLearns: boolean;
}

/** Players at the table: every call plays one iteration of Algorithm 1. */
export interface Game {
  /**
   * @param draw makes the next batch from the training set; its tensors belong to the current `tf.tidy`
   * @param rateFactor multiplies every learning rate
   */
  iterate(draw: () => PairTensors, rateFactor: number): Measures;
  /** What moves the players, by their names in `Players`. */
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  dispose(): void;
}

/** What C learns from: peaks and what was made of the weak pictures, with their classes. */
function lesson({ batch, fake }: Scene): Lesson {
  return { images: tf.concat([batch.peak, fake]), oneHot: tf.concat([batch.oneHot, batch.oneHot]) };
}

// Not an interface: tf.tidy asks for an index signature, which types alone have, and knows undefined, not null.
type Lesson = { readonly images: tf.Tensor4D; readonly oneHot: tf.Tensor2D };

/** Algorithm 1 without its loop. G, E, D, D' (and C) start from the weights they have. */
export function createGame(players: Players, options: Omit<GameOptions, keyof LoopOptions>): Game {
  const { extractor, peakDiscriminator, classifier } = players;
  const { rules, rates, share } = options;
  const movers = { ...players, classifier: options.classifierLearns ? classifier : null };
  const optimizers: Record<string, Optimizer> = {};
  for (const [name, player] of Object.entries(movers) as [string, Network | null][]) {
    if (player !== null) optimizers[name] = createOptimizer(player, options.optimizer);
  }

  /** The turns of D, D', G and E. */
  const play = (draw: () => PairTensors, rateFactor: number): { measures: Measures; lesson: Lesson | undefined } => {
    const measures: Record<string, tf.Scalar> = {};
    const moves: (() => void)[] = [];
    const scene = share ? synthesize(players, draw()) : null;

    /** Lets one player look at a scene and move: at once, or when all who share the scene have looked. */
    const update = (name: keyof Players, rate: number, look: (scene: Scene) => Turn, later = false): void => {
      const take = (): Turn =>
        record(() => {
          const turn = look(scene ?? synthesize(players, draw()));
          const move = () => optimizers[name]?.apply(turn.gradients, rate * rateFactor);
          if (!later) move();
          else moves.push(move);
          return later ? turn : { ...turn, gradients: [] };
        });
      // What has to wait, and the energies that the next player will ask for, must outlive this turn.
      const { loss, parts } = later ? take() : tf.tidy(take);
      Object.assign(measures, { [name]: loss }, parts);
    };

    update('discriminator', rates.discriminator, (seen) => discriminatorTurn(players, seen));

    if (peakDiscriminator !== null) {
      update('peakDiscriminator', rates.discriminator, (seen) => peakDiscriminatorTurn(peakDiscriminator, rules, seen));
    }

    update('generator', rates.generator, (seen) => generatorTurn(players, rules, seen), share);

    if (extractor !== null) {
      update('extractor', rates.extractor, (seen) => extractorTurn(extractor, players, rules, seen), share);
    }
    for (const move of moves) move();
    return { measures, lesson: scene && options.classifierLearns ? lesson(scene) : undefined };
  };

  const iterate = (draw: () => PairTensors, rateFactor: number): Measures => {
    // The shared synthesis and its tape are gone when C learns: its own turn takes as much memory.
    const played = tf.tidy(() => record(() => play(draw, rateFactor)));
    if (!options.classifierLearns) return played.measures;
    const learned = tf.tidy(() => {
      const images = played.lesson ?? tf.tidy(() => lesson(synthesize(players, draw())));
      const { loss, gradients, parts } = classifierTurn(classifier, images);
      optimizers['classifier']?.apply(gradients, rates.classifier * rateFactor);
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
 * @param draw makes the next batch; only from a `Feed` can the game be continued after a kill
 * @throws DivergenceError where a loss stops being finite
 */
export async function playGame(players: Players, options: GameOptions, draw: Draw<PairTensors>): Promise<void> {
  const game = createGame(players, options);
  const seated = Object.entries(players).filter((entry): entry is [string, Network] => entry[1] !== null);
  const trained = resumable({ networks: Object.fromEntries(seated), optimizers: game.optimizers, draw });
  try {
    await runSteps(options, 'generator', (_step, rateFactor) => game.iterate(draw, rateFactor), trained);
  } finally {
    game.dispose();
  }
}
