import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  artifactInside,
  directoryArtifact,
  parseManifest,
  serializeManifest,
} from '../../../src/engine/store/artifact.ts';
import { hashBytes } from '../../../src/engine/store/digest.ts';

const entry = fc
  .tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string(), fc.nat())
  .map(([path, content, size]) => ({ path, digest: hashBytes(content), size }));
const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 8 });

describe('a directory manifest', () => {
  it('reads back what was written, whatever the names', () => {
    fc.assert(
      fc.property(entries, (files) => {
        const byPath = (a: { path: string }, b: { path: string }): number =>
          Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
        assert.deepEqual(parseManifest(serializeManifest(files)), [...files].sort(byPath));
      }),
    );
  });

  it('does not depend on the order in which files are listed', () => {
    fc.assert(
      fc.property(entries, (files) => {
        assert.deepEqual(directoryArtifact([...files].reverse()), directoryArtifact(files));
      }),
    );
  });

  it('tells a directory from a file with the same bytes', () => {
    const files = [{ path: 'a', digest: hashBytes('1'), size: 1 }];
    assert.notEqual(directoryArtifact(files).digest, hashBytes(serializeManifest(files)));
  });

  it('knows the files and folders inside', () => {
    const files = [
      { path: 'a/b', digest: hashBytes('b'), size: 1 },
      { path: 'a/c', digest: hashBytes('cc'), size: 2 },
      { path: 'ab', digest: hashBytes('d'), size: 4 },
    ];
    assert.deepEqual(artifactInside(files, 'a/c'), { digest: hashBytes('cc'), size: 2 });
    const folder = directoryArtifact([
      { path: 'b', digest: hashBytes('b'), size: 1 },
      { path: 'c', digest: hashBytes('cc'), size: 2 },
    ]);
    assert.deepEqual(artifactInside(files, 'a'), folder);
    assert.equal(artifactInside(files, 'x'), null);
  });
});
