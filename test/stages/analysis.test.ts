import assert from 'node:assert/strict';
import { rowsInMemory } from '../../src/science/data/prepared/picture-rows.ts';
import type { PairSet } from '../../src/science/data/prepared/prepared.ts';
import type { TrainedMethod } from '../../src/science/methods/method.ts';
import { analyse, isAnalysed } from '../../stages/analysis.ts';

/** Two classes, two sequences each, pictures of one pixel: 127.5 (1 + value) grey levels are the value. */
const SET: PairSet = {
  size: { width: 1, height: 1, channels: 1 },
  classes: ['anger', 'fear'],
  labels: Uint8Array.from([0, 1, 0, 1]),
  subjects: ['p', 'p', 'q', 'p'],
  ids: ['s0', 's1', 's2', 's3'],
  peaks: rowsInMemory(Uint8Array.from([255, 255, 255, 255]), 1),
  // The second frame of the first sequence is not looked at.
  weaks: rowsInMemory(Uint8Array.from([0, 255, 0, 0, 0]), 1),
  weakSequence: Int32Array.from([0, 0, 1, 2, 3]),
};

/** Sees a picture as its value, twice and once; magnifies halfway to 1. */
const halfway: TrainedMethod = {
  predict: () => new Float32Array(),
  features: (images) => ({
    expression: Float32Array.from([...images].flatMap((value, at) => [value * at, at])),
    featureMap: images.map((value) => 10 * value),
  }),
  magnifier: {
    magnify: (images) => images.map((value) => (value + 1) / 2),
    predictUnmagnified: () => new Float32Array(),
  },
  tensors: () => new Map(),
  dispose: () => undefined,
};

describe('the analysis of a trained method', () => {
  it('measures Eqs 20 and 21 before and after magnification on the first weak image of each sequence', () => {
    const { metrics } = analyse(SET, 1, halfway, 0.5);
    // Weak is -1, magnified 0, peak 1: 2 and 1 away, ten times as far in the feature map.
    assert.deepEqual(metrics.differences, {
      ...{ pairs: 4, content: { before: 2, after: 1 }, perceptual: { before: 20, after: 10 } },
    });
  });

  it('counts lit positions and shows two faces of different people where there are', () => {
    const { metrics, pairs, tensors } = analyse(SET, 1, halfway, 0.5);
    // Rows by class: s0, s2, s1, s3 with F_exp [-k, k]: every difference lights both positions.
    assert.deepEqual(metrics.features, { size: 2, threshold: 0.5, same: [2, 2], different: 2 });
    assert.deepEqual(
      pairs.map(({ label, faces, difference }) => [label, ...faces, ...difference]),
      [
        ['anger', 's0', 's2', 1, 1],
        ['fear', 's1', 's3', 1, 1],
      ],
    );
    assert.deepEqual([...tensors.keys()], ['labels', 'weak', 'peak', 'magnified']);
    assert.deepEqual([...(tensors.get('labels')?.data ?? [])], [0, 0, 1, 1]);
  });

  it('leaves Section 3.3 out where nothing is magnified', () => {
    const plain: TrainedMethod = { ...halfway };
    Reflect.deleteProperty(plain, 'magnifier');
    assert.equal(analyse(SET, 1, plain, 0.5).metrics.differences, undefined);
  });

  it('is for the two methods of Fig. 4 on faces only', () => {
    assert.ok(isAnalysed('faces', 'cnn') && isAnalysed('faces', 'groupgan-2v2'));
    assert.ok(!isAnalysed('faces', 'dcgan') && !isAnalysed('sketches', 'groupgan-2v2'));
  });
});
