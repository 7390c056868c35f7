import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cremaD, cremaDWith } from '../../../../src/science/data/corpora/crema-d.ts';
import { ffmpeg } from '../../../../src/science/data/corpora/film.ts';
import type { FilmTool } from '../../../../src/science/data/corpora/film.ts';
import { ravdessWith } from '../../../../src/science/data/corpora/ravdess.ts';
import type { Sequence } from '../../../../src/science/data/corpus.ts';
import { dataErrorOf, withRig } from '../rig.ts';
import type { Rig } from '../rig.ts';

/** Stands for ffmpeg where only names matter. */
const named: FilmTool = {
  require: () => Promise.resolve(),
  picture: () => Promise.reject(new Error('no picture is wanted here')),
};

async function films(rig: Rig, names: readonly string[]): Promise<void> {
  for (const name of names) await rig.write(name, '');
}

function shown(sequences: readonly Sequence[]) {
  return sequences.map(({ id, subject, label, weak, frames }) => ({
    id,
    subject,
    label,
    weak,
    frames: frames.map(({ name }) => name),
  }));
}

describe('CREMA-D', () => {
  it('pairs the film at level LO with the one at HI, and counts the others', () =>
    withRig(async (rig) => {
      const of = (names: readonly string[]) => names.map((name) => `VideoFlash/${name}`);
      await films(
        rig,
        of(['1001_IEO_ANG_HI.flv', '1001_IEO_ANG_LO.flv', '1001_IEO_ANG_MD.flv', '1001_DFA_ANG_XX.flv']),
      );
      await films(rig, of(['1002_IEO_HAP_HI.flv', 'notes.flv', 'Thumbs.db', '1040_ITH_SAD_X.flv']));
      await rig.folder('AudioWAV');
      const { sequences, skipped } = await cremaDWith(named).read(rig.root, { weakAt: [0.25, 0.5] });
      assert.deepEqual(shown(sequences), [
        {
          id: 'crema-d/1001/IEO/ANG',
          subject: 'crema-d/1001',
          label: 'anger',
          weak: [1, 2],
          frames: [0.25, 0.5]
            .map((at) => `VideoFlash/1001_IEO_ANG_LO.flv@${at}`)
            .concat('VideoFlash/1001_IEO_ANG_HI.flv@0.5'),
        },
      ]);
      assert.deepEqual(
        skipped.map(({ why, count }) => [why, count]),
        [
          ['not named like a film of the corpus', 1],
          ['no level of intensity (XX)', 2],
          ['of a level that is not used', 1],
          ['no film at level LO to pair it with', 1],
        ],
      );
    }));

  it('refuses an emotion there is not, two copies, and a folder without pairs', () =>
    withRig(async (rig) => {
      const read = (folder: string) => dataErrorOf(() => cremaDWith(named).read(rig.path(folder), {}));
      await films(rig, ['wrong/1001_IEO_XYZ_HI.flv', 'two/a/1001_IEO_ANG_HI.flv', 'two/b/1001_IEO_ANG_HI.flv']);
      await films(rig, ['single/1001_IEO_ANG_HI.flv']);
      await rig.folder('empty');
      assert.match(await read('wrong'), /1001_IEO_XYZ_HI\.flv: expected an emotion of ANG, .* found "XYZ"/);
      assert.match(await read('two'), /expected each film once, found also/);
      assert.match(await read('single'), /found none \(left out: 1 film \(no film at level LO/);
      assert.match(await read('empty'), /found an empty folder/);
      assert.match(await read('missing'), /found no such folder/);
    }));
});

describe('RAVDESS', () => {
  it('pairs normal with strong films of one statement and repetition, one of each recording', () =>
    withRig(async (rig) => {
      const of = (names: readonly string[]) => names.map((name) => `Video_Speech_Actor_12/Actor_12/${name}.mp4`);
      await films(
        rig,
        of(['01-01-06-01-02-01-12', '02-01-06-01-02-01-12', '02-01-06-02-02-01-12', '02-01-01-01-01-01-12']),
      );
      await films(rig, of(['02-01-05-01-01-02-12', '02-02-05-01-01-02-12', '02-01-05-01-01']));
      const { sequences, skipped } = await ravdessWith(named).read(rig.root, { weakAt: [0.5], peakAt: 0.6 });
      const folder = 'Video_Speech_Actor_12/Actor_12';
      assert.deepEqual(shown(sequences), [
        {
          id: 'ravdess/12-01-06-02-01',
          subject: 'ravdess/12',
          label: 'fear',
          weak: [1],
          frames: [`${folder}/02-01-06-01-02-01-12.mp4@0.5`, `${folder}/02-01-06-02-02-01-12.mp4@0.6`],
        },
      ]);
      assert.deepEqual(skipped.map(({ why, count }) => [why, count]).sort(), [
        ['neutral, which has no strong version', 1],
        ['not named like a film of the corpus', 1],
        ['song, which option channel leaves out', 1],
        ['the same film with or without sound is there', 1],
        ['without its normal or strong partner', 1],
      ]);
    }));

  it('refuses codes there are not', () =>
    withRig(async (rig) => {
      await films(rig, ['Actor_01/02-01-09-01-01-01-01.mp4']);
      assert.match(
        await dataErrorOf(() => ravdessWith(named).read(rig.root, {})),
        /expected an emotion of 01, .* found "09"/,
      );
    }));
});

describe('films', () => {
  it('need ffmpeg, and say how to get it', () =>
    withRig(async (rig) => {
      await films(rig, ['1001_IEO_ANG_HI.flv', '1001_IEO_ANG_LO.flv']);
      const path = process.env['PATH'];
      process.env['PATH'] = rig.path('no-programs');
      try {
        const message = await dataErrorOf(() => cremaD.read(rig.root, {}));
        assert.match(
          message,
          /found no ffmpeg on the PATH\. Install ffmpeg \(Debian and Ubuntu: apt-get install ffmpeg/,
        );
      } finally {
        process.env['PATH'] = path;
      }
    }));

  it('give the pictures at shares of their length, and are refused when damaged (where ffmpeg is installed)', function () {
    if (spawnSync('ffmpeg', ['-version']).error !== undefined) {
      process.stdout.write('      ffmpeg is not installed: no film is read here\n');
      this.skip();
    }
    return withRig(async (rig) => {
      // Eleven pictures that grow lighter: picture n has luma 20 n.
      const source = "nullsrc=s=32x24:r=10:d=1.1,format=gray,geq=lum='20*N',format=yuvj420p";
      const film = rig.path('1001_IEO_ANG_HI.mkv');
      const made = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:v', 'ffv1', film]);
      assert.equal(made.status, 0, String(made.stderr));
      for (const [share, grey] of [
        [0, 0],
        [0.5, 100],
        [1, 200],
      ] as const) {
        const { width, height, data } = await ffmpeg.picture(film, share);
        assert.deepEqual([width, height], [32, 24]);
        assert.ok(Math.abs((data[0] ?? -99) - grey) <= 3, `${data[0]} at ${share}`);
      }
      await rig.write('damaged.flv', 'no film');
      assert.match(
        await dataErrorOf(() => ffmpeg.picture(rig.path('damaged.flv'), 0)),
        /expected a film, found damaged data/,
      );
      assert.match(
        await dataErrorOf(() => ffmpeg.picture(rig.path('none.flv'), 0)),
        /expected a film, found damaged data/,
      );
    });
  });
});
