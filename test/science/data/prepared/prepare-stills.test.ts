import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { checksumOf, encodeBlocks } from '../../../../src/science/data/prepared/block-file.ts';
import { readCorpora } from '../../../../src/science/data/corpora/registry.ts';
import { prepareStills } from '../../../../src/science/data/prepared/prepare-stills.ts';
import type { Annotated, StillsOptions } from '../../../../src/science/data/prepared/prepare-stills.ts';
import { openStills } from '../../../../src/science/data/prepared/prepared-stills.ts';
import { openPrepared } from '../../../../src/science/data/prepared/prepared.ts';
import type { Still } from '../../../../src/science/data/still-corpus.ts';
import { SPLITS } from '../../../../src/science/data/stills.ts';
import type { Split } from '../../../../src/science/data/stills.ts';
import { pixelsOf } from '../pictures/pixels.ts';
import { dataErrorOf, greyPng, withRig, writeCk } from '../rig.ts';
import type { Rig } from '../rig.ts';

const OPTIONS: StillsOptions = {
  name: 'wild',
  classes: ['sad', 'happy'],
  image: { size: 6, channels: 1 },
  crops: { 'ck-plus': { kind: 'landmarks', margin: 0, reference: 'own', upright: false } },
  onBadImage: 'fail',
};

/** Pictures in one grey each: train 10 (happy) and 11 (sad), val 12 (sad), test 13 (happy). */
async function stills(rig: Rig): Promise<{ stills: Still[]; skipped: [] }> {
  const rows: readonly [string, string, Split, number][] = [
    ['a', 'happy', 'train', 10],
    ['b', 'sad', 'train', 11],
    ['c', 'sad', 'val', 12],
    ['d', 'happy', 'test', 13],
    ['e', 'angry', 'train', 14],
  ];
  const result: Still[] = [];
  for (const [id, label, split, grey] of rows) {
    await rig.write(`wild/${id}.png`, greyPng(grey));
    const frame = { kind: 'file', name: `${id}.png`, path: rig.path('wild', `${id}.png`) } as const;
    result.push({ corpus: 'lsemsw', id, subject: id, label, split, frame });
  }
  return { stills: result, skipped: [] };
}

/** Two sequences of CK+ with landmarks that span [4, 12] x [2, 10]. */
async function annotated(rig: Rig): Promise<Annotated> {
  await writeCk(rig, 'ck', { subject: 'S005', session: '001', emotion: '3.0', landmarks: true });
  await writeCk(rig, 'ck', { subject: 'S010', session: '001', emotion: '5.0', landmarks: true });
  const { sequences } = await readCorpora([{ reader: 'ck-plus', root: rig.path('ck') }]);
  return { sequences, pairs: { classes: ['disgust', 'happiness'], weak: [7], short: 'before-apex' } };
}

