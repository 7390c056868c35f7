import assert from 'node:assert/strict';
import { sketchy } from '../../../../src/science/data/corpora/sketchy.ts';
import type { Frame } from '../../../../src/science/data/corpus.ts';
import { dataErrorOf, greyPng, withRig } from '../rig.ts';
import type { Rig } from '../rig.ts';

const CATS = '256x256/sketch/tx_000000000000/cat';

async function corpus(rig: Rig): Promise<void> {
  for (const name of ['n01_58-2', 'n01_58-1', 'n01_9-1', 'n01_7-1'])
    await rig.write(`${CATS}/${name}.png`, greyPng(255, 16, 16));
  await rig.write(`${CATS}/notes.txt`, '');
  await rig.folder('256x256/sketch/tx_000000000000/dog');
  await rig.write('256x256/photo/tx_000000000000/cat/n01_58.jpg', '');
  await rig.write('info/invalid-error.txt', 'n01_7-1\rn99_1-1\r');
}

async function pixels(frame: Frame | undefined): Promise<Uint8Array> {
  assert.ok(frame?.kind === 'loaded');
  return (await frame.load()).data;
}

describe('Sketchy', () => {
  it('gives sketches with slashed copies, those of one photo as one subject, without the invalid ones', () =>
    withRig(async (rig) => {
      await corpus(rig);
      const options = { classes: ['cat'], perClass: 3, variants: 2 };
      const { sequences, skipped, source } = await sketchy.read(rig.root, options);
      assert.equal(source, '256x256/sketch/tx_000000000000');
      assert.deepEqual(
        sequences.map(({ subject, weak, frames }) => [subject, weak, frames.at(-1)?.name]),
        [
          ['sketchy/n01_9', [1, 2], 'cat/n01_9-1.png'],
          ['sketchy/n01_58', [1, 2], 'cat/n01_58-1.png'],
          ['sketchy/n01_58', [1, 2], 'cat/n01_58-2.png'],
        ],
      );
      assert.deepEqual(
        skipped.map(({ why, count }) => [why, count]),
        [
          ['marked invalid by the corpus (error)', 1],
          ['not named like a sketch of the corpus', 1],
        ],
      );
      const { frames } = sequences[0]!;
      const complete = await pixels(frames[2]);
      const destroyed = await pixels(frames[0]);
      assert.ok(complete.every((value) => value === 255));
      assert.ok(destroyed.some((value) => value < 128));
      assert.notDeepEqual(destroyed, await pixels(frames[1]));
      assert.deepEqual(destroyed, await pixels(frames[0]));
      const kept = await sketchy.read(rig.path('256x256/sketch'), { ...options, perClass: 4, invalid: 'keep' });
      assert.equal(kept.sequences.length, 4);
    }));

  it('says what is missing', () =>
    withRig(async (rig) => {
      await corpus(rig);
      const refused = (root: string, options: object) =>
        dataErrorOf(() => sketchy.read(rig.path(root), { perClass: 1, ...options }));
      assert.match(await refused('', { classes: ['cow'] }), /expected a folder cow, found 2 classes without "cow"/);
      assert.match(await refused('', { classes: ['dog'] }), /dog: expected 1 sketches, found 0/);
      assert.match(await refused('', { classes: ['cat'], transform: 'tx_000000000001' }), /found no such folder/);
      assert.match(await refused('256x256/photo', { classes: ['cat'] }), /expected 256x256\/sketch.* found folders/);
      assert.match(await refused('none', { classes: ['cat'] }), /found no such folder/);
    }));
});
