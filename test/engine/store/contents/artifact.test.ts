import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  artifactInside,
  directoryArtifact,
  type Manifest,
  serializeManifest,
  withoutRights,
} from '../../../../src/engine/store/contents/artifact.ts';
import { fileDigest, hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { parseManifest } from '../../../../src/engine/store/objects/manifest.ts';
import { manifests } from '../../support/manifests.ts';

const byPath = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const only = (...files: Manifest['files']): Manifest => ({ files, emptyFolders: [] });

describe('a directory manifest', () => {
  it('reads back what was written, whatever the names', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        assert.deepEqual(parseManifest(serializeManifest(manifest)), {
          files: [...manifest.files].sort((a, b) => byPath(a.path, b.path)),
          emptyFolders: [...manifest.emptyFolders].sort((a, b) => byPath(`${a}/`, `${b}/`)),
        });
      }),
    );
  });

  it('does not depend on the order in which files are listed', () => {
    fc.assert(
      fc.property(manifests, ({ files, emptyFolders }) => {
        const reversed = { files: [...files].reverse(), emptyFolders: [...emptyFolders].reverse() };
        assert.deepEqual(directoryArtifact(reversed), directoryArtifact({ files, emptyFolders }));
      }),
    );
  });

  it('tells a directory from a file with the same bytes', () => {
    const manifest = only({ path: 'a', digest: hashBytes('1'), size: 1 });
    assert.notEqual(directoryArtifact(manifest).digest, hashBytes(serializeManifest(manifest)));
  });

  it('of plain files and no empty folder has the text that it always had', () => {
    const manifest = only(
      { path: 'b/ü', digest: hashBytes('1'), size: 1 },
      { path: 'a', digest: hashBytes(''), size: 0 },
    );
    assert.equal(serializeManifest(manifest), `["a","${hashBytes('')}",0]\n["b/ü","${hashBytes('1')}",1]\n`);
  });

  it('tells programs and empty folders, and forgets programs for those who depend on it', () => {
    const plain = only({ path: 'tool', digest: hashBytes('1'), size: 1 });
    const program = only({ path: 'tool', digest: fileDigest(hashBytes('1'), true), size: 1 });
    const more = { ...plain, emptyFolders: ['empty'] };
    const digests = [plain, program, more].map((manifest) => directoryArtifact(manifest).digest);
    assert.equal(new Set(digests).size, 3);
    assert.deepEqual(directoryArtifact(withoutRights(program)), directoryArtifact(plain));
  });

  it('knows the files and folders inside', () => {
    const manifest = {
      files: [
        { path: 'a/b', digest: hashBytes('b'), size: 1 },
        { path: 'a/c', digest: hashBytes('cc'), size: 2 },
        { path: 'ab', digest: hashBytes('d'), size: 4 },
      ],
      emptyFolders: ['a/e', 'f/g'],
    };
    assert.deepEqual(artifactInside(manifest, 'a/c'), { digest: hashBytes('cc'), size: 2 });
    const folder = directoryArtifact({
      files: [
        { path: 'b', digest: hashBytes('b'), size: 1 },
        { path: 'c', digest: hashBytes('cc'), size: 2 },
      ],
      emptyFolders: ['e'],
    });
    assert.deepEqual(artifactInside(manifest, 'a'), folder);
    assert.deepEqual(artifactInside(manifest, 'f/g'), directoryArtifact(only()));
    assert.deepEqual(artifactInside(manifest, 'f'), directoryArtifact({ files: [], emptyFolders: ['g'] }));
    assert.equal(artifactInside(manifest, 'x'), null);
  });
});
