/**
 * How fast pictures are prepared: decoding, cropping and shrinking 640x490 PNGs on all cores, against a bare loop of
 * sharp that does the same with its own resize. `npm run bench -- prepare [--count 10000] [--python python3]` also asks
 * Pillow where Python has it. `--in-flight 4` is how many pictures prepare and the bare loop each have at once, two for
 * each core unless given.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { forEachBounded } from '../src/science/data/pictures/bounded.ts';
import type { Sequence } from '../src/science/data/corpus.ts';
import { prepare } from '../src/science/data/prepared/prepare.ts';
import { createRandom } from '../src/base/random.ts';
import { wholeNumber } from './support/bench-error.ts';
import { type Candidate, interleaved, median, runProgram } from './support/measure.ts';
import { home, inFolder } from './support/project.ts';
import type { Report } from './support/report.ts';

const [WIDTH, HEIGHT, SIDE] = [640, 490, 144];
const CLASSES = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'];
/** Weak frames and the peak of a sequence. */
const FRAMES = 4;
/** Distinct pictures on disk; sequences share them, so that ten thousand do not fill it. */
const DISTINCT = 200;
const CROP = { x: 0.1, y: 0.05, size: 0.9 };

/** A grey picture that compresses about as well as a photograph: a gradient with noise. */
function writePictures(folder: string): string[] {
  const random = createRandom(1);
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: DISTINCT }, (_, index) => {
    const data = new Uint8Array(WIDTH * HEIGHT);
    for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = ((pixel % WIDTH) >> 2) + random.integer(24);
    const file = path.join(folder, `${index}.png`);
    writeFileSync(file, encode({ width: WIDTH, height: HEIGHT, data, channels: 1, depth: 8 }));
    return file;
  });
}

function sequencesOf(files: readonly string[], count: number): Sequence[] {
  return Array.from({ length: Math.ceil(count / FRAMES) }, (_, index) => ({
    corpus: 'bench',
    subject: `S${index}`,
    id: `S${index}`,
    label: CLASSES[index % CLASSES.length] as string,
    frames: Array.from({ length: FRAMES }, (_, frame) => {
      const file = files[(index * FRAMES + frame) % files.length] as string;
      return { kind: 'file', path: file, name: path.basename(file) };
    }),
  }));
}

/** The least that anybody can do with sharp: read, cut out, shrink, take the bytes. */
async function bareLoop(files: readonly string[], count: number, concurrency: number): Promise<void> {
  const side = Math.round(CROP.size * HEIGHT);
  const [left, top] = [Math.round(CROP.x * WIDTH), Math.round(CROP.y * HEIGHT)];
  await forEachBounded(count, { concurrency }, async (index) => {
    await sharp(files[index % files.length])
      .extract({ left, top, width: side, height: Math.min(side, HEIGHT - top) })
      .resize(SIDE, SIDE, { fit: 'fill' })
      .toColourspace('b-w')
      .raw()
      .toBuffer();
  });
}

/** `run` as a candidate that notes its own processor time in ms: what decodes here is threads, not children. */
function noted(name: string, run: () => Promise<unknown>): { candidate: Candidate; cpu: number[] } {
  const cpu: number[] = [];
  const measured = async (): Promise<void> => {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    cpu.push((user + system) / 1000);
  };
  return { candidate: { name, run: measured }, cpu };
}

export async function main(words: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      count: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '3' },
      'in-flight': { type: 'string', default: String(2 * availableParallelism()) },
      python: { type: 'string', default: 'python3' },
    },
  });
  const count = wholeNumber('count', values.count);
  const rounds = wholeNumber('rounds', values.rounds);
  const concurrency = wholeNumber('in-flight', values['in-flight']);
  return await inFolder({}, async (root) => {
    const files = writePictures(path.join(root, 'pictures'));
    const options = {
      name: 'bench',
      image: { size: SIDE, channels: 1 },
      crops: { bench: { kind: 'box', ...CROP } },
      onBadImage: 'fail',
      pairs: { classes: CLASSES, weak: [1, 2, 3], short: 'skip' },
      folds: { count: 5, by: 'subject', seed: 1 },
    } as const;
    const content = { sequences: sequencesOf(files, count), skipped: [] };
    const here = [
      noted('prepare', () => prepare(content, options, path.join(root, 'prepared'), { concurrency })),
      noted('bare loop of sharp', () => bareLoop(files, count, concurrency)),
    ];
    const candidates = here.map(({ candidate }) => candidate);
    if (spawnSync(values.python, ['-c', 'import PIL']).status === 0) {
      const peer = path.join(home, 'bench/peers/pillow_prepare.py');
      const box = [CROP.x * WIDTH, CROP.y * HEIGHT, CROP.size * HEIGHT, SIDE].map(String);
      const words = [peer, String(count), String(availableParallelism()), ...box, ...files];
      candidates.push({ name: 'Pillow', run: () => runProgram(values.python, words, { cwd: root }) });
    } else console.log(`${values.python} has no Pillow: not compared.`);
    const measured = await interleaved(candidates, rounds);
    // The first round of all does not count.
    const times = measured.map((one, at) => ({ ...one, cpu: here[at]?.cpu.slice(1) ?? one.cpu }));
    const [ours, bare] = times.map(({ ms }) => ms) as [readonly number[], readonly number[]];
    const speeds = times.map(({ name, ms }) => ({
      name: `${name}, pictures a second`,
      value: (1000 * count) / median(ms),
      unit: '',
      goal: null,
    }));
    const ratio = median(ours.map((ms, round) => ms / (bare[round] ?? NaN)));
    const figure = { name: 'prepare / bare loop of sharp', value: ratio, unit: '', goal: 1 / 0.9 };
    const [work = [], bareWork = []] = here.map(({ cpu }) => cpu.slice(1));
    const workRatio = median(work.map((ms, round) => ms / (bareWork[round] ?? NaN)));
    const effort = { name: 'processor time: prepare / bare loop of sharp', value: workRatio, unit: '', goal: null };
    const shape = `grey PNGs of ${WIDTH} x ${HEIGHT} to ${SIDE} x ${SIDE}`;
    const title = `${count} ${shape}, ${availableParallelism()} cores, ${concurrency} in flight`;
    return { sections: [{ title, times, figures: [...speeds, figure, effort] }] };
  });
}
