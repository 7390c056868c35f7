import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { readCorpora } from '../../../../src/science/data/corpora/registry.ts';
import type { Frame } from '../../../../src/science/data/corpus.ts';
import type { Image } from '../../../../src/science/data/pictures/images.ts';
import { prepare } from '../../../../src/science/data/prepared/prepare.ts';
import type { PrepareEdges } from '../../../../src/science/data/prepared/prepare.ts';
import { readPrepareOptions } from '../../../../src/science/data/prepared/prepare-options.ts';
import type { PrepareOptions } from '../../../../src/science/data/prepared/prepare-options.ts';
import { joinSets, openPrepared } from '../../../../src/science/data/prepared/prepared.ts';
import { inFull, pixelsOf } from '../pictures/pixels.ts';
import { dataErrorOf, withRig, writeCk, writeOulu } from '../rig.ts';
import type { Rig } from '../rig.ts';

const OPTIONS: PrepareOptions = {
  name: 'faces',
  pairs: { classes: ['disgust', 'happiness'], weak: [6, 7, 8], short: 'before-apex' },
  folds: { count: 2, by: 'subject', seed: 1 },
  image: { size: 6, channels: 1 },
  crops: { 'ck-plus': { kind: 'landmarks', margin: 0, reference: 'first', upright: false } },
  onBadImage: 'fail',
};

/** Four subjects of CK+ and two of Oulu-CASIA, two sequences each; frame n is a picture in grey n. */
async function corpora(rig: Rig) {
  for (const subject of ['S005', 'S010', 'S011', 'S014']) {
    await writeCk(rig, 'ck', { subject, session: '001', emotion: '3.0', landmarks: true });
    await writeCk(rig, 'ck', {
      subject,
      session: '002',
      emotion: '5.0',
      landmarks: true,
      frames: [1, 2, 3, 4, 5, 6, 7],
    });
  }
  for (const person of ['P001', 'P002']) {
    await writeOulu(rig, 'oulu/VL_Acropped/Strong', person, 'Disgust');
    await writeOulu(rig, 'oulu/VL_Acropped/Strong', person, 'Happiness');
  }
  return await read(rig);
}

async function read(rig: Rig) {
  return await readCorpora([
    { reader: 'ck-plus', root: rig.path('ck') },
    { reader: 'oulu-casia', root: rig.path('oulu') },
  ]);
}

