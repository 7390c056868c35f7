import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { describeReason } from '../../../src/engine/planning/reasons.ts';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import { makePlan, type PlanEntry } from '../../../src/engine/planning/plan.ts';
import { runPipeline } from '../../../src/engine/running/run.ts';
import { StopSwitch } from '../../../src/engine/running/stop.ts';
import { TextCopies } from '../../../src/engine/store/text-copies.ts';
import { Durations } from '../../../src/engine/running/durations.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';
import { untilSettled } from '../support/settled.ts';

const pipelineFile = `
vars: [params.yaml]
stages:
  a: { cmd: node a.mjs, deps: [in.txt, folder], params: [rate], outs: [out/a.txt] }
  b: { cmd: cp out/a.txt b.txt, deps: [out/a.txt], outs: [b.txt] }
`;
const files = {
  'pipeline.yaml': pipelineFile,
  'params.yaml': 'rate: 1\n',
  'in.txt': 'one',
  'folder/x.txt': 'x',
  'folder/y.txt': 'y',
  'other.mjs': 'export const word = "word";\n',
  'a.mjs':
    'import { word } from "./other.mjs";\nimport { writeFileSync } from "node:fs";\nwriteFileSync("out/a.txt", word);\n',
};

/** Errors that are told to the user in one message. */
const told = new Set(['LockError', 'PipelineError', 'PlanError', 'ArtifactError']);

/** Values that nothing expects. */
const odd = fc.constantFrom<unknown>(
  null,
  true,
  -5,
  1e300,
  2 ** 53,
  '',
  'x',
  '../../x',
  '\u001b[2J',
  [],
  {},
  [[]],
  NaN,
);

type Change =
  | { readonly kind: 'cut' | 'flip' | 'add'; readonly at: number; readonly byte: number }
  | { readonly kind: 'odd'; readonly at: number; readonly value: unknown; readonly key: string };
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('cut' as const, 'flip' as const, 'add' as const),
    at: fc.nat(),
    byte: fc.nat(255),
  }),
  fc.record({
    kind: fc.constant('odd' as const),
    at: fc.nat(),
    value: odd,
    key: fc.constantFrom('__proto__', 'constructor', 'digest', 'size'),
  }),
);

/** What begins a state file and is computed from the rest, so that a hostile one has it right. */
const heads: Readonly<Record<string, (body: string) => string>> = {
  'stat-index.json': (body) => `${hashBytes(body)}\n`,
  'stat-index-inside.json': (body) => `${hashBytes(body)}\n`,
  'code-index.json': (body) => `${hashBytes(body)}\n`,
  'directory-stamps.json': (body) => `stamps-2 ${hashBytes(body)}\n`,
};

function changed(name: string, whole: Buffer, one: Change): Buffer {
  if (one.kind === 'odd') {
    const text = whole.toString();
    const start = Math.max(0, text.search(/[[{]/));
    try {
      const body = JSON.stringify(withOdd(JSON.parse(text.slice(start)), one));
      return Buffer.from((heads[name]?.(body) ?? text.slice(0, start)) + body);
    } catch {
      // YAML: a value on some line.
      const lines = text.split('\n');
      const at = one.at % lines.length;
      lines[at] = (lines[at] ?? '').replace(/: .*|:$/, `: ${JSON.stringify(one.value)}`);
      return Buffer.from(lines.join('\n'));
    }
  }
  const at = one.at % whole.length;
  if (one.kind === 'cut') return Buffer.from(whole.subarray(0, at));
  const bytes = Buffer.from(whole);
  if (one.kind === 'flip') bytes[at] = one.byte;
  return one.kind === 'add'
    ? Buffer.concat([bytes.subarray(0, at), Buffer.from([one.byte]), bytes.subarray(at)])
    : bytes;
}

/** The document with an odd value, or an odd key, at a place in it. */
function withOdd(document: unknown, { at, value, key }: Extract<Change, { kind: 'odd' }>): unknown {
  let left = at % (JSON.stringify(document).length + 1);
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([name, inner]): [string, unknown] => [
      left % 7 === 3 ? key : name,
      visit(inner),
    ]);
    return Object.fromEntries(entries);
  };
  return visit(document);
}

