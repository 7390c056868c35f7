import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { ignoreDefaults, isIgnoredByDefault } from '../../../src/engine/files/ignore-defaults.ts';
import { IgnoreRules, leftOutAt } from '../../../src/engine/files/ignore-rules.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

/** Of these files below a directory, those that count, with rules that are read as a walk would read them. */
function counted(root: string, directory: string, files: readonly string[]): string[] {
  return files.filter((file) => {
    let rules = new IgnoreRules(root).at(directory);
    const folders = file.split('/').slice(0, -1);
    for (let depth = 0; depth <= folders.length; depth++) {
      const folder = folders.slice(0, depth).join('/');
      const inside = path.posix.join(directory, folder);
      if (existsSync(path.join(root, inside, '.pipelineignore'))) rules = rules.withFileOf(folder);
    }
    return leftOutAt(rules, file, false) === null;
  });
}

describe('what counts as content', () => {
  afterEach(removeTemporary);

  it('leaves out what programs drop beside code and data, and nothing else', () => {
    const dropped = [
      ['__pycache__', true],
      ['common.cpython-312.pyc', false],
      ['.ipynb_checkpoints', true],
      ['.pytest_cache', true],
      ['.DS_Store', false],
      ['._photo.png', false],
      ['Thumbs.db', false],
      ['desktop.ini', false],
      ['Desktop.ini', false],
      ['.train.py.swp', false],
      ['train.py~', false],
      ['#train.py#', false],
      ['.#train.py', false],
      ['.~lock.table.csv#', false],
      ['~$table.xlsx', false],
      ['.Rhistory', false],
      ['.nfs000000000123abcd00000042', false],
      ['.fuse_hidden0000000100000001', false],
      ['.git', true],
      ['.git', false],
      ['.pipeline', true],
      ['pipeline.lock', false],
      ['pipeline.lock.123-abcd-0.tmp', false],
      ['.pipelineignore', false],
    ] as const;
    for (const [name, isDirectory] of dropped) assert.equal(isIgnoredByDefault(name, isDirectory), true, name);
    const meant = [
      ['__pycache__', false],
      ['notes.pyc.txt', false],
      ['module.pyd', false],
      ['.RData', false],
      ['memory.swp', false],
      ['a~b', false],
      ['x.tmp', false],
      ['.gitignore', false],
      ['.gitkeep', false],
      ['.nfs-export', false],
      ['package-lock.json', false],
      ['.env', false],
      ['pipeline.yaml', false],
      ['new\nline', false],
    ] as const;
    for (const [name, isDirectory] of meant) assert.equal(isIgnoredByDefault(name, isDirectory), false, name);
  });

  it('decides by default as the patterns say in .gitignore’s syntax', () => {
    const root = temporaryDirectory({ '.pipelineignore': '# with a file of its own the package decides\n' });
    const names = fc.oneof(
      fc.constantFrom(...ignoreDefaults.map((pattern) => pattern.replace(/[/\\]/g, '').replaceAll('*', 'x'))),
      fc.stringMatching(/^[.~#_a-zD]{1,3}[a-z.]{0,4}[~#cos]?$/),
    );
    const byPatterns = new IgnoreRules(root).at('.').withFileOf('');
    fc.assert(
      fc.property(names, fc.boolean(), (name, isDirectory) => {
        fc.pre(name !== '.' && name !== '..');
        assert.equal(isIgnoredByDefault(name, isDirectory), byPatterns.ignores(name, name, isDirectory), name);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a default back with !, in the folder that says so and below', () => {
    const root = temporaryDirectory({ 'lib/.pipelineignore': '!*.pyc\n!pipeline.lock\n' });
    const files = ['a.pyc', 'lib/a.pyc', 'lib/deep/b.pyc', 'lib/pipeline.lock', 'lib/__pycache__/c.pyc'];
    assert.deepEqual(counted(root, '.', files), ['lib/a.pyc', 'lib/deep/b.pyc', 'lib/pipeline.lock']);
    assert.deepEqual(counted(root, 'lib', ['a.pyc', 'deep/b.pyc']), ['a.pyc', 'deep/b.pyc']);
  });

  it('never takes back the runner’s own folder, which changes with every run', () => {
    const root = temporaryDirectory({ '.pipelineignore': '!.pipeline/\n!.pipeline/**\n' });
    assert.deepEqual(counted(root, '.', ['.pipeline/stat-index.json', 'a']), ['a']);
  });

  it('counts all of a directory that is named although it, or one around it, is left out', () => {
    const root = temporaryDirectory({ '.pipelineignore': 'raw/\n' });
    assert.deepEqual(counted(root, 'src/__pycache__', ['a.pyc', '.DS_Store']), ['a.pyc', '.DS_Store']);
    assert.deepEqual(counted(root, 'raw/part', ['a', 'b.pyc']), ['a', 'b.pyc']);
    assert.deepEqual(counted(root, '.', ['raw/part/a', 'other']), ['other']);
  });

  it('knows outside the project no rules but the defaults and those that lie there', () => {
    const outside = temporaryDirectory({ 'sub/.pipelineignore': 'x\n' });
    const root = temporaryDirectory({ '.pipelineignore': '*.csv\n' });
    const directory = path.relative(root, outside);
    for (const named of [outside, directory]) {
      const rules = new IgnoreRules(root).at(named);
      assert.equal(leftOutAt(rules, 'a.csv', false) !== null, false);
      assert.equal(leftOutAt(rules, '__pycache__/a', false) !== null, true);
      assert.equal(leftOutAt(rules.withFileOf('sub'), 'sub/x', false) !== null, true);
    }
  });

  it('refuses a pattern that could take for ever, with its line', () => {
    const root = temporaryDirectory({ 'a/.pipelineignore': '# fine\n**/a/**/b/**/c/**/d\n' });
    const rules = new IgnoreRules(root).at('.');
    assert.throws(
      () => rules.withFileOf('a'),
      /^ArtifactError: a\/\.pipelineignore:2: .* has more than 3 times "\*\*"/,
    );
    const name = 'a'.repeat(250);
    writeFiles(root, { 'a/.pipelineignore': `${'*a'.repeat(30)}*b\n` });
    assert.equal(rules.withFileOf('a').ignores(`a/${name}`, name, false), false);
  });

  it('is read again whenever it is asked for', () => {
    const root = temporaryDirectory({ '.pipelineignore': '*.log\n' });
    const rules = new IgnoreRules(root);
    assert.equal(rules.at('.').withFileOf('').ignores('a.log', 'a.log', false), true);
    writeFiles(root, { '.pipelineignore': '*.txt\n' });
    assert.equal(rules.at('.').withFileOf('').ignores('a.log', 'a.log', false), false);
    rmSync(path.join(root, '.pipelineignore'));
    assert.equal(rules.at('src').ignores('a.txt', 'a.txt', false), false);
  });

  it('is what git leaves out, for the same patterns in the same folders', function () {
    if (spawnSync('git', ['--version']).status !== 0) this.skip();
    const line = fc.constantFrom(
      ...[
        'a',
        'b',
        '*.c',
        'a/',
        '/a',
        'a/b',
        '/b/',
        '!a',
        '!*.c',
        '!/a',
        'a/**',
        '**/b',
        '!b/',
        'a/*',
        '!a/b',
        '[ab]',
        '?',
      ],
      ...['# note', '', '\\#', '\\!x', ' ', 'b  ', 'd e', '!a/b/', 'a/*/b', '**/a/**', 'D', 'x\\*y', '/**/a'],
    );
    const patterns = fc.array(line, { maxLength: 4 }).map((lines) => lines.map((one) => `${one}\n`).join(''));
    const files = ['x.c', 'a/a', 'a/x.c', 'a/b/a', 'a/b/b', 'b/a', 'b/x.c', 'b/b/a', 'd e', 'a/d e', 'D', 'd'];
    const special = ['#', '!x', 'x*y', 'a/#', 'b/!x', 'xzy', 'a/a/a', 'a/c/b', 'b/a/b/x'];
    const all = [...files, ...special];
    const root = temporaryDirectory();
    execFileSync('git', ['init', '-q'], { cwd: root });
    const names = ['.', 'a', 'a/b', 'b'];
    fc.assert(
      fc.property(fc.tuple(patterns, patterns, patterns, patterns), (texts) => {
        for (const [index, folder] of names.entries()) {
          const text = texts[index]!;
          for (const name of ['.gitignore', '.pipelineignore']) {
            writeFiles(root, { [path.join(folder, name)]: text });
          }
        }
        const input = all.join('\n');
        const { stdout } = spawnSync(
          'git',
          ['-c', 'core.quotePath=false', 'check-ignore', '--no-index', '--stdin', '-v', '-n'],
          {
            cwd: root,
            input,
            encoding: 'utf8',
          },
        );
        const ignoredByGit = stdout
          .split('\n')
          .filter((entry) => entry !== '')
          .filter((entry) => !/^(::|[^:]*:\d+:!)/.test(entry))
          .map((entry) => entry.slice(entry.indexOf('\t') + 1).replace(/^"(.*)"$/, '$1'));
        assert.deepEqual(
          counted(root, '.', all),
          all.filter((file) => !ignoredByGit.includes(file)),
        );
      }),
      { numRuns: 12 },
    );
  });
});
