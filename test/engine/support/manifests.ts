import fc from 'fast-check';
import type { Manifest } from '../../../src/engine/store/contents/artifact.ts';
import { fileDigest, hashBytes } from '../../../src/engine/store/contents/digest.ts';

const segment = fc
  .string({ minLength: 1, maxLength: 6, unit: 'grapheme' })
  .map((text) => text.replaceAll(/[/\0]/g, '_'))
  .filter((text) => text !== '.' && text !== '..');
const inside = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
const digest = fc.tuple(fc.string(), fc.boolean()).map(([content, program]) => fileDigest(hashBytes(content), program));
const file = fc.record({ path: inside, digest, size: fc.nat() }, { noNullPrototype: true });

/** Manifests of directories that can exist, with whatever names a file system takes. */
export const manifests: fc.Arbitrary<Manifest> = fc
  .record({ files: fc.array(file, { maxLength: 8 }), emptyFolders: fc.array(inside, { maxLength: 3 }) })
  .map(({ files, emptyFolders }) => {
    const leaves: string[] = [];
    const isFree = (path: string): boolean => {
      const taken = leaves.some((leaf) => leaf === path || leaf.startsWith(`${path}/`) || path.startsWith(`${leaf}/`));
      if (!taken) leaves.push(path);
      return !taken;
    };
    return { files: files.filter((entry) => isFree(entry.path)), emptyFolders: emptyFolders.filter(isFree) };
  });
