import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { parse, stringify } from 'yaml';
import { loadPipeline } from '../../src/engine/graph/load.ts';
import { readSettings } from '../../src/engine/settings.ts';
import { readSweep } from '../../src/engine/sweeps/sweep-file.ts';
import type { CorpusReader } from '../../src/science/data/corpus.ts';
import { ProjectCopy } from '../experiment/project-copy.ts';
import { withRig } from '../science/data/rig.ts';
import { home, pages, type Sample, samplesOf } from './pages.ts';

/*
 * Samples in the pages are what a reader copies, so they are loaded or started here. A comment on the line above a fence
 * says what a sample is, and GitHub shows nothing of it:
 *   <!-- sample: profile -->            a params file of this project
 *   <!-- sample: defaults -->           keys to add to params/default.yaml
 *   <!-- sample: pipeline NAME... -->   a pipeline.yaml that makes these instances
 *   <!-- sample: sweep -->              a sweep file of this project
 *   <!-- sample: settings -->           a .pipeline/config.yaml
 *   <!-- sample: commands -->           commands that succeed in this project; what would run is only planned
 *   <!-- sample: reader -->             a reader of a corpus
 */
const samples = pages.flatMap((page) => samplesOf(page));
const ofKind = (kind: string): readonly Sample[] => samples.filter(({ marker }) => marker?.[0] === kind);

describe('samples in the pages', function () {
  this.timeout(240_000);
  const project = new ProjectCopy('samples');
  const at = (file: string): string => path.join(project.root, file);
  const load = (profile?: string) =>
    loadPipeline({ root: project.root, ...(profile === undefined ? {} : { profiles: [at(profile)] }) });

  after(() => project.remove());

  it('in YAML all say what they are', () => {
    const silent = samples.filter(({ language, marker }) => language === 'yaml' && marker === null);
    assert.deepEqual(
      silent.map((sample) => sample.at),
      [],
      'write <!-- sample: ... --> above them (test/docs/samples.test.ts)',
    );
  });

  /** The text with places that exist for the reader's `/path/to/...`. */
  const withPlaces = (text: string): string =>
    text.replaceAll(/\/path\/to\/([\w+.-]+)/g, (_, name: string) => {
      const place = at(`places/${name}`);
      mkdirSync(name.includes('.') ? path.dirname(place) : place, { recursive: true });
      if (name.includes('.')) writeFileSync(place, 'path,label,split\n');
      return place;
    });

  for (const sample of ofKind('profile')) {
    it(`${sample.at}: is a profile of this project`, () => {
      writeFileSync(at('params/mine.yaml'), withPlaces(sample.text));
      assert.ok(load('params/mine.yaml').instances.size > 0);
    });
  }

  for (const sample of ofKind('defaults')) {
    it(`${sample.at}: can be added to params/default.yaml`, () => {
      const defaults = readFileSync(at('params/default.yaml'), 'utf8');
      const head = defaults.slice(0, defaults.indexOf('\n') + 1);
      const tree = merged(parse(defaults), parse(sample.text));
      writeFileSync(at('params/default.yaml'), head + stringify(tree));
      try {
        assert.ok(load().instances.size > 0);
      } finally {
        writeFileSync(at('params/default.yaml'), defaults);
      }
    });
  }

  for (const sample of ofKind('pipeline')) {
    it(`${sample.at}: is a pipeline with the instances that the page names`, () => {
      const root = at(`pipelines/${sample.at.replaceAll(/\W/g, '-')}`);
      mkdirSync(root, { recursive: true });
      writeFileSync(path.join(root, 'pipeline.yaml'), sample.text);
      for (const [folder] of sample.text.matchAll(/\bdata\/\w+/g))
        mkdirSync(path.join(root, folder), { recursive: true });
      const made = new Set<string>(loadPipeline({ root }).instances.keys());
      const [, ...named] = sample.marker ?? [];
      assert.ok(named.length > 0, 'name some instances');
      assert.deepEqual(
        named.filter((name) => !made.has(name)),
        [],
        `there are ${[...made].join(', ')}`,
      );
    });
  }

  for (const sample of ofKind('sweep')) {
    it(`${sample.at}: is a sweep of this project`, () => {
      writeFileSync(at('params/sweep.yaml'), sample.text);
      const { sweep, checkAgainst } = readSweep(project.root, 'params/sweep.yaml');
      const set = Object.entries(sweep.set).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      checkAgainst(loadPipeline({ root: project.root, set }).params);
    });
  }

  for (const sample of ofKind('settings')) {
    it(`${sample.at}: are settings of a machine`, () => {
      mkdirSync(at('.pipeline'), { recursive: true });
      writeFileSync(at('.pipeline/config.yaml'), sample.text);
      assert.ok(readSettings(project.root, {}));
      rmSync(at('.pipeline'), { recursive: true });
    });
  }

  for (const sample of ofKind('reader')) {
    it(`${sample.at}: reads the tree that it asks for`, () =>
      withRig(async (rig) => {
        const corpora = pathToFileURL(path.join(home, 'src/science/data/corpora/')).href;
        const source = sample.text.replaceAll(
          /from '(\..*)'/g,
          (_, file: string) => `from '${new URL(file, corpora).href}'`,
        );
        await rig.write('reader.ts', source);
        const module = (await import(pathToFileURL(rig.path('reader.ts')).href)) as Record<string, CorpusReader>;
        const [reader] = Object.values(module);
        for (const name of ['000.png', '001.png']) await rig.write(`tree/day/person/anger/${name}`, 'unread');
        const { sequences } = await reader!.read(rig.path('tree'), {});
        assert.deepEqual(
          sequences.map(({ label, frames }) => [label, frames.length]),
          [['anger', 2]],
        );
      }));
  }

  it('of commands succeed', async () => {
    const atOnce = pLimit(3);
    const lines = ofKind('commands').flatMap((sample) => commandsIn(sample).map((words) => ({ at: sample.at, words })));
    assert.ok(lines.length > 10, 'found hardly any');
    const results = await Promise.all(
      lines.map(({ at: where, words }) =>
        atOnce(async () => ({ where, words, ...(await start(project.root, words)) })),
      ),
    );
    // Commands that leave out what others make are understood, but nothing has been made here.
    const failed = results.filter(({ code, stderr }) => code !== 0 && !stderr.startsWith('error: Inputs are missing:'));
    assert.deepEqual(failed, []);
  });
});

