import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { interleaved, mean, median } from '../support/measure.ts';
import { home, inFolder, runNothing, runPipeline } from '../support/project.ts';
import type { Figure, Section } from '../support/report.ts';

/**
 * The real experiment with nothing to do: its pipeline.yaml, params, sources, number of corpus files, lock. Only the
 * commands are stand-ins that write small files, so that no network has to be trained for it.
 */

interface StageText {
  cmd: string | string[];
  code?: string[];
  outs?: (string | Readonly<Record<string, unknown>>)[];
  metrics?: (string | Readonly<Record<string, unknown>>)[];
}

const PARTS = ['package.json', 'tsconfig.json', 'params', 'src', 'stages'];

/** 40 people with six expressions of 20 frames, each a picture and its landmarks. */
const CORPUS =
  'for s in $(seq 240); do mkdir -p OUT/$s; for f in $(seq 20); do echo $s $f | tee OUT/$s/$f.png > OUT/$s/$f.txt; done; done';

/** Every command becomes one that writes the stage's outputs; the code that it would have run still counts. */
function standIn(text: string): string {
  const document = parseDocument(text).toJS() as { stages: Record<string, StageText> };
  for (const [name, stage] of Object.entries(document.stages)) {
    const code = /stages\/\S+\.ts/.exec(String(stage.cmd))?.[0];
    const item = String(stage.cmd).match(/\$\{item\.\w+\}/g) ?? [];
    const outs = [...(stage.outs ?? []), ...(stage.metrics ?? [])].map((out) =>
      typeof out === 'string' ? out : (Object.keys(out)[0] ?? ''),
    );
    stage.cmd = outs.map((out) =>
      name === 'synthesize' ? CORPUS.replaceAll('OUT', out) : writeOne(out, item.join(' ')),
    );
    if (code !== undefined) stage.code = [code];
  }
  return stringify(document);
}

function writeOne(out: string, words: string): string {
  return out.endsWith('.json') ? `echo ${words} > ${out}` : `mkdir -p ${out} && echo ${words} > ${out}/file`;
}

/** Stages that a changed learning rate would run again, each once. */
function rerunFor(root: string, profile: string): string[] {
  const said = runPipeline(root, '-p', profile, '-S', 'training.train.learningRates.cnn=0.0005', '--dry-run');
  return [
    ...new Set([...said.matchAll(/^([\w-]+)(?:@\S+)?: (?:would|may) run/gm)].map(([, stage]) => stage ?? '')),
  ].sort();
}

export async function experiment(rounds: number): Promise<Section> {
  const files = { 'pipeline.yaml': standIn(readFileSync(path.join(home, 'pipeline.yaml'), 'utf8')) };
  return inFolder(files, async (root) => {
    for (const part of PARTS) cpSync(path.join(home, part), path.join(root, part), { recursive: true });
    symlinkSync(path.join(home, 'node_modules'), path.join(root, 'node_modules'));
    const profiles = ['params/demo.yaml', 'params/tables.yaml'] as const;
    for (const profile of profiles) runPipeline(root, '-p', profile);
    const expected = ['eval', 'tables', 'train'];
    const rerun = rerunFor(root, profiles[0]);
    if (rerun.join() !== expected.join()) throw new Error(`a learning rate would run ${rerun.join(', ')} again`);
    const times = await interleaved(
      [
        { name: 'demo, nothing to do', run: () => runNothing(root, '-p', profiles[0]) },
        { name: 'tables, nothing to do', run: () => runNothing(root, '-p', profiles[1]) },
        { name: 'demo, dry run for a learning rate', run: () => void rerunFor(root, profiles[0]) },
      ],
      rounds,
    );
    const goals = [500, 1000, null];
    const figures = times.flatMap(({ name, ms, cpu }, at): Figure[] => [
      { name, value: median(ms), unit: 'ms', goal: goals[at] ?? null },
      { name: `${name}: CPU time`, value: mean(cpu), unit: 'ms', goal: null },
    ]);
    return { title: 'The experiment: 85 instances (demo), 480 (tables)', times, figures };
  });
}
