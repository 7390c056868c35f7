import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { lsemsw } from '../../src/science/data/corpora/lsemsw.ts';
import { LSEMSW_EXPRESSIONS } from '../../src/science/data/corpus.ts';
import { decodeImage } from '../../src/science/data/pictures/decode.ts';
import type { WildDifficulty } from '../../src/synthetic/wild-difficulty.ts';
import { drawWild, writeWild } from '../../src/synthetic/write-wild.ts';
import type { WildOptions } from '../../src/synthetic/write-wild.ts';
import { createRandom } from '../../src/base/random.ts';
import { withRig } from '../science/data/rig.ts';

const DIFFICULTY: WildDifficulty = {
  intensity: { min: 0.4, max: 0.7 },
  expressivitySpread: 0.1,
  idiosyncrasy: 0.3,
  blend: 0.3,
  restingFace: 0.3,
  pose: 0.5,
  light: 0.5,
  occlusion: 0.5,
  background: 0.5,
  noise: 2,
  blur: 0.3,
};
const OPTIONS: WildOptions = {
  seed: 4,
  perClass: { train: 2, val: 0, test: 1 },
  scale: 0.125,
  difficulty: DIFFICULTY,
};

describe('a synthetic corpus in the wild', () => {
  it('is a list that the reader of LSEMSW takes, with pictures of each class in each split', () =>
    withRig(async (rig) => {
      assert.deepEqual(await writeWild(rig.path('wild'), OPTIONS), { pictures: 39 });
      const { stills } = await lsemsw.read(rig.path('wild'), {});
      for (const label of LSEMSW_EXPRESSIONS) {
        const splits = stills.filter((still) => still.label === label).map(({ split }) => split);
        assert.deepEqual(splits, ['train', 'train', 'test'], label);
      }
      assert.equal(new Set(stills.map(({ subject }) => subject)).size, 39);
      for (const { frame } of stills) {
        assert.ok(frame.kind === 'file');
        const { width, height, channels } = await decodeImage(frame.path);
        assert.deepEqual([width, height, channels], [16, 16, 3]);
      }
      assert.match(await readFile(rig.path('wild/SYNTHETIC.txt'), 'utf8'), /drawn faces in the layout of LSEMSW/);
    }));

  it('follows from its seed, and keeps its first pictures when more are drawn', () =>
    withRig(async (rig) => {
      const bytes = async (name: string, options: WildOptions) => {
        await writeWild(rig.path(name), options);
        return await readFile(rig.path(name, 'images/test/00003.png'), 'base64');
      };
      const first = await bytes('a', OPTIONS);
      assert.equal(await bytes('b', OPTIONS), first);
      assert.notEqual(await bytes('c', { ...OPTIONS, seed: 5 }), first);
      assert.equal(await bytes('d', { ...OPTIONS, perClass: { train: 1, val: 1, test: 1 } }), first);
    }));

  it('is refused for a wrong option, and leaves nothing behind when it is stopped', () =>
    withRig(async (rig) => {
      const refused = (options: Partial<WildOptions>, message: RegExp) =>
        assert.rejects(writeWild(rig.path('wild'), { ...OPTIONS, ...options }), message);
      await refused({ perClass: { train: 0, val: 0, test: 1 } }, /perClass\.train must be a whole number from 1/);
      await refused({ scale: 0 }, /scale must be from 0\.125 to 8, not 0; change synthesize\.wild/);
      await refused({ difficulty: { ...DIFFICULTY, occlusion: 2 } }, /occlusion must be from 0 to 1, not 2/);
      await refused(
        { difficulty: { ...DIFFICULTY, intensity: { min: 0.5, max: 0.2 } } },
        /intensity needs 0 < min <= max/,
      );
      await refused({ signal: AbortSignal.abort(new Error('stopped')) }, /stopped/);
      assert.deepEqual(await readdir(rig.root), []);
    }));

  it('puts something before the face in the share of pictures that it is told', () => {
    const draw = (occlusion: number, number: number) =>
      drawWild(createRandom(number), 'happy', 32, { ...DIFFICULTY, noise: 0, occlusion }).pixels;
    const changed = Array.from({ length: 12 }, (_, number) => {
      const bare = draw(0, number);
      return [0.5, 1].map((share) => draw(share, number).some((value, i) => Math.abs(value - bare[i]!) > 8));
    });
    assert.ok(changed.every(([, always]) => always));
    const half = changed.filter(([sometimes]) => sometimes).length;
    assert.ok(half > 1 && half < 11, `${half} of 12`);
  });
});
