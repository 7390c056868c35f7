import assert from 'node:assert/strict';
import { posix } from 'node:path';
import fc from 'fast-check';
import { isOutside, toCanonicalPath, toProjectPath } from '../../../src/engine/paths/paths.ts';

const path = fc
  .array(fc.constantFrom('a', 'b.txt', '.', '..', '', '...', '.hidden'), { minLength: 1, maxLength: 6 })
  .map((segments) => segments.join('/'))
  .filter((text) => text !== '' && !text.startsWith('/'));

describe('paths', () => {
  it('lead from the root to where the stage meant', () => {
    fc.assert(
      fc.property(path, path, (workingDirectory, given) => {
        const wdir = toProjectPath('/project', '.', workingDirectory);
        const result = toProjectPath('/project', wdir, given);
        const resolve = (text: string): string => posix.resolve('/project', text);
        assert.equal(resolve(result), posix.resolve('/project', workingDirectory, given));
        assert.equal(toProjectPath('/project', '.', result), result);
      }),
    );
  });

  it('are the same canonically as really where no variable is in them', () => {
    fc.assert(
      fc.property(path, path, (workingDirectory, given) => {
        const wdir = toCanonicalPath('.', workingDirectory);
        fc.pre(!isOutside(wdir));
        assert.equal(toCanonicalPath(wdir, given), toProjectPath('/project', wdir, given));
      }),
    );
  });

  it('become relative when they are absolute but inside, and stay when they are outside', () => {
    assert.equal(toProjectPath('/project', '.', '/project/a//b/'), 'a/b');
    assert.equal(toProjectPath('/root', 'sub', '/root'), '.');
    assert.equal(toProjectPath('/root', '.', '/rooted/x'), '/rooted/x');
    assert.equal(toProjectPath('/root', 'sub', '../../x'), '../x');
  });

  it('keep a variable whole when something goes up from it', () => {
    assert.equal(toCanonicalPath('.', '${run}/../x'), '${run}/../x');
    assert.equal(toCanonicalPath('.', '${run}/a/../x/'), '${run}/x');
    assert.equal(toCanonicalPath('${run}', './x'), '${run}/x');
  });

  it('are outside when they are absolute or go up', () => {
    assert.deepEqual(['..', '../a', '/a', 'a', '..a', '.'].map(isOutside), [true, true, true, false, false, false]);
  });
});
