import assert from 'node:assert/strict';
import { MetricsError, parseMetrics } from '../../src/report/metrics.ts';
import { evalMetrics, pretrainMetrics } from './fixtures.ts';

describe('metrics', () => {
  it('reads what the stages write', () => {
    for (const metrics of [
      evalMetrics(),
      pretrainMetrics(),
      evalMetrics({ weakUnmagnified: { correct: 1, count: 2 } }),
    ]) {
      assert.deepEqual(parseMetrics(JSON.stringify(metrics), 'm.json'), metrics);
    }
  });

  const weak = evalMetrics().weak;
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', '{', /m\.json: expected JSON/],
    ['another kind', JSON.stringify({ kind: 'x' }), /unknown kind "x"/],
    [
      'an edited score',
      JSON.stringify(evalMetrics({ weak: { ...weak, correct: weak.correct + 1 } })),
      /confusion matrix/,
    ],
    ['more correct than images', JSON.stringify(pretrainMetrics({ peak: { correct: 3, count: 2 } })), /peak images/],
    ['a missing fold', JSON.stringify({ ...evalMetrics(), fold: undefined }), /fold is missing/],
  ];
  for (const [what, text, message] of wrong) {
    it(`refuses ${what}, and names the file and the way out`, () => {
      assert.throws(
        () => parseMetrics(text, 'm.json'),
        (error) =>
          error instanceof MetricsError && message.test(error.message) && /restore it from git/.test(error.message),
      );
    });
  }
});
