import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { realPlace } from '../../../src/base/real-place.ts';
import { RealPaths } from '../../../src/engine/paths/real-paths.ts';

describe('RealPaths', () => {
  let outer: string;
  let root: string;
  beforeEach(() => {
    outer = realpathSync(mkdtempSync(path.join(tmpdir(), 'real-paths-')));
    root = path.join(outer, 'project');
    mkdirSync(path.join(root, 'out/deep'), { recursive: true });
    writeFileSync(path.join(root, 'out/file'), '');
    symlinkSync('out', path.join(root, 'data'));
    symlinkSync('../out/deep', path.join(root, 'out/again'));
    symlinkSync('not-yet/there', path.join(root, 'dangling'));
    symlinkSync(outer, path.join(root, 'up'));
    symlinkSync('loop', path.join(root, 'loop'));
    symlinkSync('project', path.join(outer, 'alias'));
  });
  afterEach(() => rmSync(outer, { recursive: true, force: true }));

  it('says where links lead, also to what is not there yet, and by ways that leave the project and come back', () => {
    const real = new RealPaths(root);
    for (const [file, place] of [
      ['.', '.'],
      ['out/x', 'out/x'],
      ['data', 'out'],
      ['data/x/y', 'out/x/y'],
      ['data/again/x', 'out/deep/x'],
      ['dangling/x', 'not-yet/there/x'],
      ['up/project/data/x', 'out/x'],
      ['../alias', '.'],
      ['../alias/data/x', 'out/x'],
      [path.join(outer, 'alias/out'), 'out'],
      ['up', null],
      ['../other/x', null],
      ['loop/x', null],
      ['/', null],
    ] as const) {
      assert.equal(real.inProject(real.target(file)), place, file);
    }
  });

  it('tells a link from what it leads to', () => {
    const real = new RealPaths(root);
    assert.equal(real.inProject(real.entry('data')), 'data');
    assert.equal(real.inProject(real.entry('data/again')), 'out/again');
    assert.equal(real.entry('loop/x'), null);
  });

  it('agrees with the system about any path, whatever was asked before', () => {
    const name = fc.constantFrom('out', 'data', 'again', 'deep', 'dangling', 'up', 'project', 'alias', 'loop', 'new');
    fc.assert(
      fc.property(fc.array(fc.array(name, { minLength: 1, maxLength: 5 }), { maxLength: 8 }), (paths) => {
        const real = new RealPaths(root);
        for (const names of paths) {
          assert.equal(real.target(names.join('/')), realPlace(path.join(root, ...names)), names.join('/'));
        }
      }),
      { numRuns: 300 },
    );
  });
});