describe('a state file that is damaged or hostile', function () {
  this.timeout(600_000);
  let root: string;
  const stateHome = process.env['XDG_STATE_HOME'];

  const plan = async (): Promise<PlanEntry[]> => {
    const pipeline = loadPipeline({ root, copies: new TextCopies(root) });
    new Durations(root).chains(pipeline, new Set(pipeline.instances.keys()));
    const { entries } = await makePlan(pipeline, [...pipeline.instances.keys()], { lockFile: 'pipeline.lock' });
    return [...entries.values()];
  };
  const run = async (): Promise<string> => {
    const pipeline = loadPipeline({ root, copies: new TextCopies(root) });
    return runPipeline(pipeline, [...pipeline.instances.keys()], {
      lockFile: 'pipeline.lock',
      machine: () => ({ totals: { cpus: 1 }, devices: [] }),
      keepGoing: false,
      save: true,
      stop: new StopSwitch(),
      listener: () => undefined,
    });
  };

  before(async () => {
    process.env['XDG_STATE_HOME'] = temporaryDirectory();
    root = temporaryDirectory(files);
    await untilSettled(path.join(root, 'folder/y.txt'));
    // The second run finds files that are old enough to be remembered.
    for (let at = 0; at < 3; at++) {
      assert.equal(await run(), 'ok');
      await untilSettled(path.join(root, 'b.txt'));
    }
  });
  after(() => {
    if (stateHome === undefined) Reflect.deleteProperty(process.env, 'XDG_STATE_HOME');
    else process.env['XDG_STATE_HOME'] = stateHome;
    removeTemporary();
  });

  const stateFiles = (): string[] => {
    const folders = ['.pipeline', '.pipeline/closures', '.pipeline/parsed'];
    const found = folders.flatMap((folder) =>
      readdirSync(path.join(root, folder))
        .filter((name) => name.endsWith('.json'))
        .map((name) => `${folder}/${name}`),
    );
    return [...found, 'pipeline.lock'];
  };

  /** Plans with a state file as it was changed. Says what came of it, and puts everything back. */
  async function planWith(file: string, bytes: Buffer, dep: string): Promise<PlanEntry[] | null> {
    const whole = readFileSync(path.join(root, file));
    writeFileSync(path.join(root, file), bytes);
    if (dep !== files['in.txt']) writeFileSync(path.join(root, 'in.txt'), dep);
    try {
      return await plan();
    } catch (error) {
      assert.ok(error instanceof Error && told.has(error.name), `${file}: ${String((error as Error).stack)}`);
      return null;
    } finally {
      writeFileSync(path.join(root, file), whole);
    }
  }

  it('costs time at most, or one message says what is wrong', async () => {
    const all = stateFiles();
    for (const name of ['stat-index', 'stat-index-inside', 'directory-stamps', 'code-index', 'durations']) {
      assert.ok(all.includes(`.pipeline/${name}.json`), name);
    }
    assert.ok(['closures', 'parsed'].every((folder) => all.some((file) => file.includes(folder))));
    for (const file of all) {
      const whole = readFileSync(path.join(root, file));
      await fc.assert(
        fc.asyncProperty(change, async (one) => {
          const entries = await planWith(file, changed(path.basename(file), whole, one), 'one');
          for (const { reasons } of entries ?? []) reasons.forEach(describeReason);
          // A well-formed index of somebody who knows inodes and times may cost a run; it never spares one.
          if (file === 'pipeline.lock' || one.kind === 'odd') return;
          assert.deepEqual(
            entries?.map(({ action }) => action),
            ['fresh', 'fresh'],
          );
        }),
        { numRuns: 500 },
      );
    }
  });

  it('makes nothing fresh whose input has changed', async () => {
    const all = stateFiles();
    for (const file of all) {
      const whole = readFileSync(path.join(root, file));
      await fc.assert(
        fc.asyncProperty(change, async (one) => {
          const entries = await planWith(file, changed(path.basename(file), whole, one), 'two');
          if (entries !== null) assert.equal(entries[0]?.action, 'run');
        }),
        { numRuns: 100 },
      );
    }
    rmSync(path.join(root, 'in.txt'));
    writeFileSync(path.join(root, 'in.txt'), 'one');
  });
});