describe('prepared stills', () => {
  it('hold each picture in its split, with class, id and person', () =>
    withRig(async (rig) => {
      const index = await prepareStills(await stills(rig), null, OPTIONS, rig.path('out'));
      const { split } = await openStills(rig.path('out'));
      const train = await split('train');
      assert.deepEqual(train.classes, ['sad', 'happy']);
      assert.deepEqual([...train.labels], [1, 0]);
      assert.deepEqual(train.ids, ['a', 'b']);
      assert.deepEqual(train.size, { height: 6, width: 6, channels: 1 });
      assert.deepEqual([...pixelsOf(train.pictures)], [...Array<number>(36).fill(10), ...Array<number>(36).fill(11)]);
      assert.deepEqual((await split('val')).ids, ['c']);
      assert.deepEqual([...pixelsOf((await split('test')).pictures)], Array<number>(36).fill(13));
      assert.deepEqual(index.corpora, [{ corpus: 'lsemsw', subjects: 4, pictures: 4 }]);
      assert.deepEqual(
        index.parts.map(({ part, pictures, perClass }) => ({ part, pictures, perClass })),
        [
          { part: 'train', pictures: 2, perClass: { sad: 1, happy: 1 } },
          { part: 'val', pictures: 1, perClass: { sad: 1, happy: 0 } },
          { part: 'test', pictures: 1, perClass: { sad: 0, happy: 1 } },
        ],
      );
      assert.deepEqual(index.skipped, [
        { corpus: 'lsemsw', what: 'picture', why: 'class angry is not among the classes', count: 1 },
      ]);
    }));

  it('hold annotated pictures with their points as shares of the crop', () =>
    withRig(async (rig) => {
      const index = await prepareStills(await stills(rig), await annotated(rig), OPTIONS, rig.path('out'));
      const { landmarks } = await openStills(rig.path('out'));
      const set = await landmarks();
      assert.deepEqual(index.landmarkClasses, ['disgust', 'happiness']);
      assert.deepEqual(set.classes, ['disgust', 'happiness']);
      assert.deepEqual([...set.labels], [0, 0, 1, 1]);
      assert.deepEqual(set.subjects, ['ck-plus/S005', 'ck-plus/S005', 'ck-plus/S010', 'ck-plus/S010']);
      // Frame 7 is the weak one, frame 10 the peak; a picture's grey is its frame.
      assert.deepEqual(
        [0, 1, 2, 3].map((row) => set.pictures.at(row)[0]),
        [7, 10, 7, 10],
      );
      assert.equal(set.landmarks.length, 4 * 68 * 2);
      // The square is the one round the points: corners at its corners, the eyes half a way down, a pixel of eight inside.
      const point = (index: number) => [...set.landmarks.subarray(2 * index, 2 * index + 2)];
      assert.deepEqual(point(0), [0, 0]);
      assert.deepEqual(point(1), [1, 1]);
      assert.deepEqual(point(36), [0.125, 0.5]);
      assert.deepEqual(point(68 + 45), [0.875, 0.5]);
      assert.equal(index.parts.at(-1)?.part, 'landmarks');
    }));

  it('are the same bytes each time, whatever the concurrency, and leave nothing of an earlier preparation', () =>
    withRig(async (rig) => {
      const content = await stills(rig);
      await prepareStills(content, await annotated(rig), OPTIONS, rig.path('out'), { concurrency: 1 });
      const bytes = async () =>
        Promise.all((await readdir(rig.path('out'))).map((file) => readFile(rig.path('out', file), 'base64')));
      const first = await bytes();
      await prepareStills(content, await annotated(rig), OPTIONS, rig.path('out'), { concurrency: 5 });
      assert.deepEqual(await bytes(), first);
      await prepareStills(content, null, OPTIONS, rig.path('out'));
      assert.deepEqual(
        (await readdir(rig.path('out'))).sort(),
        ['index.json', ...SPLITS.map((s) => `${s}.bin`)].sort(),
      );
    }));

  it('name a damaged picture and stop, or count it and go on', () =>
    withRig(async (rig) => {
      const content = await stills(rig);
      await rig.write('wild/a.png', 'no picture');
      await rig.write('wild/x.png', greyPng(9));
      await rm(rig.path('wild/c.png'));
      const more = { ...content.stills[0]!, id: 'x', frame: { ...content.stills[0]!.frame, name: 'x.png' } };
      const frame = { kind: 'file', name: 'x.png', path: rig.path('wild/x.png') } as const;
      const all = { ...content, stills: [...content.stills, { ...more, frame }] };
      const message = await dataErrorOf(() => prepareStills(all, null, OPTIONS, rig.path('out')));
      assert.match(message, /wild\/a\.png: expected a whole PNG or JPEG picture/);
      const index = await prepareStills(all, null, { ...OPTIONS, onBadImage: 'skip' }, rig.path('out'));
      const unreadable = index.skipped.filter(({ why }) => why.startsWith('unreadable')).map(({ why }) => why);
      assert.deepEqual(unreadable, ['unreadable: a.png', 'unreadable: c.png']);
      const opened = await openStills(rig.path('out'));
      assert.deepEqual((await opened.split('train')).ids, ['b', 'x']);
      // A corpus may go without pictures for validation.
      assert.deepEqual((await opened.split('val')).ids, []);
    }));

  it('need each class to train on, something to test on, and landmarks where they are asked for', () =>
    withRig(async (rig) => {
      const content = await stills(rig);
      const without = (drop: string) => ({ ...content, stills: content.stills.filter(({ id }) => id !== drop) });
      assert.match(
        await dataErrorOf(() => prepareStills(without('b'), null, OPTIONS, rig.path('out'))),
        /part train: expected pictures of each class, found none of sad/,
      );
      assert.match(
        await dataErrorOf(() => prepareStills(without('d'), null, OPTIONS, rig.path('out'))),
        /part test: expected at least one picture, found none/,
      );
      await writeCk(rig, 'bare', { subject: 'S005', session: '001', emotion: '3.0' });
      const { sequences } = await readCorpora([{ reader: 'ck-plus', root: rig.path('bare') }]);
      const bare: Annotated = { sequences, pairs: { classes: ['disgust'], weak: [7], short: 'skip' } };
      assert.match(
        await dataErrorOf(() => prepareStills(content, bare, { ...OPTIONS, crops: {} }, rig.path('out'))),
        /S005_001_00000007\.png: expected a picture with its 68 landmarks, found none/,
      );
      assert.ok(!(await readdir(rig.path('out'))).includes('index.json'));
    }));
});