describe('prepared data', () => {
  it('holds the pixels of weak frames 6 to 8 and of the peak for every sequence, in some fold', () =>
    withRig(async (rig) => {
      const index = await prepare(await corpora(rig), OPTIONS, rig.path('out'));
      const { split } = await openPrepared(rig.path('out'));
      const { train, test } = await split(0);
      assert.deepEqual(index.image, { height: 6, width: 6, channels: 1 });
      for (const set of [train, test]) {
        assert.equal(set.peaks.count, set.labels.length);
        assert.equal(set.weaks.count, set.weakSequence.length);
        set.ids.forEach((id, row) => {
          const short = id.startsWith('ck-plus') && id.endsWith('002');
          const weak = [...set.weakSequence].flatMap((sequence, i) => (sequence === row ? [set.weaks.at(i)[0]] : []));
          assert.deepEqual(weak, short ? [6] : [6, 7, 8], id);
          assert.equal(set.peaks.at(row)[0], short ? 7 : 10, id);
          assert.equal(set.classes[set.labels[row]!], /002$|happiness/.test(id) ? 'happiness' : 'disgust');
        });
      }
      assert.deepEqual([...train.ids, ...test.ids].sort(), index.sequences.map(({ id }) => id).sort());
      assert.equal(index.sequences.length, 12);
      assert.ok(train.subjects.every((subject) => !test.subjects.includes(subject)));
    }));

  it('joins all folds but one for training, each weak frame still with its own sequence', () =>
    withRig(async (rig) => {
      const folds = { count: 3, by: 'subject', seed: 1 } as const;
      const index = await prepare(await corpora(rig), { ...OPTIONS, folds }, rig.path('out'));
      const { fold, split } = await openPrepared(rig.path('out'));
      const { train, test } = await split(1);
      assert.deepEqual(inFull(test), inFull(await fold(1)));
      assert.deepEqual(train.ids, [...(await fold(0)).ids, ...(await fold(2)).ids]);
      assert.deepEqual(
        train.ids,
        index.sequences.flatMap((entry) => (entry.fold === 1 ? [] : [entry.id])),
      );
      train.ids.forEach((id, row) => {
        const entry = index.sequences.find((candidate) => candidate.id === id);
        const count = train.weakSequence.filter((sequence) => sequence === row).length;
        assert.equal(count, entry!.weak.length);
        assert.equal(train.subjects[row], entry!.subject);
        assert.equal(train.classes[train.labels[row]!], entry!.label);
      });
      // The first fold's last weak frame and the second's first one lie next to each other.
      const [first, second] = [await fold(0), await fold(2)];
      assert.deepEqual(pixelsOf(train.weaks), Uint8Array.from([...pixelsOf(first.weaks), ...pixelsOf(second.weaks)]));
      assert.deepEqual(pixelsOf(train.peaks), Uint8Array.from([...pixelsOf(first.peaks), ...pixelsOf(second.peaks)]));
      assert.equal(train.weakSequence[first.weakSequence.length], first.labels.length);
      // To validate, the next fold stands in for the one to test on, whom nobody sees.
      for (const [tested, seen, rest] of [
        [0, 1, 2],
        [1, 2, 0],
        [2, 0, 1],
      ] as const) {
        const validation = await split(tested, 'validation');
        assert.deepEqual(inFull(validation.test), inFull(await fold(seen)));
        assert.deepEqual(inFull(validation.train), inFull(await fold(rest)));
      }
      assert.throws(() => joinSets([first, { ...second, classes: ['other'] }]), /cannot be joined/);
      assert.throws(() => joinSets([]), /at least one set/);
    }));

  it('says so when it cannot be written, and when skipping leaves a fold empty', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      await rig.write('file', 'x');
      const message = await dataErrorOf(() => prepare(content, OPTIONS, rig.path('file')));
      assert.match(message, /file: expected a place that can be written, found EEXIST\. Check its path/);
      for (const { frames } of content.sequences) {
        for (const frame of frames) if (frame.kind === 'file') await rm(frame.path);
      }
      const empty = await dataErrorOf(() => prepare(content, { ...OPTIONS, onBadImage: 'skip' }, rig.path('out')));
      assert.match(empty, /fold 0: expected at least one sequence, found none\. Lower/);
    }));

  it('is the same to the byte, whatever the number of pictures in flight and the order of finishing', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      await prepare(content, OPTIONS, rig.path('a'), { concurrency: 1 });
      await prepare(content, OPTIONS, rig.path('b'), { concurrency: 7 });
      const names = await readdir(rig.path('a'));
      assert.deepEqual(names.sort(), ['fold-0.bin', 'fold-1.bin', 'index.json']);
      assert.deepEqual((await readdir(rig.path('b'))).sort(), names);
      for (const name of names)
        assert.deepEqual(await readFile(rig.path('a', name)), await readFile(rig.path('b', name)));
    }));

  it('never has more pictures in flight than it may', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      let loading = 0;
      let most = 0;
      const load = async (): Promise<Image> => {
        most = Math.max(most, ++loading);
        await new Promise(setImmediate);
        loading--;
        return { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) };
      };
      const loaded = content.sequences.map((sequence) => ({
        ...sequence,
        frames: sequence.frames.map(({ name }): Frame => ({ kind: 'loaded', name, load })),
      }));
      const options: PrepareOptions = { ...OPTIONS, crops: {} };
      await prepare({ ...content, sequences: loaded }, options, rig.path('out'), { concurrency: 3 });
      assert.equal(most, 3);
    }));

  it('replaces an earlier preparation with more folds completely', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      await prepare(content, { ...OPTIONS, folds: { count: 3, by: 'subject', seed: 1 } }, rig.path('out'));
      await prepare(content, OPTIONS, rig.path('out'));
      assert.deepEqual((await readdir(rig.path('out'))).sort(), ['fold-0.bin', 'fold-1.bin', 'index.json']);
    }));

  it('counts what is left out, with reasons, next to what is kept', () =>
    withRig(async (rig) => {
      await corpora(rig);
      await writeOulu(rig, 'oulu/VL_Acropped/Strong', 'P003', 'Fear');
      await writeOulu(rig, 'oulu/VL_Acropped/Strong', 'P003', 'Disgust', 1);
      const index = await prepare(await read(rig), OPTIONS, rig.path('out'));
      assert.deepEqual(index.skipped, [
        { corpus: 'oulu-casia', what: 'sequence', why: 'fewer than two frames', count: 1 },
        { corpus: 'oulu-casia', what: 'sequence', why: 'class fear is not among the classes', count: 1 },
      ]);
      assert.deepEqual(index.corpora, [
        { corpus: 'ck-plus', subjects: 4, sequences: 8, weakFrames: 16 },
        { corpus: 'oulu-casia', subjects: 2, sequences: 4, weakFrames: 12 },
      ]);
      const perClass = (name: string) => index.folds.reduce((sum, fold) => sum + fold.perClass[name]!, 0);
      assert.deepEqual([perClass('disgust'), perClass('happiness')], [6, 6]);
    }));

  it('reports progress for every picture', () =>
    withRig(async (rig) => {
      const seen: string[] = [];
      const edges: PrepareEdges = { onProgress: ({ done, total }) => seen.push(`${done}/${total}`), concurrency: 1 };
      await prepare(await corpora(rig), OPTIONS, rig.path('out'), edges);
      assert.deepEqual([seen[0], seen.at(-1), seen.length], ['1/40', '40/40', 40]);
    }));

  it('stops on request, and leaves no index behind that would look complete', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      await prepare(content, OPTIONS, rig.path('out'));
      const stop = new AbortController();
      const edges: PrepareEdges = {
        signal: stop.signal,
        onProgress: ({ done }) => done === 30 && stop.abort(new Error('stopped by the user')),
      };
      await assert.rejects(prepare(content, OPTIONS, rig.path('out'), edges), /stopped by the user/);
      assert.ok(!(await readdir(rig.path('out'))).includes('index.json'));
      assert.match(await dataErrorOf(() => openPrepared(rig.path('out'))), /index\.json: .*found no such file\. Run/);
    }));

  it('fails on a damaged picture by default, naming the first one', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      for (const frame of ['006', '009'])
        await rig.write(`oulu/VL_Acropped/Strong/P001/Disgust/${frame}.jpeg`, 'damaged');
      const message = await dataErrorOf(() => prepare(content, OPTIONS, rig.path('out')));
      assert.ok(
        message.startsWith(`${rig.path('oulu/VL_Acropped/Strong/P001/Disgust/006.jpeg')}: expected a whole`),
        message,
      );
    }));

  it('leaves damaged pictures out if told to: a weak frame alone, a peak with its sequence', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      const noise = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * i) % 251);
      const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 1 } })
        .jpeg()
        .toBuffer();
      await rig.write('oulu/VL_Acropped/Strong/P001/Disgust/006.jpeg', jpeg.subarray(0, jpeg.length / 2));
      await rig.write('oulu/VL_Acropped/Strong/P002/Disgust/009.jpeg', '');
      const index = await prepare(content, { ...OPTIONS, onBadImage: 'skip' }, rig.path('out'));
      const kept = index.sequences.filter(({ id }) => id.startsWith('oulu') && id.endsWith('disgust'));
      assert.deepEqual(
        kept.map(({ subject, weak }) => [subject, weak.map((name) => name.slice(-8))]),
        [['oulu-casia/P001', ['005.jpeg', '007.jpeg']]],
      );
      assert.deepEqual(index.skipped.map(({ what, why, count }) => `${count} ${what}: ${why}`).sort(), [
        '1 picture: unreadable: VL_Acropped/Strong/P001/Disgust/006.jpeg',
        '1 picture: unreadable: VL_Acropped/Strong/P002/Disgust/009.jpeg',
        '1 sequence: unreadable peak',
      ]);
      const { fold } = await openPrepared(rig.path('out'));
      assert.equal((await fold(0)).ids.length + (await fold(1)).ids.length, 11);
    }));

  it('says which corpus lacks landmarks, and what to choose instead', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      const crops = { 'oulu-casia': { kind: 'landmarks', margin: 0, reference: 'own', upright: true } } as const;
      const message = await dataErrorOf(() => prepare(content, { ...OPTIONS, crops }, rig.path('out')));
      assert.match(message, /Disgust|Happiness/);
      assert.match(message, /expected landmarks.*found none.*kind "box" or "whole"/);
    }));

  it('refuses a crop for a corpus that does not exist', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      const crops = { 'ck+': { kind: 'whole' } } as const;
      const message = await dataErrorOf(() => prepare(content, { ...OPTIONS, crops }, rig.path('out')));
      assert.match(message, /crops: expected names of corpora \(ck-plus, oulu-casia, crema-d, [^)]+\), found "ck\+"/);
    }));

  it('names file and line of a malformed landmark file', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      const path = 'ck/Landmarks/S005/001/S005_001_00000001_landmarks.txt';
      await rm(rig.path(path));
      const missing = await dataErrorOf(() => prepare(content, OPTIONS, rig.path('out')));
      assert.ok(missing.startsWith(`${rig.path(path)}: expected 68 rows "x y", found no such file.`), missing);
      await rig.write(path, '1 2\r\n3 x\r\n');
      const message = await dataErrorOf(() => prepare(content, { ...OPTIONS, onBadImage: 'skip' }, rig.path('out')));
      assert.equal(
        message,
        `${rig.path(path)}:2: expected two numbers "x y", found "3 x". Restore the landmark file from the corpus.`,
      );
    }));

  it('refuses a class that no sequence has, and more folds than subjects', () =>
    withRig(async (rig) => {
      const content = await corpora(rig);
      const pairs = { ...OPTIONS.pairs, classes: ['disgust', 'hapiness'] };
      const wrongClass = await dataErrorOf(() => prepare(content, { ...OPTIONS, pairs }, rig.path('out')));
      assert.match(wrongClass, /found none of hapiness; the corpora have .*happiness/);
      const folds = { count: 7, by: 'subject', seed: 1 } as const;
      const tooMany = await dataErrorOf(() => prepare(content, { ...OPTIONS, folds }, rig.path('out')));
      assert.match(tooMany, /expected at least 7 subjects, one a fold, found 6\. Lower/);
    }));
});

