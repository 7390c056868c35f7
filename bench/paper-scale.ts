/**
 * Do the profiles at the paper's scale work? Every training of params/paper.yaml and params/paper-practical.yaml takes
 * one step at full size, by the pipeline itself, on a few synthetic pictures in the layouts of the licensed corpora:
 * how long, with how much memory, and is all that comes out finite? What is made is removed.
 *
 *   npm run bench -- paper-scale [--profiles paper,paper-practical] [--net VGG13] [--backend wasm]
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { journalPath, logPath, scratchOfProfile } from '../src/engine/running/paths.ts';
import { type DryProfile, dryWords, loadDry, PREPARATIONS, trainingsOf } from './paper-scale-profile.ts';
import { BenchError } from './support/bench-error.ts';
import { type Course, courseOf, type FollowedRun, followRun } from './support/followed-run.ts';
import { home } from './support/project.ts';
import type { Figure, Report, Section } from './support/report.ts';
import { type Values, valuesIn } from './support/stray-values.ts';
import { digits, table } from './support/table.ts';
import type { Usage } from './support/usage.ts';

/** What one training did. */
export interface Training extends Pick<Course, 'ms' | 'firstReport'> {
  readonly name: string;
  readonly usage: Usage | null;
  /** Null: it failed. */
  readonly values: Values | null;
}

const MIB = 2 ** 20;

export async function main(words: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      profiles: { type: 'string', default: 'paper,paper-practical' },
      net: { type: 'string', default: 'VGG13' },
      backend: { type: 'string', default: 'wasm' },
    },
  });
  const { net, backend } = values;
  const sections: Section[] = [];
  for (const profile of values.profiles.split(',')) {
    const place = `runs/paper-scale-${process.pid}-${profile}`;
    const { title, trainings } = await dryRun({ profile, net, place }, backend);
    sections.push(sectionOf(title, trainings));
    if (trainings.some((training) => strayOf(training) !== 0)) process.exitCode = 1;
  }
  return { sections };
}

async function dryRun(dry: DryProfile, backend: string): Promise<{ title: string; trainings: Training[] }> {
  const pipeline = loadDry(dry);
  const options = [...dryWords(dry), '--backend', backend, '--no-cache', '-j', '1'];
  try {
    const prepared = await follow([...options, ...PREPARATIONS.flatMap((stage) => ['-s', stage])]);
    for (const stage of PREPARATIONS) demandSuccess(courseOf(prepared.events, stage), stage);
    const trainings: Training[] = [];
    for (const { name, folder } of trainingsOf(pipeline)) {
      // A run of its own for each, because the peak of a process that had trained before would be that one's.
      // Where its pretraining failed, it is refused, and that is its result.
      const { events, usage } = await follow([...options, '--single', '-s', name]).catch((error: unknown) => {
        console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        return { events: [], usage: null };
      });
      const course = courseOf(events, name);
      const succeeded = course?.outcome.type === 'ran';
      if (!succeeded) explain(course, name);
      const training: Training = {
        ...{ name, ms: course?.ms ?? NaN, firstReport: course?.firstReport ?? NaN, usage },
        values: succeeded ? await valuesIn(path.join(home, folder)) : null,
      };
      trainings.push(training);
      console.log(`${dry.profile} ${rowOf(training).join(', ')}`);
    }
    return { title: titleOf(dry, pipeline.params as unknown as Scale, backend), trainings };
  } finally {
    // Logs and the like lie under the path of the lock's folder, which is inside the place.
    const inPlace = `${dry.place}/any.lock`;
    for (const folder of [dry.place, path.dirname(logPath(inPlace, '')), scratchOfProfile(inPlace)]) {
      rmSync(path.join(home, folder), { recursive: true, force: true });
    }
  }
}

/** A run without what its stages wrote beside their outputs. */
async function follow(words: readonly string[]): Promise<FollowedRun> {
  const run = await followRun(words);
  for (const event of run.events) {
    if (event.type !== 'run-started') continue;
    rmSync(path.join(home, path.dirname(journalPath(event.invocation, ''))), { recursive: true, force: true });
  }
  return run;
}

function demandSuccess(course: Course | null, stage: string): void {
  const type = course?.outcome.type;
  if (type === 'ran' || type === 'restored' || type === 'fresh') return;
  explain(course, stage);
  throw new Error(`without ${stage} there is nothing to train on`);
}

/** @throws BenchError where the run was stopped */
function explain(course: Course | null, name: string): void {
  const outcome = course?.outcome;
  if (outcome?.type === 'interrupted') throw new BenchError(`Stopped during ${name}.`);
  if (outcome?.type !== 'failed') console.log(`${name}: ${outcome?.type ?? 'did not take part'}`);
  else {
    const { failure } = outcome;
    console.log([`${name}: ${failure.message}`, ...(failure.type === 'exit' ? failure.tail : [])].join('\n  '));
  }
}

interface Scale {
  readonly data: { readonly size: number; readonly channels: number };
  readonly training: {
    readonly model: { readonly width: number };
    readonly pretrainE: { readonly batch: number };
    readonly train: { readonly batch: number };
  };
}

function titleOf({ profile, net }: DryProfile, { data, training }: Scale, backend: string): string {
  const { model, pretrainE, train } = training;
  const batches = `batches of ${train.batch}${pretrainE.batch === train.batch ? '' : ` (pretraining ${pretrainE.batch})`}`;
  const pictures = `${data.size} x ${data.size} x ${data.channels}`;
  return `params/${profile}.yaml, one step: ${net}, width ${model.width}, ${pictures}, ${batches}, ${backend}`;
}

/** The trainings of one profile, as a table and as figures that can be compared. */
export function sectionOf(title: string, trainings: readonly Training[]): Section {
  const figures = trainings.flatMap((training): Figure[] => {
    const { name, firstReport, usage } = training;
    return [
      { name: `${name}: to the first report`, value: firstReport / 1000, unit: 's', goal: null },
      { name: `${name}: memory`, value: memoryOf(usage), unit: 'MiB', goal: null },
      { name: `${name}: values that are not finite`, value: strayOf(training), unit: '', goal: 0 },
    ];
  });
  const times = trainings.map(({ name, ms, usage }) => ({ name, ms: [ms], cpu: usage === null ? [] : [usage.cpu] }));
  const head = ['', 'seconds', 'CPU seconds', 'to the first report, s', 'memory MiB', 'finite'];
  return { title, times, figures, shown: table(head, trainings.map(rowOf)) };
}

function rowOf(training: Training): string[] {
  const { name, ms, firstReport, usage, values } = training;
  const finite =
    values === null
      ? 'failed'
      : values.count === 0
        ? 'no values'
        : values.stray === 0
          ? 'yes'
          : `all but ${values.stray}`;
  return [name, ...[ms / 1000, (usage?.cpu ?? NaN) / 1000, firstReport / 1000, memoryOf(usage)].map(digits), finite];
}

/** A training that left no number at all counts as one that is not finite. */
function strayOf({ values }: Training): number {
  return values === null || values.count === 0 ? Infinity : values.stray;
}

function memoryOf(usage: Usage | null): number {
  return (usage?.peak ?? NaN) / MIB;
}
