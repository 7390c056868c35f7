import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { quickdraw, QUICKDRAW_PACKAGE } from '../../../../src/science/data/corpora/quickdraw.ts';
import { drawSlashes } from '../../../../src/science/data/corpora/slashes.ts';
import type { SlashStyle } from '../../../../src/science/data/corpora/slashes.ts';
import type { Frame } from '../../../../src/science/data/corpus.ts';
import { prepare } from '../../../../src/science/data/prepared/prepare.ts';
import { createRandom } from '../../../../src/base/random.ts';
import { dataErrorOf, withRig } from '../rig.ts';

function drawing(frame: Frame): Uint8Array {
  assert.ok(frame.kind === 'drawn');
  return frame.pixels().data;
}

/** A drawing of 28x28 with ink in the given places. */
function line(...ink: readonly (readonly [row: number, column: number, value: number])[]): string {
  const values = new Array<number>(784).fill(0);
  for (const [row, column, value] of ink) values[row * 28 + column] = value;
  return JSON.stringify(values);
}

describe('reading Quick, Draw!', () => {
  it('makes each drawing of the package a subject with three destroyed versions and the whole drawing last', async () => {
    const { sequences, skipped } = await quickdraw.read(QUICKDRAW_PACKAGE, { classes: ['cat', 'star'], perClass: 5 });
    assert.deepEqual(skipped, []);
    assert.equal(sequences.length, 10);
    assert.equal(new Set(sequences.map(({ subject }) => subject)).size, 10);
    for (const { frames, weak, label, id } of sequences) {
      assert.equal(frames.length, 4);
      assert.deepEqual(weak, [1, 2, 3]);
      assert.ok(id.startsWith(`quickdraw/${label}/`));
      const peak = drawing(frames[3]!);
      for (const frame of frames.slice(0, 3)) assert.notDeepEqual(drawing(frame), peak);
      assert.notDeepEqual(drawing(frames[0]!), drawing(frames[1]!));
    }
  });

  it('has a hundred drawings of each class', async () => {
    const { sequences } = await quickdraw.read(QUICKDRAW_PACKAGE, { classes: ['umbrella'] });
    assert.equal(sequences.length, 100);
  });

  it('draws the same at every call, and otherwise for another seed', async () => {
    const read = async (seed: number) => (await quickdraw.read(QUICKDRAW_PACKAGE, { perClass: 1, seed })).sequences[0]!;
    const one = await read(1);
    assert.deepEqual(drawing(one.frames[0]!), drawing(one.frames[0]!));
    assert.deepEqual(drawing((await read(1)).frames[2]!), drawing(one.frames[2]!));
    assert.notDeepEqual(drawing((await read(2)).frames[0]!), drawing(one.frames[0]!));
    assert.deepEqual(drawing((await read(2)).frames[3]!), drawing(one.frames[3]!));
  });

  it('keeps the slashes of a drawing when others are added', async () => {
    const few = await quickdraw.read(QUICKDRAW_PACKAGE, { classes: ['cat'], perClass: 2 });
    const many = await quickdraw.read(QUICKDRAW_PACKAGE, { classes: ['apple', 'cat'], perClass: 3, variants: 5 });
    const same = many.sequences.find(({ id }) => id === 'quickdraw/cat/1');
    assert.deepEqual(drawing(few.sequences[1]!.frames[2]!), drawing(same!.frames[2]!));
  });

  it('turns ink dark, and puts the drawing in the middle of its paper', () =>
    withRig(async (rig) => {
      const lines = [line([0, 0, 1], [0, 1, 0.2], [3, 1, 1]), line()].join('\r\n');
      await rig.write('dot.ndjson.gz', gzipSync(`${lines}\r\n`));
      const { sequences } = await quickdraw.read(rig.root, { classes: ['dot'], perClass: 2, margin: 1 });
      const pixels = drawing(sequences[0]!.frames.at(-1)!);
      const ink = [...pixels].flatMap((value, at) => (value === 255 ? [] : [[Math.floor(at / 30), at % 30, value]]));
      assert.deepEqual(ink, [
        [13, 14, 0],
        [13, 15, 204],
        [16, 15, 0],
      ]);
      assert.ok(drawing(sequences[1]!.frames.at(-1)!).every((value) => value === 255));
    }));

  it('reads files with bare line feeds as well', () =>
    withRig(async (rig) => {
      await rig.write('dot.ndjson.gz', gzipSync(`${line([1, 1, 1])}\n${line([2, 2, 1])}`));
      const { sequences } = await quickdraw.read(rig.root, { classes: ['dot'], perClass: 2 });
      assert.equal(sequences.length, 2);
    }));

  it('gives prepared data whose bytes are the same on every machine', () =>
    withRig(async (rig) => {
      const content = await quickdraw.read(QUICKDRAW_PACKAGE, { classes: ['cat', 'star'], perClass: 4 });
      const index = await prepare(
        content,
        {
          name: 'drawings',
          pairs: { classes: ['cat', 'star'], weak: [6, 7, 8], short: 'before-apex' },
          folds: { count: 2, by: 'subject', seed: 1 },
          image: { size: 48, channels: 1 },
          crops: {},
          onBadImage: 'fail',
        },
        rig.path('out'),
      );
      const hash = createHash('sha256');
      for (const { file } of index.folds) hash.update(await readFile(rig.path('out', file)));
      // Pinned: change it only together with the drawing, the resampling or the format.
      assert.equal(hash.digest('hex'), '35470dfbdb6e94f468468ddc195a00179bcbf6b3771a0bb6fbd1ea0d3160618e');
    }));

  it('refuses a class that there is not, with names that look alike', async () => {
    const message = await dataErrorOf(() => quickdraw.read(QUICKDRAW_PACKAGE, { classes: ['catt'] }));
    assert.match(message, /expected catt\.ndjson\.gz, found 345 classes without "catt"\. .*similar names are .*cat/);
  });

  it('refuses files that are damaged or too short, naming file and line', () =>
    withRig(async (rig) => {
      const read = () => dataErrorOf(() => quickdraw.read(rig.root, { classes: ['dot'], perClass: 2 }));
      for (const [content, expected] of [
        ['no gzip', /dot\.ndjson\.gz: expected a gzip file, found data that cannot be unpacked \(Z_DATA_ERROR\)/],
        [gzipSync(line()).subarray(0, 20), /cannot be unpacked \(Z_BUF_ERROR\)/],
        [gzipSync(line()), /expected 2 drawings, found 1\. Lower option perClass/],
        [gzipSync(`${line()}\r\n[1,2`), /gz:2: expected a list of 784 numbers, found "\[1,2"/],
        [gzipSync(`${line()}\r\n[1,2]`), /gz:2: expected a list of 784 numbers, found \[1,2\]/],
        [gzipSync(`${line([0, 0, 2])}\r\n${line()}`), /gz:1: expected numbers from 0 to 1, found 2/],
      ] as const) {
        await rig.write('dot.ndjson.gz', content);
        assert.match(await read(), expected);
      }
    }));

  it('refuses options that make no sense', async () => {
    for (const [options, message] of [
      [{ classes: [] }, /option classes .*expected a list of different class names, at most 256, found \[\]/],
      [{ classes: ['cat', 'cat'] }, /different class names/],
      [{ perClass: 0 }, /option perClass .*found 0/],
      [{ variants: 1.5 }, /option variants .*found 1\.5/],
      [{ slashes: { count: [3, 2] } }, /option count .*found \[3,2\]/],
      [{ slashes: { widht: [0, 1] } }, /expected only count, width, length, angle, colour, found "widht"/],
      [{ slashes: 4 }, /option slashes .*found 4/],
      [{ seeds: 1 }, /expected only classes, .*found "seeds"/],
    ] as const) {
      assert.match(await dataErrorOf(() => quickdraw.read(QUICKDRAW_PACKAGE, options)), message);
    }
  });
});