describe('options of prepare', () => {
  it("are the paper's where nothing else is said, but with folds by subject", () => {
    assert.deepEqual(readPrepareOptions({}), {
      name: 'faces',
      pairs: {
        classes: ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'],
        weak: [6, 7, 8],
        short: 'before-apex',
      },
      folds: { count: 5, by: 'subject', seed: 1 },
      image: { size: 144, channels: 3 },
      crops: {},
      onBadImage: 'fail',
    });
  });

  it('are taken from the params document, crops with their own defaults', () => {
    const given = { ...OPTIONS, crops: { 'ck-plus': { kind: 'landmarks' }, 'oulu-casia': { kind: 'box', x: 0.1 } } };
    assert.deepEqual(readPrepareOptions(given), {
      ...OPTIONS,
      crops: {
        'ck-plus': { kind: 'landmarks', margin: 0.1, reference: 'first', upright: false },
        'oulu-casia': { kind: 'box', x: 0.1, y: 0, size: 1 },
      },
    });
  });

  for (const [given, message] of [
    [
      { classes: ['fear'] },
      'options of prepare: expected only name, pairs, folds, image, crops, onBadImage, found "classes"',
    ],
    [
      { pairs: { weak: [0] } },
      'option weak of prepare.pairs: expected a list of positions, whole numbers from 1, found [0]',
    ],
    [
      { pairs: { classes: 'fear' } },
      'option classes of prepare.pairs: expected a list of different class names, at most 256, found "fear"',
    ],
    [{ folds: { count: 1 } }, 'option count of prepare.folds: expected a whole number from 2 to 1000, found 1'],
    [{ image: { channels: 2 } }, 'option channels of prepare.image: expected one of 3, 1, found 2'],
    [{ image: 48 }, 'option image of prepare: expected keys with values, found 48'],
    [
      { crops: { 'ck-plus': { kind: 'face' } } },
      'option kind of prepare.crops.ck-plus: expected one of whole, box, landmarks, found "face"',
    ],
    [
      { crops: { 'ck-plus': { kind: 'whole', size: 1 } } },
      'options of prepare.crops.ck-plus: expected none, found "size"',
    ],
    [
      { crops: { 'ck-plus': { kind: 'landmarks', margin: '1' } } },
      'option margin of prepare.crops.ck-plus: expected a number from -0.4 to 4, found "1"',
    ],
  ] as const) {
    it(`are refused when they say ${JSON.stringify(given)}`, async () => {
      assert.equal(await dataErrorOf(() => readPrepareOptions(given)), `${message}. Correct the params file.`);
    });
  }
});

