import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { ouluCasia } from '../../../../src/science/data/corpora/oulu-casia.ts';
import { dataErrorOf, withRig, writeOulu } from '../rig.ts';
import type { Rig } from '../rig.ts';

const PARTS = [
  'OriginalImg/VL/Strong',
  'OriginalImg/VL/Weak',
  'OriginalImg/NI/Dark',
  'B_OriginalImg/VL/Strong',
  'PreProcess_Img/VL_Acropped/Strong',
  'PreProcess_Img/VL_Acropped/Weak',
  'PreProcess_Img/NI_Acropped/Strong',
];

async function everything(rig: Rig): Promise<void> {
  for (const part of PARTS) await writeOulu(rig, `oulu/${part}`, 'P001', 'Anger', 3);
}

async function sourceOf(root: string, options = {}): Promise<string> {
  return (await ouluCasia.read(root, options)).source;
}

describe('reading Oulu-CASIA', () => {
  it('finds sequences with label, subject and frames in order, the peak last', () =>
    withRig(async (rig) => {
      for (const expression of ['Anger', 'Disgust', 'Fear', 'Happiness', 'Sadness', 'Surprise']) {
        await writeOulu(rig, 'oulu/OriginalImg/VL/Strong', 'P012', expression, 12);
      }
      const { sequences, skipped } = await ouluCasia.read(rig.path('oulu'), {});
      assert.deepEqual(
        sequences.map(({ label }) => label),
        ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'],
      );
      assert.deepEqual(skipped, []);
      const { id, subject, frames } = sequences[0]!;
      assert.deepEqual([id, subject], ['oulu-casia/P012/VL/Strong/anger', 'oulu-casia/P012']);
      assert.equal(frames.length, 12);
      const last = frames.at(-1)!;
      assert.ok(last.kind === 'file');
      assert.equal(last.name, 'OriginalImg/VL/Strong/P012/Anger/011.jpeg');
      assert.equal(last.path, rig.path('oulu/OriginalImg/VL/Strong/P012/Anger/011.jpeg'));
    }));

  it('prefers cropped pictures in visible, strong light', () =>
    withRig(async (rig) => {
      await everything(rig);
      assert.equal(await sourceOf(rig.path('oulu')), 'PreProcess_Img/VL_Acropped/Strong');
      await rm(rig.path('oulu/PreProcess_Img/VL_Acropped/Strong'), { recursive: true });
      assert.equal(await sourceOf(rig.path('oulu')), 'B_OriginalImg/VL/Strong');
    }));

  it('takes the part that the options name', () =>
    withRig(async (rig) => {
      await everything(rig);
      const root = rig.path('oulu');
      assert.equal(await sourceOf(root, { illumination: 'Weak' }), 'PreProcess_Img/VL_Acropped/Weak');
      assert.equal(await sourceOf(root, { camera: 'NI' }), 'PreProcess_Img/NI_Acropped/Strong');
      assert.equal(await sourceOf(root, { camera: 'NI', illumination: 'Dark' }), 'OriginalImg/NI/Dark');
      assert.equal(await sourceOf(root, { pictures: 'original' }), 'B_OriginalImg/VL/Strong');
    }));

  for (const name of ['PreProcess_Img', 'PreProcessImg', 'PreProcess', 'preprocess_img']) {
    it(`knows the folder ${name}`, () =>
      withRig(async (rig) => {
        await writeOulu(rig, `oulu/${name}/vl_acropped/STRONG`, 'P001', 'anger', 2);
        await writeOulu(rig, 'oulu/OriginalImg/VL/Strong', 'P001', 'Anger', 2);
        const { sequences, source } = await ouluCasia.read(rig.path('oulu'), {});
        assert.deepEqual([source, sequences.length], [`${name}/vl_acropped/STRONG`, 1]);
      }));
  }

  it('takes any folder on the way from the one above to the one of the subjects', () =>
    withRig(async (rig) => {
      await writeOulu(rig, 'oulu/PreProcess_Img/VL_Acropped/Strong', 'P001', 'Anger', 2);
      for (const root of [
        '.',
        'oulu',
        'oulu/PreProcess_Img',
        'oulu/PreProcess_Img/VL_Acropped',
        'oulu/PreProcess_Img/VL_Acropped/Strong',
      ]) {
        assert.equal((await ouluCasia.read(rig.path(root), {})).sequences.length, 1, root);
      }
    }));

  it('does not pass one illumination off as another', () =>
    withRig(async (rig) => {
      await writeOulu(rig, 'oulu/OriginalImg/NI/Dark', 'P001', 'Anger', 2);
      for (const root of ['oulu', 'oulu/OriginalImg/NI/Dark']) {
        const message = await dataErrorOf(() => ouluCasia.read(rig.path(root), {}));
        assert.match(message, /expected VL\/Strong as in .*found only .*Choose one of these by the options camera/);
      }
      const { sequences } = await ouluCasia.read(rig.path('oulu/OriginalImg/NI/Dark'), {
        camera: 'NI',
        illumination: 'Dark',
      });
      assert.equal(sequences.length, 1);
    }));

  it('does not choose between two copies, but prefers one that is not inside another folder', () =>
    withRig(async (rig) => {
      await writeOulu(rig, 'a/OriginalImg/VL/Strong', 'P001', 'Anger', 2);
      await writeOulu(rig, 'b/PreProcess_Img/VL_Acropped/Strong', 'P001', 'Anger', 2);
      const message = await dataErrorOf(() => ouluCasia.read(rig.root, {}));
      assert.match(message, /expected one copy of the corpus, found a, b\. Give the folder/);
      await writeOulu(rig, 'OriginalImg/VL/Strong', 'P001', 'Anger', 2);
      assert.equal(await sourceOf(rig.root), 'OriginalImg/VL/Strong');
    }));

  it('sorts the frames that are there and passes over what systems leave behind', () =>
    withRig(async (rig) => {
      const folder = 'oulu/OriginalImg/VL/Strong/P001/Anger';
      for (const name of [
        '010.jpeg',
        '002.jpeg',
        '9.jpg',
        '._002.jpeg',
        'Thumbs.db',
        'copy of 002.jpeg',
        'readme.txt',
      ]) {
        await rig.write(`${folder}/${name}`, 'x');
      }
      await rig.write('oulu/OriginalImg/VL/Strong/Thumbs.db', 'x');
      await rig.write('oulu/OriginalImg/VL/Strong/P001/.DS_Store', 'x');
      const { sequences, skipped } = await ouluCasia.read(rig.path('oulu'), {});
      assert.deepEqual(
        sequences[0]!.frames.map(({ name }) => name.split('/').at(-1)),
        ['002.jpeg', '9.jpg', '010.jpeg'],
      );
      assert.deepEqual(
        skipped.map(({ what, why, count }) => [what, why, count]),
        [['file', 'not named like a picture of the corpus', 2]],
      );
    }));

  it('counts empty folders and folders of no expression or subject', () =>
    withRig(async (rig) => {
      const folder = 'oulu/OriginalImg/VL/Strong';
      await writeOulu(rig, folder, 'P001', 'Anger', 2);
      await rig.folder(`${folder}/P001/Fear`);
      await rig.folder(`${folder}/P001/Neutral`);
      await rig.folder(`${folder}/old`);
      const { sequences, skipped } = await ouluCasia.read(rig.path('oulu'), {});
      assert.equal(sequences.length, 1);
      assert.deepEqual(skipped.map(({ why }) => why).sort(), [
        'an empty folder',
        'not named like a subject',
        'not named like an expression',
      ]);
    }));

  it('says what layout it expected and what it found instead', () =>
    withRig(async (rig) => {
      assert.match(
        await dataErrorOf(() => ouluCasia.read(rig.path('no'), {})),
        /OriginalImg\/VL\/Strong\/P001.*found no such folder/,
      );
      await rig.write('other/photos/1.png', 'x');
      assert.match(
        await dataErrorOf(() => ouluCasia.read(rig.path('other'), {})),
        /found folders photos\. Give the folder/,
      );
      await rig.folder('oulu/OriginalImg/VL/Strong/P001/Anger');
      const message = await dataErrorOf(() => ouluCasia.read(rig.path('oulu'), {}));
      assert.match(
        message,
        /Strong: expected folders like P001\/Anger with pictures, found none \(left out: 1 sequence/,
      );
    }));

  it('refuses an illumination that does not exist', () =>
    withRig(async (rig) => {
      await everything(rig);
      const message = await dataErrorOf(() => ouluCasia.read(rig.path('oulu'), { illumination: 'strong' }));
      assert.match(
        message,
        /option illumination of corpus oulu-casia: expected one of Strong, Weak, Dark, found "strong"/,
      );
    }));
});
