import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { insideOf, realPlace } from '../../src/base/real-place.ts';

describe('the place of a path', () => {
  let temporary: string;
  let outer: string;
  let inner: string;

  beforeEach(() => {
    temporary = realpathSync(mkdtempSync(path.join(tmpdir(), 'place-')));
    // Deep enough that as many `..` as the test below strings together stay in the temporary directory.
    outer = path.join(temporary, '1/2/3/4/5/6');
    inner = path.join(outer, 'project');
    mkdirSync(path.join(inner, 'folder'), { recursive: true });
    mkdirSync(path.join(outer, 'elsewhere'));
  });

  afterEach(() => rmSync(temporary, { recursive: true, force: true }));

  it('is inside by what the disk says, not by what the text says', () => {
    symlinkSync(path.join(outer, 'elsewhere'), path.join(inner, 'out'));
    symlinkSync('folder', path.join(inner, 'in'));
    symlinkSync('../elsewhere/not-yet', path.join(inner, 'dangling'));
    symlinkSync(inner, path.join(outer, 'alias'));
    assert.equal(insideOf(inner, 'folder/new/file'), 'folder/new/file');
    assert.equal(insideOf(inner, 'in/file'), 'folder/file');
    assert.equal(insideOf(inner, '.'), '');
    assert.equal(insideOf(inner, path.join(outer, 'alias', 'x')), 'x');
    assert.equal(insideOf(path.join(outer, 'alias'), path.join(inner, 'x')), 'x');
    for (const file of [
      'out',
      'out/x',
      'dangling',
      'dangling/x',
      '..',
      '../project-2',
      '/',
      'folder/../../elsewhere',
    ]) {
      assert.equal(insideOf(inner, file), null, file);
    }
  });

  it('is unknown where links go round, and then nothing is inside', () => {
    symlinkSync('b', path.join(inner, 'a'));
    symlinkSync('a', path.join(inner, 'b'));
    assert.equal(realPlace(path.join(inner, 'a/x')), null);
    assert.equal(insideOf(inner, 'a'), null);
    assert.equal(insideOf(inner, 'x\0y'), null);
  });

  it('is where a file that is written there ends up, whatever links and dots are on the way', () => {
    const segment = fc.constantFrom('folder', 'out', 'in', 'up', '..', '.', 'new', '...', '~', 'földer', 'a b');
    symlinkSync('../elsewhere', path.join(inner, 'out'));
    symlinkSync('folder', path.join(inner, 'in'));
    symlinkSync('..', path.join(inner, 'up'));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const file = path.resolve(inner, ...segments);
        const way = insideOf(inner, segments.join('/'));
        // Dots are taken out of a text before the disk is asked, as everywhere in the project.
        mkdirSync(path.dirname(file), { recursive: true });
        if (existsSync(file)) assert.equal(realPlace(file), realpathSync(file));
        else {
          writeFileSync(file, '');
          const real = realpathSync(file);
          rmSync(file);
          assert.equal(way === null ? null : path.join(inner, way), real.startsWith(`${inner}/`) ? real : null);
        }
      }),
      { numRuns: 300 },
    );
  });
});
