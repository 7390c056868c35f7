import assert from 'node:assert/strict';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { gapMatcher, hasWildcard, nameMatcher, segmentMatcher } from '../../../src/engine/paths/wildcards.ts';
import { load, mistakes } from '../graph/rig.ts';

/** Which of the names a pattern of one segment matches. */
function matching(pattern: string, names: readonly string[]): readonly string[] {
  const isMeant = segmentMatcher(pattern);
  if (isMeant === null) throw new Error(`too many names: ${pattern}`);
  return names.filter(isMeant);
}

/** Patterns that a regular expression tries in exponentially many ways. */
const STARS = `${'*a'.repeat(14)}*b`;
const LONG_NAME = 'a'.repeat(200);

describe('a pattern for one name', () => {
  const NAMES = ['a', 'ab', 'abc', 'b', 'a.csv', '.a', 'x10', 'x9', 'x09', '[a]', '{a}', 'a,b', 'ä'];

  it('has *, ?, [abc], [a-c], [!a], {a,b} and {1..3}', () => {
    assert.deepEqual(matching('a*', NAMES), ['a', 'ab', 'abc', 'a.csv', 'a,b']);
    assert.deepEqual(matching('?', NAMES), ['a', 'b', 'ä']);
    assert.deepEqual(matching('[ac]', NAMES), ['a']);
    assert.deepEqual(matching('[a-c]', NAMES), ['a', 'b']);
    assert.deepEqual(matching('[!a]', NAMES), ['b', 'ä']);
    assert.deepEqual(matching('{a,b,{x,y}9}', NAMES), ['a', 'b', 'x9']);
    assert.deepEqual(matching('{a,}b', NAMES), ['ab', 'b']);
    assert.deepEqual(matching('x{9..10}', NAMES), ['x10', 'x9']);
    assert.deepEqual(matching('x{10..09}', NAMES), ['x10', 'x09']);
    assert.deepEqual(matching('{c..a}', NAMES), ['a', 'b']);
  });

  it('takes everything else as it is written, and what a backslash precedes', () => {
    assert.deepEqual(matching('\\[a\\]', NAMES), ['[a]']);
    assert.deepEqual(matching('{a}', NAMES), ['{a}']);
    assert.deepEqual(matching('a\\,b', NAMES), ['a,b']);
    assert.deepEqual(matching('\\{a\\}', NAMES), ['{a}']);
    assert.deepEqual(matching('*(1)+', ['x(1)+', 'x1', 'x11']), ['x(1)+']);
    assert.deepEqual(matching('[', ['[']), ['[']);
    assert.deepEqual(matching('a{b', ['a{b']), ['a{b']);
  });

  it('names the dot at the beginning of a name itself', () => {
    assert.deepEqual(matching('*', NAMES).includes('.a'), false);
    assert.deepEqual(matching('?a', NAMES), []);
    assert.deepEqual(matching('[.]a', NAMES), []);
    assert.deepEqual(matching('.*', NAMES), ['.a']);
  });

  it('matches the names that picomatch matches', () => {
    const piece = fc.constantFrom('a', 'b', 'c', '-', '*', '?', '[ab]', '[^a]', '[a-c]', '{a,bc}', '{*b,c}', '.');
    const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '.'), minLength: 1, maxLength: 8 });
    // Where a pattern begins with a choice, picomatch lets some wildcards match a dot.
    fc.assert(
      fc.property(pattern, name, (one, text) => {
        fc.pre(!text.startsWith('.') && !/\*\*|\.\./.test(one));
        const expected = picomatch(one, { nonegate: true, noextglob: true })(text);
        assert.equal(segmentMatcher(one)?.(text), expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer for a pattern that would make a regular expression try everything', () => {
    assert.equal(segmentMatcher(STARS)?.(LONG_NAME), false);
    assert.equal(segmentMatcher('{a,aa}'.repeat(9) + 'b')?.(LONG_NAME), false);
    assert.equal(segmentMatcher(`${'{a,aa}'.repeat(40)}b`), null);
    assert.equal(segmentMatcher('x{1..1000000000}'), null);
  });
});

describe('a text', () => {
  it('holds a wildcard where one could be meant', () => {
    for (const text of ['*', 'a?', '[a]', '{a,b}', '{1..2}']) assert.equal(hasWildcard(text), true, text);
    for (const text of ['a', '\\*', '[]', '[', '{a}', '{a', 'a,b}', '\\{a,b}']) {
      assert.equal(hasWildcard(text), false, text);
    }
  });

  it('is looked through once, whatever is in it', () => {
    for (const text of ['{', '[', '{{}', '[]', '{.']) assert.equal(hasWildcard(text.repeat(100_000)), false);
  });
});

describe('a pattern for names of instances', () => {
  it('has * and ?, and no other wildcard', () => {
    assert.deepEqual(['train@a', 'train@[a]', 'train'].filter(nameMatcher('train@*')), ['train@a', 'train@[a]']);
    assert.deepEqual(['train@a', 'train@[a]'].filter(nameMatcher('train@[a]')), ['train@[a]']);
    assert.deepEqual(['a', 'ab'].filter(nameMatcher('a?')), ['ab']);
    assert.equal(nameMatcher(STARS)(LONG_NAME), false);
  });
});

describe('literal texts with gaps between them', () => {
  it('match what has them in order', () => {
    const isMeant = gapMatcher(['runs/', '/m-', '.json']);
    assert.deepEqual(['runs/a/m-1.json', 'runs//m-.json', 'runs/a/m-1.yaml', 'x/a/m-1.json'].filter(isMeant), [
      'runs/a/m-1.json',
      'runs//m-.json',
    ]);
    assert.equal(gapMatcher(['a', ...Array.from('a'.repeat(20)), 'b'])(LONG_NAME), false);
  });
});

describe('patterns and paths in deps that nobody means', () => {
  const deps = (text: string, name = 'x'): string =>
    mistakes({ [name]: '', 'pipeline.yaml': `stages:\n  a: {cmd: x, deps: [${JSON.stringify(text)}]}\n` });

  it('are one message', () => {
    assert.match(deps(STARS, LONG_NAME), /pipeline.yaml:2:22 {2}error: ".*" matches no file/);
    assert.match(deps('{'.repeat(100_000)), /the path "\{{40}\.\.\." is longer than 4096 characters/);
    assert.match(deps(`${'{'.repeat(100_000)}*`), /the path "\{{40}\.\.\." is longer than 4096 characters/);
    assert.match(deps('{a,b}'.repeat(20)), /the braces of .* stand for more than 1000 names/);
    assert.match(deps('{a,b/c}'), /has a slash inside braces\n[^]*hint: write two patterns instead/);
  });

  it('may be a name of a file all the same', () => {
    const files = {
      'd/a {1}.csv': '',
      'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: ["d/a {1}.csv", "d/*{1}.csv"]}\n',
    };
    assert.deepEqual(
      [...load(files).instances.values()][0]?.deps.map(({ path }) => path),
      ['d/a {1}.csv'],
    );
  });
});
