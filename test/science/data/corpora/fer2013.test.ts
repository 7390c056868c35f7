import assert from 'node:assert/strict';
import { fer2013 } from '../../../../src/science/data/corpora/fer2013.ts';
import type { Still } from '../../../../src/science/data/still-corpus.ts';
import { dataErrorOf, withRig } from '../rig.ts';

const pixels = (grey: number, count = 48 * 48) => Array<number>(count).fill(grey).join(' ');
const HEADER = 'emotion,pixels,Usage\r\n';
const VOTES = 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\r\n';
const TABLE = `${HEADER}0,${pixels(7)},Training\r\n6,${pixels(8)},PublicTest\r\n3,${pixels(9)},PrivateTest\r\n`;

async function load(still: Still | undefined) {
  assert.ok(still?.frame.kind === 'loaded');
  return await still.frame.load();
}

describe('FER2013', () => {
  it('gives the pictures of its table by label and split', () =>
    withRig(async (rig) => {
      await rig.write('fer2013/fer2013.csv', TABLE);
      const { stills } = await fer2013.read(rig.root, {});
      assert.deepEqual(
        stills.map(({ id, label, split }) => [id, label, split]),
        [
          ['Training/00001', 'anger', 'train'],
          ['PublicTest/00002', 'neutral', 'val'],
          ['PrivateTest/00003', 'happiness', 'test'],
        ],
      );
      assert.deepEqual(await load(stills[2]), {
        width: 48,
        height: 48,
        channels: 1,
        data: new Uint8Array(2304).fill(9),
      });
    }));

  it('takes the labels of FER+ by majority without single votes, and counts what has none', () =>
    withRig(async (rig) => {
      const rows = Array.from({ length: 5 }, () => `0,${pixels(1)},Training\n`).join('');
      await rig.write('fer2013.csv', HEADER + rows);
      const votes = [
        // Of 10 votes 5 are fear; without the two single ones it is 5 of 8.
        'Training,a.png,0,0,3,1,1,0,5,0,0,0',
        'Training,b.png,5,5,0,0,0,0,0,0,0,0',
        'Training,c.png,2,0,0,0,0,0,0,0,8,0',
        'Training,,0,0,0,0,0,0,0,0,0,10',
        'Training,e.png,0,0,0,0,0,0,0,9,1,0',
      ];
      await rig.write('fer2013new.csv', VOTES + votes.join('\r\n'));
      const { stills, skipped } = await fer2013.read(rig.root, { labels: 'ferplus' });
      assert.deepEqual(
        stills.map(({ id, label }) => [id, label]),
        [
          ['Training/00001', 'fear'],
          ['Training/00005', 'contempt'],
        ],
      );
      assert.deepEqual(
        skipped.map(({ why, count }) => [why, count]),
        [
          ['no label has a majority of the votes', 1],
          ['voted unknown', 1],
          ['voted no face', 1],
        ],
      );
      await rig.write('fer2013new.csv', VOTES + votes.slice(1).join('\n'));
      assert.match(
        await dataErrorOf(() => fer2013.read(rig.root, { labels: 'ferplus' })),
        /as many rows as fer2013new\.csv has/,
      );
    }));

  for (const [name, text] of [
    ['too few numbers', pixels(1, 2303)],
    ['too many numbers', pixels(1, 2305)],
    ['a number above 255', `256 ${pixels(1, 2303)}`],
    ['words', 'no pixels'],
  ] as const) {
    it(`keeps a picture with ${name} for whoever loads it to refuse or skip`, () =>
      withRig(async (rig) => {
        await rig.write('fer2013.csv', `${HEADER}0,${text},Training\n`);
        const { stills } = await fer2013.read(rig.root, {});
        assert.match(
          await dataErrorOf(() => load(stills[0])),
          /fer2013\.csv:2: expected 2304 whole numbers from 0 to 255/,
        );
      }));
  }

  it('is refused for a wrong label, use or table', () =>
    withRig(async (rig) => {
      const refused = async (text: string) => {
        await rig.write('fer2013.csv', text);
        return await dataErrorOf(() => fer2013.read(rig.path('fer2013.csv'), {}));
      };
      assert.match(await refused(`${HEADER}7,${pixels(1)},Training\n`), /fer2013\.csv:2: expected an emotion from 0/);
      assert.match(await refused(`${HEADER}1,${pixels(1)},Test\n`), /fer2013\.csv:2: expected Training, PublicTest/);
      assert.match(
        await refused('pixels,emotion\n'),
        /fer2013\.csv:1: expected a table with the columns emotion,pixels/,
      );
      assert.match(await refused(HEADER), /expected at least one labelled picture/);
      assert.match(await dataErrorOf(() => fer2013.read(rig.path('none'), {})), /expected fer2013\.csv, or the folder/);
    }));
});