describe('slashes', () => {
  const paper = { width: 21, height: 21, channels: 1, data: new Uint8Array(441).fill(255) } as const;
  const style: SlashStyle = { count: [1, 1], width: [0.1, 0.1], length: [0.5, 0.5], angle: [0, 0], colour: 'ink' };

  it('cover their area: length times width, whatever their direction', () => {
    for (const angle of [0, 30, 45, 90, 137]) {
      for (let seed = 0; seed < 5; seed++) {
        // The middle of a large sheet, so that no end is cut off.
        const sheet = { width: 60, height: 60, channels: 1, data: new Uint8Array(3600).fill(255) } as const;
        sheet.data[30 * 60 + 30] = 254;
        const drawn = drawSlashes(sheet, { ...style, angle: [angle, angle] }, createRandom(seed));
        const ink = drawn.data.reduce((sum, value) => sum + (255 - value) / 255, 0);
        assert.ok(Math.abs(ink - 30 * 6) < 5, `${angle} degrees: ${ink}`);
      }
    }
  });

  it('run along their angle: level at 0 degrees, rising to the right at 45', () => {
    const extent = (angle: number) => {
      const { data } = drawSlashes(paper, { ...style, angle: [angle, angle] }, createRandom(3));
      const at = [...data].flatMap((value, i) => (value < 128 ? [[i % 21, Math.floor(i / 21)] as const] : []));
      const columns = at.map(([column]) => column);
      const rows = at.map(([, row]) => row);
      return { at, wide: Math.max(...columns) - Math.min(...columns), high: Math.max(...rows) - Math.min(...rows) };
    };
    assert.ok(extent(0).wide > 3 * extent(0).high);
    assert.ok(extent(90).high > 3 * extent(90).wide);
    const { at } = extent(45);
    const highest = at.reduce((a, b) => (b[1] < a[1] ? b : a));
    const lowest = at.reduce((a, b) => (b[1] > a[1] ? b : a));
    assert.ok(highest[0] > lowest[0]);
  });

  it('only darken with ink, only whiten with paper, and leave the given drawing alone', () => {
    const checks = Uint8Array.from({ length: 441 }, (_, i) => (i * 97) % 256);
    const sheet = { ...paper, data: Uint8Array.from(checks) };
    const busy: SlashStyle = { ...style, count: [3, 5], angle: [20, 70] };
    const inked = drawSlashes(sheet, busy, createRandom(1)).data;
    const rubbed = drawSlashes(sheet, { ...busy, colour: 'paper' }, createRandom(1)).data;
    assert.ok(inked.every((value, i) => value <= checks[i]!) && inked.some((value, i) => value < checks[i]!));
    assert.ok(rubbed.every((value, i) => value >= checks[i]!) && rubbed.some((value, i) => value > checks[i]!));
    assert.deepEqual(sheet.data, checks);
  });

  it('are none when the count says so', () => {
    assert.deepEqual(drawSlashes(paper, { ...style, count: [0, 0] }, createRandom(1)).data, paper.data);
  });
});
