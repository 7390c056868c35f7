import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import fc from 'fast-check';
import { findFolder, inNaturalOrder, list } from '../../../../src/science/data/corpora/folders.ts';
import { corpusReader, corpusReaders, readCorpora } from '../../../../src/science/data/corpora/registry.ts';
import { dataErrorOf, withRig, writeCk, writeOulu } from '../rig.ts';

describe('corpora by name', () => {
  it('are joined in the order given, with what was left out and where each was read', () =>
    withRig(async (rig) => {
      await writeCk(rig, 'ck', { subject: 'S005', session: '001', emotion: '3.0' });
      await writeCk(rig, 'ck', { subject: 'S005', session: '002', emotion: null });
      await writeOulu(rig, 'oulu/VL/Strong', 'P001', 'Fear', 2);
      const { sequences, skipped, sources } = await readCorpora([
        { reader: 'oulu-casia', root: rig.path('oulu') },
        { reader: 'ck-plus', root: rig.path('ck') },
      ]);
      assert.deepEqual(
        sequences.map(({ id }) => id),
        ['oulu-casia/P001/VL/Strong/fear', 'ck-plus/S005/001'],
      );
      assert.deepEqual(
        skipped.map(({ corpus, count }) => [corpus, count]),
        [['ck-plus', 1]],
      );
      assert.deepEqual(sources, [
        { corpus: 'oulu-casia', source: 'VL/Strong', sequences: 1 },
        { corpus: 'ck-plus', source: 'cohn-kanade-images', sequences: 1 },
      ]);
    }));

  it('are refused when unknown, with the names that there are', async () => {
    const names = corpusReaders.map(({ name }) => name).join(', ');
    assert.match(names, /^ck-plus, oulu-casia, /);
    const message = await dataErrorOf(() => corpusReader('ck+'));
    assert.ok(message.includes(`expected one of ${names}, found "ck+"`), message);
  });

  it('are refused without a sequence, whatever their reader says', async () => {
    const skipped = [{ corpus: 'mine', what: 'sequence', why: 'fewer than two pictures', count: 3 }];
    const reader = { name: 'mine', read: () => Promise.resolve({ sequences: [], skipped, source: '' }) };
    const message = await dataErrorOf(() => readCorpora([{ reader: 'mine', root: 'there' }], () => reader));
    assert.match(
      message,
      /^there: expected at least one labelled sequence, found none, beside 3 sequences \(fewer than/,
    );
  });

  it('are refused when the same sequence comes twice', () =>
    withRig(async (rig) => {
      await writeOulu(rig, 'oulu/VL/Strong', 'P001', 'Fear', 2);
      const choice = { reader: 'oulu-casia', root: rig.path('oulu') };
      assert.match(await dataErrorOf(() => readCorpora([choice, choice])), /each sequence once, found .*fear twice/);
    }));
});

describe('folders', () => {
  it('are listed in the order of the numbers in their names', () => {
    const names = ['10.png', '9.png', 'b2', 'a10', 'a9', 'a009', '0001.png', 'a'];
    assert.deepEqual([...names].sort(inNaturalOrder), ['0001.png', '9.png', '10.png', 'a', 'a009', 'a9', 'a10', 'b2']);
  });

  it('have an order without contradictions', () => {
    const name = fc.stringMatching(/^[a0-2.]{0,6}$/);
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        assert.equal(Math.sign(inNaturalOrder(a, b)), -Math.sign(inNaturalOrder(b, a)) + 0);
        assert.equal(inNaturalOrder(a, b) === 0, a === b);
        if (inNaturalOrder(a, b) < 0 && inNaturalOrder(b, c) < 0) assert.ok(inNaturalOrder(a, c) < 0);
      }),
    );
  });

  it('are followed through links, and links that lead nowhere are passed over', () =>
    withRig(async (rig) => {
      await rig.write('real/a.txt', 'x');
      await rig.folder('links');
      await symlink(rig.path('real'), rig.path('links/folder'));
      await symlink(rig.path('real/a.txt'), rig.path('links/file'));
      await symlink(rig.path('gone'), rig.path('links/broken'));
      assert.deepEqual(await list(rig.path('links')), { folders: ['folder'], files: ['file'] });
    }));

  it('are found by name and content, the nearest first, no deeper than asked', () =>
    withRig(async (rig) => {
      await rig.folder('x/Emotion/Emotion/S1');
      const wanted = { name: /^emotion\d?$/i, holds: /^S\d+$/, through: /^x$/, depth: 2 };
      assert.equal(await findFolder(rig.path('x'), wanted), rig.path('x/Emotion/Emotion'));
      assert.equal(await findFolder(rig.root, wanted), null);
      assert.equal(await findFolder(rig.root, { ...wanted, through: /^y$/, depth: 3 }), null);
      await rig.folder('x/emotion1/S2');
      assert.equal(await findFolder(rig.root, wanted), rig.path('x/emotion1'));
      await rig.folder('x/emotion2/S2');
      assert.match(await dataErrorOf(() => findFolder(rig.root, wanted)), /expected one copy .*emotion1, .*emotion2\./);
    }));
});
