/** What stages say to the tracker, and how. Nothing here changes a result: it reads clocks and writes beside the outputs. */
import { writeFileSync } from 'node:fs';
import type { StageContext } from '../src/engine/stage-context.ts';
import type { ConfusionMatrix } from '../src/science/evaluation/confusion.ts';
import type { Pace } from '../src/science/methods/method.ts';
import type { Report } from '../src/science/training/loop.ts';
import { gradientShares } from '../src/science/training/players.ts';
import { cellOf } from './common.ts';
import { trackRun } from '../src/tracking/start-run.ts';
import type { TrackedTable, Tracker } from '../src/tracking/tracker.ts';

/** Opens this instance's run and closes it with its outcome. The run ends as failed when the body throws. */
export async function tracked<T>(
  context: StageContext,
  config: object,
  body: (tracker: Tracker) => Promise<T>,
): Promise<T> {
  const { journal, root, args, name } = context;
  const warn = (text: string) => context.log(text);
  const tracker = await trackRun({ journal, root, env: process.env, warn })({
    name,
    group: context.invocation,
    jobType: name.split('@')[0] ?? name,
    tags: [args['task'], args['method']].filter((tag) => tag !== undefined),
    config: { ...args, ...cellOf(context), ...config },
  });
  try {
    const result = await body(tracker);
    await tracker.finish('finished');
    return result;
  } catch (error) {
    await tracker.finish(context.signal.aborted ? 'stopped' : 'failed');
    throw error;
  }
}

const MIB = 2 ** 20;

/**
 * Takes training's reports to the tracker, the terminal and a list that becomes `history.csv`. A method that trains in
 * phases counts each from 1; here, steps go on growing. A training that goes on from a checkpoint makes its past
 * reports again, so that the run that tracks it is whole, too; how fast they were is not known any more.
 */
export function reporter(
  context: StageContext,
  tracker: Tracker,
  { batch, rates }: Pace,
): { readonly onReport: (report: Report, isPast?: boolean) => void; readonly csv: () => string } {
  const rows: { readonly step: number; readonly measures: Report['measures'] }[] = [];
  let before = 0;
  let inPhase = 0;
  let reportedAt = performance.now();
  // Of the steps of the first report after a checkpoint, some were taken before it.
  let isResumed = false;
  let sharesAreTold = false;
  const tellShares = (measures: Report['measures']): void => {
    const shares = sharesAreTold ? null : gradientShares(measures);
    if (shares === null) return;
    sharesAreTold = true;
    const words = [...shares].map(([term, share]) => `${term} ${(100 * share).toFixed(1)} %`);
    context.log(`gradients on G's pictures at the start, times their weights: ${words.join(', ')}`);
    tracker.summary(Object.fromEntries([...shares].map(([term, share]) => [`gradientShare/${term}`, share])));
  };
  return {
    onReport({ step: stepOfPhase, iterations, measures, rateFactor }, isPast = false) {
      if (stepOfPhase <= inPhase) {
        before += inPhase;
        inPhase = 0;
      }
      const seconds = (performance.now() - reportedAt) / 1000;
      const imagesPerSecond = ((stepOfPhase - inPhase) * batch) / seconds;
      const pace = isPast || isResumed ? {} : { imagesPerSecond };
      isResumed = isPast;
      inPhase = stepOfPhase;
      const step = before + stepOfPhase;
      rows.push({ step, measures });
      tellShares(measures);
      const moving = Object.entries(rates).filter(([player]) => Object.hasOwn(measures, player));
      tracker.log(step, {
        ...measures,
        rateFactor,
        ...Object.fromEntries(moving.map(([player, rate]) => [`learningRate/${player}`, rate * rateFactor])),
        ...pace,
        memoryMiB: process.memoryUsage.rss() / MIB,
      });
      const [first] = Object.entries(measures);
      context.progress(stepOfPhase / iterations, first ? `${first[0]} ${first[1].toFixed(3)}` : undefined);
      reportedAt = performance.now();
    },
    csv() {
      const names = [...new Set(rows.flatMap(({ measures }) => Object.keys(measures)))];
      const lines = rows.map(({ step, measures }) => [step, ...names.map((name) => measures[name] ?? '')]);
      return [['step', ...names], ...lines].map((line) => `${line.join(',')}\n`).join('');
    },
  };
}

/** A confusion matrix as a table, one row for each true class. */
export function confusionTable(confusion: ConfusionMatrix, classes: readonly string[]): TrackedTable {
  return { columns: ['true', ...classes], rows: confusion.map((row, i) => [classes[i] ?? '', ...row]) };
}

/** Tracks a PNG that is no output of the stage: it is kept beside the journal. */
export function trackPicture(
  context: StageContext,
  tracker: Tracker,
  key: string,
  png: Uint8Array,
  caption: string,
): void {
  const path = `${context.journal.replace(/\.jsonl$/, '')}.${key}.png`;
  writeFileSync(path, png);
  tracker.image(key, { path, caption });
}

/** A first look at what was trained: numbers, a confusion matrix, a strip of pictures. */
export interface Look {
  readonly summary: Readonly<Record<string, number>>;
  readonly confusion: ConfusionMatrix;
  /** PNG bytes. */
  readonly strip: Uint8Array;
  readonly caption: string;
}

/** Tracks a look; one at no pictures says nothing. */
export function trackLook(
  context: StageContext,
  tracker: Tracker,
  { summary, confusion, strip, caption }: Look,
  classes: readonly string[],
): void {
  if (Object.keys(summary).length === 0) return;
  tracker.summary(summary);
  tracker.table('confusion', confusionTable(confusion, classes));
  trackPicture(context, tracker, 'samples', strip, caption);
}
