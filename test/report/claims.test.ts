import assert from 'node:assert/strict';
import { type Claim, claimsPage, judgeClaims, parseClaims, wrongVerdicts } from '../../src/report/claims.ts';
import type { EvalMetrics, Metrics, StillMetrics } from '../../src/report/metrics.ts';

const claim = (own: Partial<Claim> = {}): Claim => ({
  ...{ id: 'one', where: 'Table 1', says: 'A does better than B', report: 'tables' },
  ...{ of: 'accuracy', task: 'faces', method: 'a', over: 'b' },
  ...own,
});

/** Right of 100 pictures of two classes, of each class alike unless told. */
function scored(correct: number, first = correct / 2) {
  const second = correct - first;
  return { correct, count: 100, confusion: [[first, 50 - first], [50 - second, second]] }; // prettier-ignore
}

function evaluation(method: string, fold: number, correct: number, own: Partial<EvalMetrics> = {}): EvalMetrics {
  const weak = scored(correct);
  return {
    ...{ kind: 'eval', task: 'faces', method, net: 'VGG13', fold, classes: ['x', 'y'], weak },
    ...{ weakUnmagnified: null, peak: { correct: 90, count: 100 } },
    ...own,
  };
}

function still(method: string, repeat: number, correct: number): StillMetrics {
  const rest = { classes: ['x', 'y'], testUnmagnified: null, val: null };
  return { kind: 'wild', task: 'wild', method, repeat, test: scored(correct), ...rest };
}

const judge = (claims: readonly Claim[], metrics: readonly Metrics[], margin = 1) =>
  judgeClaims({ margin, claims: [...claims] }, () => metrics);

const folds = (a: readonly number[], b: readonly number[]): Metrics[] =>
  a.flatMap((correct, fold) => [evaluation('a', fold, correct), evaluation('b', fold, b[fold]!)]);

