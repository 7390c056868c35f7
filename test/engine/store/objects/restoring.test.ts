import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import type { Artifact } from '../../../../src/engine/store/contents/artifact.ts';
import type { Digest } from '../../../../src/engine/store/contents/digest.ts';
import type { LinkType } from '../../../../src/engine/store/objects/links.ts';
import { isUnrestorable } from '../../../../src/engine/store/objects/restoring.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Puts a text into a store under its own digest, as somebody with access to it may. */
function plant(store: string, text: string, suffix = ''): Digest {
  const digest = `${sha256(text)}${suffix}` as Digest;
  const file = path.join(store, 'objects', digest.slice(0, 2), digest.slice(2));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return digest;
}

/** Everything in a folder but the output, with contents. */
function around(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('project/deep/out/'));
  return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}

const hostileSegment = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('..', '.', '', '\0', '...', '.git', 'deep', 'out', 'a', 'A', '..\\..', 'C:'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant('x'.repeat(300)) },
);
const hostileName = fc
  .tuple(
    fc.constantFrom('', '/', './', '../', '../../', '../../../victim/'),
    fc.array(hostileSegment, { maxLength: 5 }),
  )
  .map(([start, segments]) => start + segments.join('/'));
const hostileLine = fc.oneof(
  hostileName.map((name) => (digest: Digest) => JSON.stringify([name, digest, 4])),
  hostileName.map((name) => () => JSON.stringify([`${name}/`])),
);
const hostileLines = fc.array(hostileLine, { minLength: 1, maxLength: 4 });
const sorted = (lines: readonly string[]): string =>
  [...lines].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join('');

describe('a manifest with hostile names', () => {
  afterEach(removeTemporary);

  for (const links of [['copy'], ['hardlink'], ['reflink', 'copy']] satisfies LinkType[][]) {
    it(`never writes outside its output (${links.join(', ')})`, async () => {
      const root = temporaryDirectory({ 'project/deep/data.txt': 'data', 'victim/keys': 'keys' });
      const store = temporaryDirectory();
      const before = around(root);
      const evil = plant(store, 'evil');
      const workspace = Workspace.open(path.join(root, 'project'), { links, dir: store });
      await fc.assert(
        fc.asyncProperty(hostileLines, fc.boolean(), async (lines, inOrder) => {
          const texts = lines.map((write) => `${write(evil)}\n`);
          const text = inOrder ? sorted(texts) : texts.join('');
          const digest = plant(store, text, '.dir');
          const files = lines.length;
          // What the entry says of the manifest may be made to fit it.
          for (const artifact of [
            { digest, size: 4 * files, files },
            { digest, size: 4, files: 1 },
          ] satisfies Artifact[]) {
            try {
              await workspace.restore('deep/out', artifact);
            } catch (error) {
              assert(isUnrestorable(error), String(error));
            }
          }
          assert.deepEqual(around(root), before);
        }),
        { numRuns: 400 },
      );
    });
  }
});

/** Directories as they may be described although they are not so; each file is there. */
const forms: Readonly<Record<string, (file: Digest) => string>> = {
  'no JSON': () => 'x\n',
  'a wrong size': (file) => `["a","${file}",5]\n`,
  'a size of 1e300': (file) => `["a","${file}",1e300]\n`,
  'a path twice': (file) => `["a","${file}",4]\n["a","${file}",4]\n`,
  'no order': (file) => `["b","${file}",4]\n["a","${file}",4]\n`,
  'no last newline': (file) => `["a","${file}",4]`,
  'a directory in it': (file) => `["a","${file}.dir",4]\n`,
  'a name that is too long': (file) => `["${'a'.repeat(300)}","${file}",4]\n`,
  'an object that is not there': () => `["a","${sha256('nowhere')}",4]\n`,
};

describe('a directory that cannot be what its manifest says', () => {
  afterEach(removeTemporary);

  for (const [what, write] of Object.entries(forms)) {
    it(`is not in the cache: ${what}`, async () => {
      const root = temporaryDirectory({ out: 'what was there' });
      const store = path.join(root, '.pipeline/store');
      const file = plant(store, 'file');
      const digest = plant(store, write(file), '.dir');
      const workspace = Workspace.open(root);
      for (const artifact of [
        { digest, size: 4, files: 1 },
        { digest, size: 5, files: 1 },
        { digest, size: 8, files: 2 },
      ]) {
        await assert.rejects(workspace.restore('out', artifact), isUnrestorable);
      }
      assert.equal(readFileSync(path.join(root, 'out'), 'utf8'), 'what was there');
      assert.deepEqual(readdirSync(path.join(root, '.pipeline/tmp')), []);
    });
  }

  it('is told as such before anything is restored, and put aside when it is no manifest', async () => {
    const root = temporaryDirectory();
    const store = path.join(root, '.pipeline/store');
    const file = plant(store, 'file');
    const good = plant(store, `["a","${file}",4]\n`, '.dir');
    const workspace = Workspace.open(root);
    assert.equal(await workspace.canRestore({ digest: good, size: 4, files: 1 }), true);
    for (const [size, files] of [
      [5, 1],
      [4, 2],
      [-4, 1],
    ] as const) {
      assert.equal(await workspace.canRestore({ digest: good, size, files }), false);
    }
    assert.equal(await workspace.canRestore({ digest: file, size: 5 }), false);
    const bad = plant(store, `["../a","${file}",4]\n`, '.dir');
    assert.equal(await workspace.canRestore({ digest: bad, size: 4, files: 1 }), false);
    assert.deepEqual(
      workspace.objects.takeQuarantined().map((found) => found.digest),
      [bad],
    );
    assert.equal(workspace.objects.has(bad), false);
  });
});
