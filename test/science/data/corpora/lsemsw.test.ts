import assert from 'node:assert/strict';
import { lsemsw } from '../../../../src/science/data/corpora/lsemsw.ts';
import { dataErrorOf, withRig } from '../rig.ts';

describe('a list of pictures in the form of LSEMSW', () => {
  it('gives label, split and path of each, whatever the order of columns, the case and the line ends', () =>
    withRig(async (rig) => {
      await rig.write(
        'manifest.csv',
        '\uFEFFsplit,Path,film,label\rTraining,.\\a\\1.png,x,Happy\rvalidation,"b, c.png",y,sad\r',
      );
      const { stills, source } = await lsemsw.read(rig.root, {});
      assert.equal(source, 'manifest.csv');
      assert.deepEqual(
        stills.map(({ id, subject, label, split }) => ({ id, subject, label, split })),
        [
          { id: 'a/1.png', subject: 'a/1.png', label: 'happy', split: 'train' },
          { id: 'b, c.png', subject: 'b, c.png', label: 'sad', split: 'val' },
        ],
      );
      const [first] = stills;
      assert.ok(first?.frame.kind === 'file');
      assert.equal(first.frame.path, rig.path('a/1.png'));
    }));

  it('may go without a header, name the people, and be given itself', () =>
    withRig(async (rig) => {
      await rig.write('bare.csv', '1.png,angry,test\n');
      assert.deepEqual((await lsemsw.read(rig.path('bare.csv'), {})).stills[0]?.split, 'test');
      await rig.write('people.csv', 'path,label,split,subject\n1.png,calm,test,Ann\n');
      const { stills } = await lsemsw.read(rig.root, { manifest: 'people.csv', labels: ['calm'] });
      assert.equal(stills[0]?.subject, 'Ann');
    }));

  for (const [text, message] of [
    [
      'path,label,split\n1.png,hapy,train\n',
      /list\.csv:2: expected one of the labels happy, .* found "hapy"\. Write happy/,
    ],
    ['path,label,split\n1.png,3,train\n', /list\.csv:2: expected one of the labels .* found "3"/],
    ['path,label,split\n1.png,happy,dev\n', /list\.csv:2: expected train, val or test, found "dev"/],
    ['path,label,split\n1.png,happy\n', /list\.csv:2: expected a split, found "1\.png,happy"/],
    ['a,happy,train\nb,sad,test\na,sad,test\n', /list\.csv:3: expected each picture once, found "a", which line 1 has/],
    ['file;class\n', /list\.csv:1: expected the header "path,label,split"/],
    ['path,label,split\n', /expected a list .* found no picture/],
  ] as const) {
    it(`is refused when it says ${JSON.stringify(text)}`, () =>
      withRig(async (rig) => {
        await rig.write('list.csv', text);
        assert.match(await dataErrorOf(() => lsemsw.read(rig.path('list.csv'), {})), message);
      }));
  }

  it('must be there', () =>
    withRig(async (rig) => {
      await rig.write('images/1.png', '');
      assert.match(
        await dataErrorOf(() => lsemsw.read(rig.root, {})),
        /or a folder with such a list named manifest\.csv, found folders images/,
      );
      assert.match(await dataErrorOf(() => lsemsw.read(rig.path('none'), {})), /found no such file or folder/);
    }));
});
