import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PipelineError } from '../../../src/engine/yaml/diagnostics.ts';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import { inProject, mistakes } from './rig.ts';

const EMPTY = 'stages: {}\n';

/** The message about a params file that is made in a project. */
function messageAbout(make: (file: string) => void): string {
  return inProject({ 'pipeline.yaml': EMPTY }, (root) => {
    make(path.join(root, 'params.yaml'));
    try {
      loadPipeline({ root });
    } catch (error) {
      if (error instanceof PipelineError) return error.message;
      throw error;
    }
    return 'no mistakes';
  });
}

describe('a params file that nobody can mean', () => {
  it('is one message, and is not read', () => {
    const special = /^error: the params file params\.yaml is a (?:named pipe|device), neither a file nor a directory$/;
    assert.match(
      messageAbout((file) => execFileSync('mkfifo', [file])),
      special,
    );
    assert.match(
      messageAbout((file) => symlinkSync('/dev/zero', file)),
      special,
    );
    assert.equal(
      messageAbout((file) => mkdirSync(file)),
      'error: the params file params.yaml is a directory; a file was expected',
    );
    assert.match(
      messageAbout((file) => {
        writeFileSync(file, '');
        truncateSync(file, 1024 ** 3);
      }),
      /^error: the params file params.yaml has 1024.0 MiB, and at most 8 MiB are read/,
    );
  });

  it('is a message of the line that is nested too deeply, however deep that is', () => {
    const texts = [250, 2_000, 100_000].flatMap((depth) => [
      `a: ${'['.repeat(depth)}`,
      `a: ${'['.repeat(depth)}${']'.repeat(depth)}`,
      `a: ${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`,
      `${'- '.repeat(depth)}x`,
      `${'? '.repeat(depth)}x`,
    ]);
    texts.push(Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'));
    for (const one of texts) {
      const report = mistakes({ 'params.yaml': `${one}\n`, 'pipeline.yaml': EMPTY });
      assert.match(report, /^params.yaml:\d+:\d+ {2}error: values are nested more than 200 deep\n/);
    }
    const nested = `a: ${'['.repeat(150)}1${']'.repeat(150)}\n`;
    assert.equal(mistakes({ 'params.yaml': nested, 'pipeline.yaml': EMPTY }), 'no mistakes');
  });

  it('is a message where aliases multiply', () => {
    const lines = Array.from(
      { length: 12 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array.from({ length: 10 }, () => `*a${at}`).join(', ')}]`,
    );
    const text = ['a0: &a0 x', ...lines, ''].join('\n');
    assert.match(
      mistakes({ 'params.yaml': text, 'pipeline.yaml': 'stages:\n  a: {cmd: x, params: [a12]}\n' }),
      /^params.yaml:7:1 {2}error: this stands for more than 1000000 values\n/,
    );
  });
});

describe('a matrix that nobody can mean', () => {
  it('is a message before any of it is made', () => {
    const list = JSON.stringify(Array.from({ length: 1_000 }, (_, at) => at));
    assert.match(
      mistakes(`stages:\n  a: {matrix: {x: ${list}, y: ${list}, z: ${list}}, cmd: x}\n`),
      /^pipeline.yaml:2:16 {2}error: the matrix of "a" has 1000000000 instances; at most 100000 are planned/,
    );
    const long = JSON.stringify(Array.from({ length: 100_001 }, (_, at) => at));
    assert.match(
      mistakes({ 'params.yaml': `l: ${long}\n`, 'pipeline.yaml': 'stages:\n  a: {foreach: "${l}", do: {cmd: x}}\n' }),
      /^pipeline.yaml:2:16 {2}error: the foreach of "a" has 100001 instances; at most 100000 are planned/,
    );
  });
});