describe('opening prepared stills', () => {
  it('leaves pictures on the disk where there are too many for memory, and gives the same', () =>
    withRig(async (rig) => {
      await prepareStills(await stills(rig), await annotated(rig), OPTIONS, rig.path('out'));
      const held = await openStills(rig.path('out'));
      const left = await openStills(rig.path('out'), 0);
      for (const name of SPLITS) {
        const [one, other] = [await held.split(name), await left.split(name)];
        assert.deepEqual(
          { ...one, pictures: pixelsOf(one.pictures) },
          { ...other, pictures: pixelsOf(other.pictures) },
        );
      }
      const { pictures, landmarks } = await left.landmarks();
      assert.deepEqual(landmarks, (await held.landmarks()).landmarks);
      assert.equal(pictures.at(3)[0], 10);
      // What was read is the caller's own: the next picture does not overwrite it.
      const [first, second] = [pictures.at(0), pictures.at(1)];
      assert.deepEqual([first[0], second[0]], [7, 10]);
    }));

  it('says so where pictures on the disk are gone or cut while they are in use', () =>
    withRig(async (rig) => {
      await prepareStills(await stills(rig), null, OPTIONS, rig.path('out'));
      const { split } = await openStills(rig.path('out'), 0);
      const { pictures } = await split('train');
      await writeFile(rig.path('out/train.bin'), (await readFile(rig.path('out/train.bin'))).subarray(0, 128 + 40));
      assert.equal(pictures.at(0)[0], 10);
      assert.match(
        await dataErrorOf(() => pictures.at(1)),
        /train\.bin: expected picture 1 of 2, found the end of the/,
      );
      await rm(rig.path('out/train.bin'));
      assert.match(await dataErrorOf(() => pictures.at(0)), /train\.bin: expected prepared pictures .*, found ENOENT/);
    }));

  it('have a checksum that does not depend on how much is hashed at once', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 251);
    const expected = createHash('sha256').update(bytes.subarray(0, 88)).update(bytes.subarray(128)).digest();
    for (const piece of [1, 7, 172, 1000, undefined]) assert.deepEqual(checksumOf(bytes, piece), expected);
  });

  it('are the bytes of the format as written in one piece', () =>
    withRig(async (rig) => {
      const index = await prepareStills(await stills(rig), null, OPTIONS, rig.path('out'));
      const kind = { magic: 'GGANSTIL', version: 1, what: '' };
      const pictures = [10, 11].map((grey) => new Uint8Array(36).fill(grey));
      const whole = encodeBlocks(kind, [0, 2, 6, 6, 1, 2], [pictures, [Uint8Array.of(1, 0)], []]);
      assert.deepEqual(new Uint8Array(await readFile(rig.path('out/train.bin'))), whole.bytes);
      assert.deepEqual([index.parts[0]?.sha256, index.parts[0]?.bytes], [whole.sha256, whole.bytes.length]);
    }));

  it('refuses a cut or changed file, another kind of prepared data, and landmarks that are not there', () =>
    withRig(async (rig) => {
      await prepareStills(await stills(rig), null, OPTIONS, rig.path('out'));
      const path = rig.path('out/train.bin');
      const whole = await readFile(path);
      const { split, landmarks } = await openStills(rig.path('out'));
      assert.match(
        await dataErrorOf(landmarks),
        /expected pictures with landmarks, found none\. Name an annotated corpus/,
      );
      await writeFile(path, whole.subarray(0, 130));
      assert.match(await dataErrorOf(() => split('train')), /train\.bin: expected \d+ bytes, found 130/);
      const changed = Buffer.from(whole);
      changed[140]! ^= 1;
      await writeFile(path, changed);
      assert.match(await dataErrorOf(() => split('train')), /expected contents that fit their checksum/);
      await writeFile(path, await readFile(rig.path('out/val.bin')).then((bytes) => Buffer.concat([bytes, bytes])));
      assert.match(await dataErrorOf(() => split('train')), /train\.bin: expected/);
      await rm(path);
      assert.match(
        await dataErrorOf(() => split('train')),
        /train\.bin: expected a part of prepared stills, found no such/,
      );
      assert.match(await dataErrorOf(() => openPrepared(rig.path('out'))), /expected an index of prepared data/);
      assert.match(await dataErrorOf(() => openStills(rig.path('none'))), /found no such file/);
    }));
});
