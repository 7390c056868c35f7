import assert from 'node:assert/strict';
import { presentParams } from '../../src/report/older-params.ts';
import { ablationScale, foldCount, pairScale, stillScale } from '../../src/report/scale.ts';
import { OLDER_PARAMS, PARAMS } from './fixtures.ts';

describe('parameters of a report that was made before there were tasks', () => {
  const present = presentParams(OLDER_PARAMS);

  it('give the same scales', () => {
    for (const task of ['faces', 'sketches']) assert.equal(pairScale(present, task), pairScale(PARAMS, task));
    assert.equal(ablationScale(present), ablationScale(PARAMS));
    assert.equal(stillScale(present, 'wild'), stillScale(PARAMS, 'wild'));
    assert.equal(foldCount(present), 5);
  });

  it('of the present stay as they are', () => {
    assert.equal(presentParams(PARAMS), PARAMS);
  });
});
