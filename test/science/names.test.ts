import assert from 'node:assert/strict';
import { BASE_NETS, PAIR_METHODS, STILL_METHODS, stillNetName } from '../../src/science/names.ts';
import { PAPER_METHODS, PAPER_NETS, PAPER_TABLE_3 } from '../../src/report/paper.ts';

const idsOf = (words: readonly { readonly id: string }[]): string[] => words.map(({ id }) => id);

describe('the word list', () => {
  it('has the words of the paper in the order of its tables', () => {
    assert.deepEqual(idsOf(BASE_NETS), PAPER_NETS);
    assert.deepEqual(idsOf(PAIR_METHODS), [...PAPER_METHODS, 'restore', 'cnn-weak+peak']);
    const rows = Object.keys(PAPER_TABLE_3);
    assert.deepEqual(
      idsOf(STILL_METHODS).filter((id) => rows.includes(id)),
      rows,
    );
  });

  it('has every BaseNet among the methods of stills, under a title of its own', () => {
    for (const net of BASE_NETS) assert.ok(idsOf(STILL_METHODS).includes(stillNetName(net.id)), net.id);
    const titleOf = (id: string) => STILL_METHODS.find((method) => method.id === id)?.title;
    assert.deepEqual(['vgg13', 'vgg16', 'alexnet'].map(titleOf), ['VGG (VGG13)', 'VGG16', 'AlexNet']);
  });

  it('gives no word twice, and none that could not be part of the name of a file', () => {
    for (const words of [BASE_NETS, PAIR_METHODS, STILL_METHODS]) {
      const ids = idsOf(words);
      assert.equal(new Set(ids.map((id) => id.toLowerCase())).size, ids.length);
      for (const id of ids) assert.match(id, /^[\w+-]+$/);
    }
  });
});