/** Commands that change nothing but by what they print. */
const READING = [
  'status',
  'dag',
  'params',
  'metrics',
  'diff',
  'runs',
  'sweep',
  'unlock',
  'doctor',
  'schema',
  'gc',
  'logs',
];

/** The words behind `pipeline` of every line; what would run anything is planned only. */
function commandsIn({ text }: Sample): string[][] {
  const lines = text
    .split('\n')
    .flatMap((line) => /^(?:\$ )?(npm run (?:pipeline|sweep)(?: --)?|pipeline)(?=\s|$)(.*)/.exec(line)?.slice(1) ?? []);
  const commands: string[][] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const words = wordsOf((lines[i + 1] ?? '').replace(/\s#.*$/, ''));
    const all = lines[i]?.startsWith('npm run sweep') === true ? ['sweep', ...words] : words;
    const [verb = ''] = all;
    if (verb === 'sweep') commands.push(['sweep', 'plan', ...all.filter((word) => word.endsWith('.yaml'))]);
    else commands.push(READING.includes(verb) ? all : [...all, '--dry-run']);
  }
  return commands;
}

/** As a shell splits a line without anything special in it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

async function start(cwd: string, words: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, ['bin/pipeline.js', ...words], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CI: 'true', NO_COLOR: '1' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

type Tree = Readonly<Record<string, unknown>>;

/** The second laid over the first, key by key. */
function merged(below: unknown, above: unknown): unknown {
  if (!isTree(below) || !isTree(above)) return above;
  const entries = Object.entries(above).map(([key, value]) => [key, key in below ? merged(below[key], value) : value]);
  return { ...below, ...Object.fromEntries(entries) } as Tree;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
