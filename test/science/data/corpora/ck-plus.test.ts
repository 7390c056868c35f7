import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { ckPlus } from '../../../../src/science/data/corpora/ck-plus.ts';
import { dataErrorOf, greyPng, withRig, writeCk } from '../rig.ts';
import type { Rig } from '../rig.ts';

const HAPPY = '   5.0000000e+00\n';

async function small(rig: Rig): Promise<void> {
  await writeCk(rig, 'ck', { subject: 'S005', session: '001', emotion: '   3.0000000e+00\n', landmarks: true });
  await writeCk(rig, 'ck', { subject: 'S010', session: '002', emotion: HAPPY, frames: [1, 2, 3] });
}

describe('reading CK+', () => {
  it('finds sequences with label, subject and frames in order, the peak last', () =>
    withRig(async (rig) => {
      await small(rig);
      const { sequences, skipped, source } = await ckPlus.read(rig.path('ck'), {});
      assert.deepEqual(
        sequences.map(({ id, subject, label, frames }) => ({ id, subject, label, frames: frames.length })),
        [
          { id: 'ck-plus/S005/001', subject: 'ck-plus/S005', label: 'disgust', frames: 10 },
          { id: 'ck-plus/S010/002', subject: 'ck-plus/S010', label: 'happiness', frames: 3 },
        ],
      );
      assert.equal(sequences[0]!.frames.at(-1)!.name, 'S005/001/S005_001_00000010.png');
      assert.deepEqual(skipped, []);
      assert.equal(source, 'cohn-kanade-images');
    }));

  it('translates each of the seven codes', () =>
    withRig(async (rig) => {
      for (let code = 1; code <= 7; code++) {
        await writeCk(rig, 'ck', { subject: `S00${code}`, session: '001', emotion: `   ${code}.0000000e+00\n` });
      }
      const { sequences } = await ckPlus.read(rig.path('ck'), {});
      assert.deepEqual(
        sequences.map(({ label }) => label),
        ['anger', 'contempt', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'],
      );
    }));

  it('gives each frame its own landmark file where there is one', () =>
    withRig(async (rig) => {
      await small(rig);
      const { sequences } = await ckPlus.read(rig.path('ck'), {});
      const [first] = sequences[0]!.frames;
      assert.ok(first?.kind === 'file');
      assert.equal(first.landmarks, rig.path('ck/Landmarks/S005/001/S005_001_00000001_landmarks.txt'));
      assert.ok(!('landmarks' in sequences[1]!.frames[0]!));
    }));

  it('counts sequences without a label, in an empty folder or none, and neutral ones', () =>
    withRig(async (rig) => {
      await small(rig);
      await writeCk(rig, 'ck', { subject: 'S005', session: '002', emotion: null });
      await writeCk(rig, 'ck', { subject: 'S005', session: '003' });
      await writeCk(rig, 'ck', { subject: 'S010', session: '004', emotion: '0.0000000e+00' });
      const { sequences, skipped } = await ckPlus.read(rig.path('ck'), {});
      assert.equal(sequences.length, 2);
      assert.deepEqual(skipped, [
        { corpus: 'ck-plus', what: 'sequence', why: 'no emotion label', count: 2 },
        { corpus: 'ck-plus', what: 'sequence', why: 'labelled neutral', count: 1 },
      ]);
    }));

  it('counts a labelled sequence without pictures', () =>
    withRig(async (rig) => {
      await small(rig);
      await rig.folder('ck/cohn-kanade-images/S011/001');
      await rig.write('ck/cohn-kanade-images/S011/001/.DS_Store', 'x');
      await rig.write('ck/Emotion/S011/001/S011_001_00000009_emotion.txt', HAPPY);
      const { sequences, skipped } = await ckPlus.read(rig.path('ck'), {});
      assert.equal(sequences.length, 2);
      assert.deepEqual(
        skipped.map(({ why }) => why),
        ['labelled, but without pictures'],
      );
    }));

  it('sorts the frames that are there, whatever the gaps in their numbers', () =>
    withRig(async (rig) => {
      await writeCk(rig, 'ck', { subject: 'S005', session: '001', emotion: HAPPY, frames: [11, 2, 100, 3] });
      await rename(
        rig.path('ck/Emotion/S005/001/S005_001_00000003_emotion.txt'),
        rig.path('ck/Emotion/S005/001/S005_001_00000100_emotion.txt'),
      );
      const { sequences } = await ckPlus.read(rig.path('ck'), {});
      assert.deepEqual(
        sequences[0]!.frames.map(({ name }) => Number(name.slice(-12, -4))),
        [2, 3, 11, 100],
      );
    }));

  it('ends a sequence at the apex that the emotion file names, and says so when that picture is missing', () =>
    withRig(async (rig) => {
      await small(rig);
      await rig.write('ck/cohn-kanade-images/S005/001/S005_001_00000011.png', greyPng(1));
      await rig.write('ck/cohn-kanade-images/S010/002/S010_002_00000002.png', greyPng(1));
      await rename(
        rig.path('ck/Emotion/S010/002/S010_002_00000003_emotion.txt'),
        rig.path('ck/Emotion/S010/002/S010_002_00000019_emotion.txt'),
      );
      const { sequences, skipped } = await ckPlus.read(rig.path('ck'), {});
      assert.deepEqual(
        sequences.map(({ frames }) => frames.length),
        [10, 3],
      );
      assert.deepEqual(skipped, [
        { corpus: 'ck-plus', what: 'picture', why: 'after the apex that the emotion file names', count: 1 },
        { corpus: 'ck-plus', what: 'apex picture', why: 'not on disk; the last one present takes its place', count: 1 },
      ]);
    }));

  it('passes over what systems leave behind, and counts pictures that do not belong', () =>
    withRig(async (rig) => {
      await small(rig);
      const folder = 'ck/cohn-kanade-images/S005/001';
      for (const name of ['.DS_Store', '._S005_001_00000001.png', 'Thumbs.db'])
        await rig.write(`${folder}/${name}`, 'x');
      await rig.write(`${folder}/notes.txt`, 'x');
      await rig.write(`${folder}/S006_001_00000001.png`, greyPng(1));
      await rig.write('ck/cohn-kanade-images/.DS_Store', 'x');
      await rig.write('ck/Emotion/S005/001/.DS_Store', 'x');
      const { sequences, skipped } = await ckPlus.read(rig.path('ck'), {});
      assert.equal(sequences[0]!.frames.length, 10);
      assert.deepEqual(
        skipped.map(({ what, why, count }) => [what, why, count]),
        [
          ['file', "a picture in another sequence's folder", 1],
          ['file', 'not named like a picture of the corpus', 1],
        ],
      );
    }));

  it('reads label and landmark files with CR line ends', () =>
    withRig(async (rig) => {
      await writeCk(rig, 'ck', { subject: 'S005', session: '001', emotion: '   7.0000000e+00\r\n' });
      const { sequences } = await ckPlus.read(rig.path('ck'), {});
      assert.equal(sequences[0]!.label, 'surprise');
    }));

  for (const [content, found] of [
    ['happy\n', '"happy"'],
    ['', 'an empty file'],
    ['8.0000000e+00', '"8.0000000e+00"'],
    ['-1', '"-1"'],
    ['3.5', '"3.5"'],
    ['3 4', '"3 4"'],
    ['0x3', '"0x3"'],
    ['\u0000\u0001', '"\\u0000\\u0001"'],
  ] as const) {
    it(`refuses an emotion file that holds ${JSON.stringify(content)}, naming file and content`, () =>
      withRig(async (rig) => {
        await small(rig);
        await rig.write('ck/Emotion/S005/001/S005_001_00000010_emotion.txt', content);
        const message = await dataErrorOf(() => ckPlus.read(rig.path('ck'), {}));
        assert.ok(message.startsWith(rig.path('ck/Emotion/S005/001/S005_001_00000010_emotion.txt')), message);
        assert.ok(message.includes(`found ${found}.`), message);
      }));
  }

  it('refuses two emotion files for one sequence', () =>
    withRig(async (rig) => {
      await small(rig);
      await rig.write('ck/Emotion/S005/001/S005_001_00000009_emotion.txt', HAPPY);
      assert.match(
        await dataErrorOf(() => ckPlus.read(rig.path('ck'), {})),
        /expected one emotion file, found .*09.*10/,
      );
    }));

  it('takes the folder above, the picture folder itself, other cases, and archives each in its own folder', () =>
    withRig(async (rig) => {
      await small(rig);
      const above = await ckPlus.read(rig.root, {});
      assert.equal(above.source, 'ck/cohn-kanade-images');
      const itself = await ckPlus.read(rig.path('ck/cohn-kanade-images'), {});
      assert.deepEqual(itself.sequences, above.sequences);
      await rename(rig.path('ck/cohn-kanade-images'), rig.path('ck/Cohn-Kanade-Images'));
      await rename(rig.path('ck/Emotion'), rig.path('ck/emotion'));
      assert.equal((await ckPlus.read(rig.path('ck'), {})).sequences.length, 2);
      for (const [from, to] of [
        ['Cohn-Kanade-Images', 'extended-cohn-kanade-images/cohn-kanade-images'],
        ['emotion', 'Emotion_labels/Emotion'],
      ] as const) {
        await rig.folder(`ck/${to}/..`);
        await rename(rig.path('ck', from), rig.path('ck', to));
      }
      const nested = await ckPlus.read(rig.path('ck'), {});
      assert.equal(nested.sequences.length, 2);
      assert.ok('landmarks' in nested.sequences[0]!.frames[0]!);
    }));

  it('never takes the labels or landmarks of another copy', () =>
    withRig(async (rig) => {
      await small(rig);
      await writeCk(rig, 'bare', { subject: 'S005', session: '001', emotion: HAPPY });
      assert.ok(!('landmarks' in (await ckPlus.read(rig.path('bare'), {})).sequences[0]!.frames[0]!));
      await rename(rig.path('bare/Emotion'), rig.path('bare/Labels'));
      assert.match(await dataErrorOf(() => ckPlus.read(rig.path('bare'), {})), /expected a folder Emotion/);
      const message = await dataErrorOf(() => ckPlus.read(rig.root, {}));
      assert.match(message, /expected one copy of the corpus, found .*bare.*, .*ck.*images\. Give the folder/);
    }));

  it('says what layout it expected and what it found instead', () =>
    withRig(async (rig) => {
      assert.match(
        await dataErrorOf(() => ckPlus.read(rig.path('no'), {})),
        /cohn-kanade-images\/S005.*found no such folder/,
      );
      await rig.write('file', 'x');
      assert.match(await dataErrorOf(() => ckPlus.read(rig.path('file'), {})), /found a file\. Correct/);
      await rig.folder('empty');
      assert.match(await dataErrorOf(() => ckPlus.read(rig.path('empty'), {})), /found an empty folder\./);
      await rig.write('other/photos/1.png', 'x');
      assert.match(await dataErrorOf(() => ckPlus.read(rig.path('other'), {})), /found folders photos\./);
    }));

  it('asks for the Emotion folder when there are only pictures', () =>
    withRig(async (rig) => {
      await writeCk(rig, 'ck', { subject: 'S005', session: '001' });
      assert.match(await dataErrorOf(() => ckPlus.read(rig.path('ck'), {})), /expected a folder Emotion/);
    }));

  it('refuses a corpus in which nothing is labelled', () =>
    withRig(async (rig) => {
      await writeCk(rig, 'ck', { subject: 'S005', session: '001', emotion: null });
      const message = await dataErrorOf(() => ckPlus.read(rig.path('ck'), {}));
      assert.match(message, /at least one sequence .* found none \(left out: 1 sequence \(no emotion label\)\)/);
    }));

  it('refuses an option it does not have', () =>
    withRig(async (rig) => {
      await small(rig);
      assert.match(
        await dataErrorOf(() => ckPlus.read(rig.path('ck'), { camera: 'VL' })),
        /expected none, found "camera"/,
      );
    }));
});
