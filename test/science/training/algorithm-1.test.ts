import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import {
  classificationEnergy,
  contentEnergy,
  discriminatorLoss,
  foolingEnergy,
} from '../../../src/science/losses/losses.ts';
import { record } from '../../../src/compute/tape.ts';
import { createGame } from '../../../src/science/training/algorithm-1.ts';
import type { PairTensors } from '../../../src/science/training/batch.ts';
import {
  discriminatorPlayerLoss,
  extractorPlayerLoss,
  generatorPlayerLoss,
  gradientShares,
  peakDiscriminatorPlayerLoss,
  synthesize,
  weightsOf,
} from '../../../src/science/training/players.ts';
import type { Players, Rules, PlayerLoss } from '../../../src/science/training/players.ts';
import { useTestBackend } from '../../compute/test-backend.ts';
import { dispose, GAME, RULES, snapshot, tinyBatch, tinyPlayers } from './tiny-players.ts';

type TinyPlayers = ReturnType<typeof tinyPlayers>;
const PLAYERS = ['generator', 'extractor', 'discriminator', 'peakDiscriminator', 'classifier'] as const;
/** Who moves at which learning rate. */
const MOVERS = {
  generator: ['generator'],
  extractor: ['extractor'],
  discriminator: ['discriminator', 'peakDiscriminator'],
  classifier: ['classifier'],
};

/** The losses as the paper prints them, each with a synthesis of its own and tfjs's own gradient. */
function printedLoss(player: string, players: TinyPlayers, rules: Rules, batch: PairTensors): tf.Scalar {
  const { generator, extractor, discriminator, peakDiscriminator, classifier } = players;
  const { expression } = extractor.extract(batch.weak, { training: true });
  const fake = generator.magnify(batch.weak, expression);
  const weighted = (energy: tf.Scalar, weight: number) => tf.mul<tf.Scalar>(energy, weight);
  const fooling = foolingEnergy(discriminator.judge(fake, expression), rules.form);
  const foolingPeak = foolingEnergy(peakDiscriminator.judge(fake, expression), rules.form);
  const classification = classificationEnergy(classifier.classify(fake, { training: false }), batch.oneHot);
  switch (player) {
    case 'discriminator':
      return discriminatorLoss(discriminator.judge(batch.real, expression), discriminator.judge(fake, expression));
    case 'peakDiscriminator':
      return discriminatorLoss(
        peakDiscriminator.judge(batch.peak, expression),
        peakDiscriminator.judge(fake, expression),
      );
    case 'generator':
      return tf.addN([
        contentEnergy(batch.peak, fake, 'mean'),
        weighted(fooling, rules.generator.fooling),
        weighted(foolingPeak, rules.generator.foolingPeak),
        weighted(classification, rules.generator.classification),
      ]);
    default:
      return tf.addN([
        classification,
        weighted(fooling, rules.extractor.fooling),
        weighted(foolingPeak, rules.extractor.foolingPeak),
      ]);
  }
}

function turns(players: TinyPlayers, rules: Rules, batch: PairTensors, share: boolean): Record<string, PlayerLoss> {
  const scene = share ? synthesize(players, batch) : null;
  const seen = () => scene ?? synthesize(players, batch);
  return {
    discriminator: discriminatorPlayerLoss(players.discriminator, seen()),
    peakDiscriminator: peakDiscriminatorPlayerLoss(players.peakDiscriminator, rules, seen()),
    generator: generatorPlayerLoss(players, rules, seen()),
    extractor: extractorPlayerLoss(players.extractor, players, rules, seen()),
  };
}

function assertSameTensors(actual: readonly tf.Tensor[], expected: readonly tf.Tensor[], what: string): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((tensor, index) => {
    const [a, b] = [tensor.dataSync(), expected[index]!.dataSync()];
    const scale = Math.max(1e-4, ...Array.from(b, Math.abs));
    const worst = Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
    assert.ok(worst <= 2e-4 * scale, `${what}, weight ${index}: differs by ${worst} of ${scale}`);
  });
}