describe('opening prepared data', () => {
  const damage: readonly (readonly [string, (bytes: Buffer) => Uint8Array, RegExp])[] = [
    [
      'cut short',
      (bytes) => bytes.subarray(0, bytes.length - 8),
      /fold-0\.bin: expected \d+ bytes, found \d+\. Run the prepare/,
    ],
    ['empty', () => Buffer.alloc(0), /fold-0\.bin: expected \d+ bytes, found 0/],
    [
      'another format',
      (bytes) => Buffer.alloc(bytes.length),
      /expected a fold of prepared data \(GGANFOLD\), found another/,
    ],
    [
      'changed in one bit',
      (bytes) => flipped(bytes, 200),
      /expected contents that fit their checksum, found changed bytes/,
    ],
    ['of another version', (bytes) => flipped(bytes, 8), /expected format version 1, found version 0/],
    ['with other dimensions', (bytes) => flipped(bytes, 36), /expected \d+ bytes, found/],
    ['of another preparation', (bytes) => flipped(bytes, 90), /expected the file that index\.json describes/],
  ];
  for (const [name, change, message] of damage) {
    it(`refuses a fold file that is ${name}`, () =>
      withRig(async (rig) => {
        await prepare(await corpora(rig), OPTIONS, rig.path('out'));
        const path = rig.path('out/fold-0.bin');
        await writeFile(path, change(await readFile(path)));
        const { fold } = await openPrepared(rig.path('out'));
        assert.match(await dataErrorOf(() => fold(0)), message);
        assert.ok((await fold(1)).ids.length > 0);
      }));
  }

  it('refuses a missing fold file, a fold there is not, and an index that is none', () =>
    withRig(async (rig) => {
      await prepare(await corpora(rig), OPTIONS, rig.path('out'));
      const { split } = await openPrepared(rig.path('out'));
      assert.match(await dataErrorOf(() => split(2)), /expected a fold from 0 to 1, found 2/);
      assert.match(
        await dataErrorOf(() => split(0, 'validation')),
        /expected three folds or more to validate.*found 2/,
      );
      await rig.write('broken/index.json', '{"format":1');
      assert.match(await dataErrorOf(() => openPrepared(rig.path('broken'))), /found text that is not JSON/);
      await rig.write('other/index.json', '{"format":2}');
      assert.match(await dataErrorOf(() => openPrepared(rig.path('other'))), /found other JSON/);
    }));
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
