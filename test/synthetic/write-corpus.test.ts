import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { SyntheticCorpusError, writeCkPlus, writeOuluCasia } from '../../src/synthetic/write-corpus.ts';

const TINY = { seed: 11, subjects: 2, scale: 0.15, frames: { min: 8, max: 10 } } as const;

async function files(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return names.map((name) => name.slice(directory.length + 1)).sort();
}

async function digest(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await files(directory)) hash.update(name).update(await readFile(join(directory, name)));
  return hash.digest('hex');
}

describe('synthetic corpora on disk', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'synthetic-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('have the layout, names and text formats of CK+', async () => {
    const root = join(home, 'ck');
    const summary = await writeCkPlus(root, { ...TINY, contemptShare: 1, unlabelledShare: 1 });
    assert.deepEqual((await readdir(root)).sort(), [
      'Emotion',
      'FACS',
      'Landmarks',
      'SYNTHETIC.txt',
      'cohn-kanade-images',
    ]);
    assert.equal(summary.subjects, 2);
    assert.equal(summary.sequences, 16);
    const codes: number[] = [];
    let empty = 0;
    let images = 0;
    for (const subject of ['S001', 'S002']) {
      const sessions = await readdir(join(root, 'cohn-kanade-images', subject));
      assert.deepEqual(sessions.sort(), ['001', '002', '003', '004', '005', '006', '007', '008']);
      for (const session of sessions) {
        const names = (await readdir(join(root, 'cohn-kanade-images', subject, session))).sort();
        images += names.length;
        assert.ok(names.length >= 8 && names.length <= 10);
        names.forEach((name, i) => assert.equal(name, `${subject}_${session}_${String(i + 1).padStart(8, '0')}.png`));
        const apex = names.at(-1)!.replace('.png', '');
        const points = (await readdir(join(root, 'Landmarks', subject, session))).sort();
        assert.deepEqual(
          points,
          names.map((name) => name.replace('.png', '_landmarks.txt')),
        );
        assert.deepEqual(await readdir(join(root, 'FACS', subject, session)), [`${apex}_facs.txt`]);
        const emotion = await readdir(join(root, 'Emotion', subject, session));
        if (emotion.length === 0) {
          empty++;
          continue;
        }
        assert.deepEqual(emotion, [`${apex}_emotion.txt`]);
        const text = await readFile(join(root, 'Emotion', subject, session, emotion[0]!), 'utf8');
        assert.match(text, /^ {3}[1-7]\.0000000e\+00\n$/);
        codes.push(Number(text));
      }
    }
    assert.equal(images, summary.frames);
    assert.equal(empty, 2, 'one sequence of each subject is unlabelled');
    assert.deepEqual(codes.sort(), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
    const landmarks = await readFile(join(root, 'Landmarks/S001/001/S001_001_00000001_landmarks.txt'), 'utf8');
    const rows = landmarks.trimEnd().split('\n');
    assert.equal(rows.length, 68);
    for (const row of rows) {
      assert.match(row, /^ {3}\d\.\d{7}e\+0\d {3}\d\.\d{7}e\+0\d$/);
      const [x, y] = row.trim().split(/\s+/).map(Number);
      assert.ok(x! > 0 && x! < 96 && y! > 0 && y! < 74);
    }
    const picture = decode(await readFile(join(root, 'cohn-kanade-images/S001/001/S001_001_00000001.png')));
    assert.deepEqual([picture.width, picture.height], [96, 74]);
  });

  it('have the layout and names of Oulu-CASIA', async () => {
    const root = join(home, 'oulu');
    const summary = await writeOuluCasia(root, { ...TINY, scale: 0.3, originals: true });
    assert.equal(summary.sequences, 12);
    assert.deepEqual((await readdir(root)).sort(), ['OriginalImg', 'PreProcess_Img', 'SYNTHETIC.txt']);
    for (const kind of ['PreProcess_Img/VL_Acropped/Strong', 'OriginalImg/VL/Strong']) {
      assert.deepEqual((await readdir(join(root, kind))).sort(), ['P001', 'P002']);
      const emotions = (await readdir(join(root, kind, 'P002'))).sort();
      assert.deepEqual(emotions, ['Anger', 'Disgust', 'Fear', 'Happiness', 'Sadness', 'Surprise']);
      const names = (await readdir(join(root, kind, 'P002/Fear'))).sort();
      assert.ok(names.length >= 8 && names.length <= 10);
      names.forEach((name, i) => assert.equal(name, `${String(i).padStart(3, '0')}.jpeg`));
    }
    const original = await sharp(join(root, 'OriginalImg/VL/Strong/P001/Anger/000.jpeg')).metadata();
    assert.deepEqual([original.format, original.width, original.height, original.channels], ['jpeg', 96, 72, 3]);
    const cropped = await sharp(join(root, 'PreProcess_Img/VL_Acropped/Strong/P001/Anger/000.jpeg')).metadata();
    assert.equal(cropped.width, cropped.height);
    assert.ok(cropped.width < 72);
  });

  it('write only cropped Oulu-CASIA frames unless asked for both', async () => {
    await writeOuluCasia(join(home, 'oulu'), { ...TINY, subjects: 1 });
    assert.deepEqual((await readdir(join(home, 'oulu'))).sort(), ['PreProcess_Img', 'SYNTHETIC.txt']);
  });

  it('are the same bytes for the same seed, others for another', async () => {
    const one = { ...TINY, subjects: 1 };
    for (const write of [writeCkPlus, writeOuluCasia]) {
      await write(join(home, 'a'), one);
      await write(join(home, 'b'), one);
      await write(join(home, 'c'), { ...one, seed: 12 });
      assert.equal(await digest(join(home, 'a')), await digest(join(home, 'b')));
      assert.notEqual(await digest(join(home, 'a')), await digest(join(home, 'c')));
      for (const name of ['a', 'b', 'c']) await rm(join(home, name), { recursive: true });
    }
  });

  it('are the same bytes with the SIMD of the image library off', async () => {
    const script =
      "const { writeOuluCasia } = await import('./src/synthetic/write-corpus.ts');" +
      "const sharp = (await import('sharp')).default; sharp.simd(false);" +
      `await writeOuluCasia(process.argv[1], ${JSON.stringify({ ...TINY, subjects: 1 })});`;
    const run = promisify(execFile);
    await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, join(home, 'plain')], {
      env: { ...process.env, JSIMD_FORCENONE: '1', VIPS_NOVECTOR: '1' },
    });
    await writeOuluCasia(join(home, 'simd'), { ...TINY, subjects: 1 });
    assert.equal(await digest(join(home, 'plain')), await digest(join(home, 'simd')));
  });

  it('do not change the first subjects when more are asked for', async () => {
    await writeCkPlus(join(home, 'one'), { ...TINY, subjects: 1 });
    await writeCkPlus(join(home, 'two'), TINY);
    const image = 'cohn-kanade-images/S001/003/S001_003_00000008.png';
    assert.deepEqual(await readFile(join(home, 'one', image)), await readFile(join(home, 'two', image)));
  });

  it('report progress that grows to 1', async () => {
    const seen: number[] = [];
    await writeOuluCasia(join(home, 'oulu'), { ...TINY, onProgress: (fraction) => seen.push(fraction) });
    assert.equal(seen.length, 12);
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      seen,
    );
    assert.equal(seen.at(-1), 1);
  });

  it('leave nothing behind when aborted', async () => {
    const controller = new AbortController();
    const onProgress = (fraction: number): void => {
      if (fraction > 0.2) controller.abort(new Error('enough'));
    };
    const writing = writeCkPlus(join(home, 'ck'), { ...TINY, signal: controller.signal, onProgress });
    await assert.rejects(writing, /enough/);
    assert.deepEqual(await readdir(home), []);
  });

  it('accept an empty directory and clear away what a killed run left', async () => {
    await mkdir(join(home, 'ck'));
    await mkdir(join(home, '.ck.partial-999999999'));
    await writeCkPlus(join(home, 'ck'), { ...TINY, subjects: 1 });
    assert.deepEqual(await readdir(home), ['ck']);
  });

  it('refuse a directory with something in it, and keep it as it was', async () => {
    await mkdir(join(home, 'ck'));
    await writeFile(join(home, 'ck/thesis.txt'), 'mine');
    await assert.rejects(writeCkPlus(join(home, 'ck'), TINY), (error: unknown) => {
      assert.ok(error instanceof SyntheticCorpusError);
      assert.match(error.message, /expected no directory or an empty one, found 1 entries \(thesis\.txt\); remove it/);
      return true;
    });
    assert.deepEqual(await files(home), ['ck/thesis.txt']);
  });

  it('refuse a target below a file with a clear message', async () => {
    await writeFile(join(home, 'file'), '');
    for (const target of ['file', 'file/below']) {
      await assert.rejects(writeOuluCasia(join(home, target), TINY), (error: unknown) => {
        assert.ok(error instanceof SyntheticCorpusError);
        assert.match(error.message, /cannot write a synthetic corpus to .*file.*: a part of the path is a file/);
        return true;
      });
    }
    assert.deepEqual(await readdir(home), ['file']);
  });

  it('refuse options out of range before touching the disk', async () => {
    const wrong = [
      [{ subjects: 0 }, /subjects must be a whole number from 1 to 999, not 0/],
      [{ scale: 9 }, /scale must be from 0\.1 to 4, not 9/],
      [{ frames: { min: 5, max: 9 } }, /8 <= min <= max/],
      [{ seed: NaN }, /seed must be a number/],
      [{ difficulty: { blend: 2 } }, /blend must be from 0 to 1, not 2/],
      [{ difficulty: { weakShare: { min: 0.5, max: 0.4 } } }, /weakShare needs 0 < min <= max/],
      [{ contemptShare: 1.5 }, /contemptShare must be from 0 to 1, not 1\.5/],
      [{ difficulty: { noise: -1 } }, /noise must be from 0 to 64/],
      [{ difficulty: { expressivitySpread: 3 } }, /expressivitySpread must be from 0 to 0\.5/],
    ] as const;
    for (const [change, message] of wrong) {
      await assert.rejects(writeCkPlus(join(home, 'ck'), { ...TINY, ...change }), message);
    }
    assert.deepEqual(await readdir(home), []);
  });
});
