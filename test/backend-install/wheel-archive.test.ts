import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { unpackWheel } from '../../src/backend-install/wheel-archive.ts';
import { zip } from './support/zip.ts';

describe('unpackWheel', () => {
  let folder: string;
  const wheel = (): string => path.join(folder, 'a.whl');

  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'wheel-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives back every file that is wanted, byte for byte, and no other', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }), async (contents) => {
        writeFileSync(wheel(), zip(Object.fromEntries(contents.map((content, index) => [`a/${index}`, content]))));
        const out = path.join(folder, 'out');
        const wanted = contents.flatMap((_, index) => (index % 3 === 2 ? [] : [`a/${index}`]));
        const count = await unpackWheel(wheel(), (name) => (wanted.includes(name) ? path.join(out, name) : null));
        assert.equal(count, wanted.length);
        for (const name of wanted) {
          assert.deepEqual(new Uint8Array(readFileSync(path.join(out, name))), contents[Number(name.slice(2))]);
        }
      }),
      { numRuns: 25 },
    ));

  it('refuses an archive that names a file outside of itself', async () => {
    writeFileSync(wheel(), zip({ 'a/../../escaped': 'x' }));
    await assert.rejects(
      unpackWheel(wheel(), (name) => path.join(folder, 'out', name)),
      /names a file outside of itself \(a\/\.\.\/\.\.\/escaped\)/,
    );
  });

  it('refuses what is no wheel, or is cut short anywhere', async () => {
    const whole = zip({ a: 'first content '.repeat(50), b: 'second' });
    for (const length of [0, 10, 200, whole.length - 30, whole.length - 1]) {
      writeFileSync(wheel(), whole.subarray(0, length));
      await assert.rejects(
        unpackWheel(wheel(), (name) => path.join(folder, 'out', name)),
        /a\.whl is damaged or no wheel/,
      );
    }
    const broken = Buffer.from(whole);
    broken.fill(0xff, 32, 50);
    writeFileSync(wheel(), broken);
    await assert.rejects(
      unpackWheel(wheel(), (name) => path.join(folder, 'out', name)),
      /damaged/,
    );
  });
});
