import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { serializeManifest } from '../../../../src/engine/store/contents/artifact.ts';
import { hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { ManifestError, parseManifest } from '../../../../src/engine/store/objects/manifest.ts';
import { manifests } from '../../support/manifests.ts';

const content = hashBytes('content');
const line = (name: string): string => `${JSON.stringify([name, content, 7])}\n`;

/** Texts that are the manifest of no directory, and why. */
const refused: Readonly<Record<string, string>> = {
  'not JSON': '["a"\n',
  'not a list': `${JSON.stringify({ path: 'a', digest: content, size: 7 })}\n`,
  'an absolute path': line('/etc/passwd'),
  'a path that leads out': line('../a'),
  'a path that leads out further inside': line('a/../../b'),
  'a segment that is the folder itself': line('./a'),
  'an empty segment': line('a//b'),
  'an empty path': line(''),
  NUL: line('a\0b'),
  'half of a surrogate pair': line('\ud800'),
  'a path twice': line('a') + line('a'),
  'a file that holds a file': line('a') + line('a/b'),
  'a file that holds a file, with another between': line('a') + line('a-b') + line('a/b'),
  'an empty folder that holds a file': '["a/"]\n' + line('a/b'),
  'an empty folder and a file of one name': line('a') + '["a/"]\n',
  'an empty folder that leads out': '["../.."]\n',
  'an empty folder that is the directory': '["/"]\n',
  'paths that are not sorted': line('b') + line('a'),
  'another spelling': `[ "a", "${content}", 7 ]\n`,
  'another escape': `["\\u0061","${content}",7]\n`,
  'no end of the last line': line('a').trimEnd(),
  'something after the last line': `${line('a')}x`,
  'an empty line': `\n${line('a')}`,
  'a digest that is none': '["a","abc",7]\n',
  'the digest of a directory': `["a","${content}.dir",7]\n`,
  'a size below nothing': `["a","${content}",-7]\n`,
  'a size that is no whole number': `["a","${content}",7.5]\n`,
  'a size beyond all numbers': `["a","${content}",1e300]\n`,
  'minus nothing': `["a","${content}",-0]\n`,
  'sizes that have no sum': `["a","${content}",${2 ** 53 - 1}]\n["b","${content}",${2 ** 53 - 1}]\n`,
  'something more in a line': `["a","${content}",7,1]\n`,
};

describe('a manifest that somebody else wrote', () => {
  for (const [what, text] of Object.entries(refused)) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parseManifest(text, false), ManifestError);
    });
  }

  it('is refused on Windows with what leads elsewhere there only', () => {
    for (const name of ['a\\..\\..\\b', 'C:evil', 'a:stream']) {
      assert.throws(() => parseManifest(line(name), true), ManifestError);
      assert.equal(parseManifest(line(name), false).files[0]?.path, name);
    }
  });

  it('is refused whatever single character of it is changed, or is another manifest', () => {
    fc.assert(
      fc.property(manifests, fc.nat(), fc.string({ maxLength: 2 }), (manifest, at, replacement) => {
        const text = serializeManifest(manifest);
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + replacement + text.slice(place + 1);
        try {
          // What is taken is what would be written for it: no text stands for a directory beside its own.
          assert.equal(serializeManifest(parseManifest(changed, false)), changed);
        } catch (error) {
          assert(error instanceof ManifestError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