describe('Algorithm 1', () => {
  before(useTestBackend);

  for (const form of ['saturating', 'non-saturating'] as const) {
    for (const share of [true, false]) {
      const title = share ? 'one shared synthesis' : 'a synthesis for each player';
      it(`gives every player the gradient of its printed loss, with ${title}, ${form}`, () => {
        const players = tinyPlayers();
        const rules = { ...RULES, form };
        tf.tidy(() => {
          const batch = tinyBatch();
          const taken = record(() => turns(players, rules, batch, share));
          for (const [name, turn] of Object.entries(taken)) {
            const weights = weightsOf(players[name as keyof TinyPlayers]);
            const { value, grads } = tf.variableGrads(() => printedLoss(name, players, rules, batch), weights);
            assertSameTensors([turn.loss], [value], `loss of ${name}`);
            assertSameTensors(
              turn.gradients,
              weights.map((variable) => grads[variable.name]!),
              name,
            );
          }
        });
        dispose(players);
      });
    }
  }

  it('gives every player the same turn with one shared synthesis and with one for each, on the same batch', () => {
    const players = tinyPlayers('batch');
    tf.tidy(() => {
      const batch = tinyBatch();
      const [shared, separate] = [true, false].map((share) => record(() => turns(players, RULES, batch, share)));
      for (const [name, turn] of Object.entries(shared!)) {
        const weights = weightsOf(players[name as keyof TinyPlayers]);
        assert.deepEqual(
          turn.gradients.map(({ shape }) => shape),
          weights.map(({ shape }) => shape),
        );
        assert.deepEqual(turn.loss.shape, []);
        assertSameTensors([turn.loss], [separate![name]!.loss], `loss of ${name}`);
        assertSameTensors(turn.gradients, separate![name]!.gradients, name);
      }
    });
    dispose(players);
  });

  it('keeps the content term out of the extractor’s gradient', () => {
    const players = tinyPlayers();
    tf.tidy(() => {
      const gradients = (peakSeed: number) => {
        const batch = { ...tinyBatch(), peak: tinyBatch(peakSeed).peak };
        return record(() => {
          const scene = synthesize(players, batch);
          const g = generatorPlayerLoss(players, RULES, scene).gradients;
          return { g, e: extractorPlayerLoss(players.extractor, players, RULES, scene).gradients };
        });
      };
      const [first, second] = [gradients(1), gradients(2)];
      assertSameTensors(first.e, second.e, 'extractor');
      assert.throws(() => assertSameTensors(first.g, second.g, 'generator'));
    });
    dispose(players);
  });

  it('reports losses that are the weighted sums of the energies it names', () => {
    const players = tinyPlayers();
    tf.tidy(() => {
      const { generator, extractor } = record(() => turns(players, RULES, tinyBatch(), true));
      const part = (turn: PlayerLoss, name: string) => turn.parts[name]!.dataSync()[0]!;
      const { fooling, foolingPeak, classification } = RULES.generator;
      const g =
        part(generator!, 'content') +
        fooling * part(generator!, 'fooling') +
        foolingPeak * part(generator!, 'foolingPeak') +
        classification * part(generator!, 'classification');
      const e =
        part(extractor!, 'classification') +
        RULES.extractor.fooling * part(extractor!, 'fooling') +
        RULES.extractor.foolingPeak * part(extractor!, 'foolingPeak');
      assert.ok(Math.abs(generator!.loss.dataSync()[0]! - g) < 1e-5);
      assert.ok(Math.abs(extractor!.loss.dataSync()[0]! - e) < 1e-5);
    });
    dispose(players);
  });

  it('reports how hard each term pulls at the fakes: the norm of its gradient, times its weight', () => {
    const players = tinyPlayers();
    tf.tidy(() => {
      record(() => {
        const scene = synthesize(players, tinyBatch());
        const { parts } = generatorPlayerLoss(players, RULES, scene);
        const { fake, expression, batch } = scene;
        const [made, peak] = [fake.dataSync(), batch.peak.dataSync()];
        // d/dx of the mean of (x - peak)^2 is 2 (x - peak) / n.
        const content = Math.hypot(...made.map((value, at) => (2 * (value - peak[at]!)) / made.length));
        const normOf = (energy: (x: tf.Tensor4D) => tf.Scalar): number =>
          Math.hypot(
            ...tf
              .grad((x) => energy(x as tf.Tensor4D))(tf.tensor4d(made, fake.shape))
              .dataSync(),
          );
        const { generator: weights, form } = RULES;
        const expected = {
          contentGradient: content,
          foolingGradient:
            weights.fooling * normOf((x) => foolingEnergy(players.discriminator.judge(x, expression), form)),
          foolingPeakGradient:
            weights.foolingPeak * normOf((x) => foolingEnergy(players.peakDiscriminator.judge(x, expression), form)),
          classificationGradient:
            weights.classification *
            normOf((x) => classificationEnergy(players.classifier.classify(x, { training: false }), batch.oneHot)),
        };
        for (const [name, value] of Object.entries(expected)) {
          const found = parts[name]!.dataSync()[0]!;
          assert.ok(Math.abs(found - value) <= 1e-4 * value, `${name}: ${found}, by hand ${value}`);
        }
      });
    });
    dispose(players);
  });

  it('tells what share of the pull each term has, where there are several', () => {
    const measures = { contentGradient: 3, foolingGradient: 0, classificationGradient: 1, content: 17 };
    assert.deepEqual([...gradientShares(measures)!], [['content', 0.75], ['fooling', 0], ['classification', 0.25]]); // prettier-ignore
    assert.equal(gradientShares({ contentGradient: 3, content: 1 }), null);
    assert.equal(gradientShares({ classifier: 1 }), null);
    assert.equal(gradientShares({ contentGradient: 0, foolingGradient: 0 }), null);
  });

  it('reports how well each discriminator tells its two sides apart, as the mean of the shares judged rightly', () => {
    const players = tinyPlayers();
    tf.tidy(() => {
      record(() => {
        const scene = synthesize(players, tinyBatch());
        const { real, peak } = scene.batch;
        const share = (logits: tf.Tensor, isReal: boolean): number => {
          const values = [...logits.dataSync()];
          return values.filter((logit) => logit > 0 === isReal).length / values.length;
        };
        const expected = (judge: TinyPlayers['discriminator'], positives: tf.Tensor4D): number =>
          (share(judge.judge(positives, scene.expression), true) +
            share(judge.judge(scene.fake, scene.expression), false)) /
          2;
        const rules: Rules = { ...RULES, peakNegatives: 'fake' };
        const parts = {
          ...discriminatorPlayerLoss(players.discriminator, scene).parts,
          ...peakDiscriminatorPlayerLoss(players.peakDiscriminator, rules, scene).parts,
        };
        const found = Object.entries(parts).map(([name, value]) => [name, value.dataSync()[0]]);
        assert.deepEqual(found, [
          ['discriminatorAccuracy', Math.fround(expected(players.discriminator, real))],
          ['peakDiscriminatorAccuracy', Math.fround(expected(players.peakDiscriminator, peak))],
        ]);
      });
    });
    dispose(players);
  });

  for (const [rate, movers] of Object.entries(MOVERS)) {
    it(`moves ${movers.join(' and ')} and nobody else when only the ${rate} rate is above 0`, () => {
      const players = tinyPlayers();
      const rates = { discriminator: 0, generator: 0, extractor: 0, classifier: 0, [rate]: 1e-2 };
      const game = createGame(players, { ...GAME, rates, classifierLearns: true });
      const before = PLAYERS.map((name) => snapshot(players[name]));
      tf.tidy(
        () =>
          void game.iterate(
            () => tinyBatch(),
            () => 1,
          ),
      );
      const moved = PLAYERS.filter((name, index) => !isDeepStrictEqual(snapshot(players[name]), before[index]));
      assert.deepEqual(moved, movers);
      game.dispose();
      dispose(players);
    });
  }

  it('leaves a classifier that does not learn as it was, buffers included', () => {
    const players = tinyPlayers('batch');
    const state = () => [...players.classifier.buffers.values()].map((buffer) => Array.from(buffer.dataSync()));
    const [weights, buffers] = [snapshot(players.classifier), state()];
    const game = createGame(players, GAME);
    tf.tidy(
      () =>
        void game.iterate(
          () => tinyBatch(),
          () => 1,
        ),
    );
    assert.deepEqual(snapshot(players.classifier), weights);
    assert.deepEqual(state(), buffers);
    game.dispose();
    dispose(players);
  });

  for (const share of [true, false]) {
    it(`keeps the number of tensors the same over iterations, share: ${share}`, () => {
      const players: Players = tinyPlayers('batch');
      const game = createGame(players, { ...GAME, share, classifierLearns: true });
      const count = () => tf.memory().numTensors;
      const before = count();
      for (let step = 0; step < 50; step++) {
        tf.tidy(
          () =>
            void game.iterate(
              () => tinyBatch(step),
              () => 1,
            ),
        );
        assert.equal(count(), before, `after iteration ${step}`);
      }
      game.dispose();
      dispose(players);
    });
  }

  it('refuses networks with an expression input in a game without an extractor', () => {
    const players = tinyPlayers();
    const game = createGame({ ...players, extractor: null }, GAME);
    assert.throws(
      () =>
        tf.tidy(
          () =>
            void game.iterate(
              () => tinyBatch(),
              () => 1,
            ),
        ),
      /needs expression features \[batch, 8\]/,
    );
    game.dispose();
    dispose(players);
  });
});