describe('claims', () => {
  it('are tested over folds, whose shared training people make the mean less certain', () => {
    const [found] = judge([claim()], folds([62, 64, 66, 64, 64], [60, 60, 60, 60, 60]));
    // Differences 2, 4, 6, 4, 4: mean 4, variance 2. With share 1/4 the error is sqrt(2 (1/5 + 1/4)), t = 4 / 0.948683,
    // and t of 4 degrees of freedom is 2.776445 at 97.5 % and 0.940965 at 80 %.
    const error = Math.sqrt(0.9);
    assert.ok(Math.abs(found!.test!.mean - 4) < 1e-12);
    assert.ok(Math.abs(found!.test!.t! - 4 / error) < 1e-9);
    assert.ok(Math.abs(found!.test!.interval![0] - (4 - 2.776445 * error)) < 1e-5);
    assert.ok(Math.abs(found!.detectable! - (2.776445 + 0.940965) * error) < 1e-5);
    assert.equal(found!.verdict, 'shown');
  });

  it('are refuted where a gain of the margin is excluded, and open where neither is', () => {
    const metrics = (a: readonly number[]) => folds(a, [60, 60, 60, 60, 60]);
    const verdict = (a: readonly number[], margin: number) => judge([claim()], metrics(a), margin)[0]!.verdict;
    assert.equal(verdict([60, 58, 60, 58, 59], 1), 'refuted');
    assert.equal(verdict([60, 62, 58, 61, 59], 1), 'not decidable');
    assert.equal(verdict([60, 62, 58, 61, 59], 10), 'refuted');
    assert.equal(verdict([59, 59, 59, 59, 59], 1), 'refuted');
    assert.equal(verdict([61, 61, 61, 61, 61], 1), 'shown');
    assert.equal(verdict([61], 1), 'not decidable');
  });

  it('of one place are corrected for one another', () => {
    const metrics = folds([62, 64, 66, 64, 64], [60, 60, 60, 60, 60]);
    const alone = judge([claim()], metrics)[0]!.p!;
    const five = Array.from({ length: 5 }, (_, index) => claim({ id: `c${index}` }));
    for (const { p } of judge(five, metrics)) assert.ok(Math.abs(p! - 5 * alone) < 1e-12);
    const elsewhere = judge([claim(), claim({ id: 'two', where: 'Table 2' })], metrics);
    for (const { p } of elsewhere) assert.equal(p, alone);
  });

  it('take the mean over BaseNets and repetitions as the difference of a fold', () => {
    const metrics = [
      ...[evaluation('a', 0, 70), evaluation('b', 0, 60)],
      ...[evaluation('a', 0, 64, { net: 'AlexNet' }), evaluation('b', 0, 60, { net: 'AlexNet' })],
      ...[evaluation('a', 1, 66, { repeat: 1 }), evaluation('b', 1, 60, { repeat: 1 }), evaluation('b', 1, 10)],
    ];
    const { test } = judge([claim()], metrics)[0]!;
    // Fold 0: the mean of 10 and 4; fold 1: 6, because the repetition without a partner does not count.
    assert.deepEqual([test!.n, test!.mean], [2, 6.5]);
  });

  it('compare with the start, other BaseNets, and classes with one another', () => {
    const pretrained = { kind: 'pretrain-e', task: 'faces', net: 'VGG13', fold: 0, classes: ['x', 'y'] } as const;
    const metrics: Metrics[] = [
      evaluation('a', 0, 70, { weak: scored(70, 45) }),
      evaluation('a', 0, 50, { net: 'ResNet18' }),
      { ...pretrained, weak: { correct: 40, count: 100 }, peak: { correct: 90, count: 100 } },
    ];
    const mean = (own: Partial<Claim>) => judge([claim(own)], metrics)[0]!.test!.mean;
    assert.equal(mean({ over: 'start', net: 'VGG13' }), 30);
    assert.equal(mean({ net: 'VGG13', 'over-net': 'ResNet18', over: 'a' }), 20);
    // 45 of 50 of class x, 25 of 50 of class y.
    assert.ok(Math.abs(mean({ of: 'recall', net: 'VGG13', classes: ['x'] }) - 40) < 1e-9);
  });

  it('measure how far pictures are magnified, by pixels and by the judge, and positions of F_exp', () => {
    const score = (correct: number) => ({ correct, count: 100 });
    const magnification = {
      ...{ pictures: 10, toPeak: { before: 4, after: 3 }, moved: 1, along: 0.5 },
      judge: { net: 'VGG13', weak: score(50), magnified: score(58), peak: score(90) },
    };
    const features = (same: readonly (number | null)[]) => ({ size: 200, threshold: 0.3, same, different: 9 });
    const metrics = [
      evaluation('a', 0, 70, { magnification, features: features([20, null]) }),
      evaluation('b', 0, 60, { features: features([30, 40]) }),
    ];
    const mean = (own: Partial<Claim>) => judge([claim(own)], metrics)[0]!.test!.mean;
    assert.equal(mean({ of: 'toward-peak' }), 25);
    assert.equal(mean({ of: 'judge' }), 8);
    assert.equal(mean({ of: 'lit' }), 7.5);
  });

  it('of single pictures are tested over repetitions', () => {
    const metrics = [60, 62, 64].flatMap((correct, at) => [still('a', at, correct), still('b', at, 50 + at)]);
    const { test } = judge([claim({ task: 'wild' })], metrics)[0]!;
    // 10, 11, 12: mean 11, error 1 / sqrt(3).
    assert.ok(Math.abs(test!.t! - 11 * Math.sqrt(3)) < 1e-9);
    assert.throws(() => judge([claim({ task: 'wild', of: 'judge' })], metrics), /claim one: judge is of pairs/);
  });

  it('that nothing was run for say so', () => {
    const [found] = judge([claim({ method: 'nobody' })], folds([60], [60]));
    assert.deepEqual([found!.verdict, found!.test], ['not run', null]);
    assert.match(claimsPage({ margin: 1, claims: [claim()] }, [found!]), /\| A does better than B \| Table 1 \| – \| – \| 0 \| – \| – \| \*\*not run\*\* \|/); // prettier-ignore
  });

  it('are refused with a message where the file is not what is expected', () => {
    const parse = (value: unknown) => () => parseClaims(value, 'claims.yaml');
    assert.throws(parse({ margin: 0, claims: [] }), /^ClaimsError: claims\.yaml: |claims\.yaml: \/margin/);
    assert.throws(parse({ margin: 1, claims: [{ ...claim(), of: 'luck' }] }), /claims\.yaml: \/claims\/0\/of/);
    assert.throws(parse({ margin: 1, claims: [claim(), claim()] }), /claims\.yaml: two claims are named one/);
    assert.deepEqual(parse({ margin: 1, claims: [claim()] })(), { margin: 1, claims: [claim()] });
  });

  it('that prose gives another verdict for are found', () => {
    const findings = judge([claim()], folds([62, 64, 66, 64, 64], [60, 60, 60, 60, 60]));
    const found = (marks: string) => wrongVerdicts('README.md', `A text. <!-- claims: ${marks} -->`, findings);
    assert.deepEqual(found('one shown'), []);
    assert.deepEqual(found('one not decidable'), ['README.md says of one that it is not decidable; found: shown']);
    assert.deepEqual(found('one shown, two shown'), [
      'README.md speaks of a claim two that reports/claims.yaml does not have',
    ]);
  });
});
