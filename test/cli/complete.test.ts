import assert from 'node:assert/strict';
import { Argument, Command, Option } from 'commander';
import { describe, it } from 'mocha';
import { candidates, type Sources, typedProjectOptions } from '../../src/cli/complete.ts';

const sources: Sources = {
  stages: (typed) => (typed.includes('@') ? ['train@a', 'train@b'] : ['prepare', 'train']),
  paramsFiles: () => ['params/demo.yaml', 'params/sweeps/'],
  paramKeys: () => ['seed', 'train.rate'],
  revisions: () => ['main', 'v1'],
  runs: () => ['reports/demo'],
  holders: () => ['123-ab', '45-cd'],
};

function program(): Command {
  const root = new Command('pipeline').option('-V, --version', 'of this program');
  root
    .command('run', { isDefault: true })
    .option('-s, --stage <name>', 'which stage')
    .option('-p, --params <file>', 'with what')
    .option('-S, --set <key=value>', 'one param')
    .option('--force', 'even what is up to date');
  root.command('logs').argument('<stage>').option('-n, --tail <lines>', 'the last');
  root.command('diff').argument('[revision...]').option('--with <run>', 'another run');
  root.command('dag').addOption(new Option('--format <format>').choices(['tree', 'svg']));
  root.command('metrics').description('numbers').command('show').option('--json', 'as JSON');
  root.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  root.command('unlock').argument('[holder...]');
  root.command('__complete', { hidden: true });
  return root;
}

function words(...typed: string[]): string[] {
  return candidates(program(), typed, sources).map(({ word }) => word);
}

describe('candidates', () => {
  it('offers commands, but no hidden ones', () => {
    assert.deepEqual(words(''), ['run', 'logs', 'diff', 'dag', 'metrics', 'completion', 'unlock']);
    assert.deepEqual(words('d'), ['diff', 'dag']);
    assert.deepEqual(words('metrics', ''), ['show']);
  });

  it('offers options of the command, and of run where none is named', () => {
    assert.deepEqual(words('metrics', 'show', '--'), ['--json']);
    assert.deepEqual(words('--f'), ['--force']);
  });

  it('offers what the program itself takes where nothing has been typed before', () => {
    assert.deepEqual(words('--ver'), ['--version']);
    assert.deepEqual(words('--force', '--ver'), []);
    assert.deepEqual(words('run', '--ver'), []);
  });

  it('offers what an option takes: stages, then instances, files, keys, choices', () => {
    assert.deepEqual(words('run', '--stage', ''), ['prepare', 'train']);
    assert.deepEqual(words('-s', 'train@'), ['train@a', 'train@b']);
    assert.deepEqual(words('run', '--stage=pre'), ['--stage=prepare']);
    assert.deepEqual(words('--params', 'params/d'), ['params/demo.yaml']);
    assert.deepEqual(words('run', '-S', 'tr'), ['train.rate=']);
    assert.deepEqual(words('dag', '--format', ''), ['tree', 'svg']);
    assert.deepEqual(words('diff', '--with', ''), ['reports/demo']);
  });

  it('offers what an argument takes', () => {
    assert.deepEqual(words('logs', 't'), ['train']);
    assert.deepEqual(words('diff', 'main', 'v'), ['v1']);
    assert.deepEqual(words('completion', ''), ['bash', 'zsh']);
    assert.deepEqual(words('unlock', '45-cd', '12'), ['123-ab']);
    assert.deepEqual(words('logs', 'train', ''), []);
  });

  it('offers nothing where only the user knows', () => {
    assert.deepEqual(words('logs', '--tail', ''), []);
    assert.deepEqual(words('run', '-S', 'seed='), []);
  });
});

describe('typedProjectOptions', () => {
  it('finds the profile that has been typed before the cursor', () => {
    assert.deepEqual(typedProjectOptions(['run', '-p', 'a.yaml', '--params=b.yaml', '-S', 'x=1', '--stage', '']), {
      params: ['a.yaml', 'b.yaml'],
      set: ['x=1'],
    });
    assert.deepEqual(typedProjectOptions(['run', '--params', 'a.ya']), {});
  });
});
