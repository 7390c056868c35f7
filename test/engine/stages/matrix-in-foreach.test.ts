import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instance, load, mistakes, reads, text } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';

const TASKS = text`
  tasks:
    faces: {nets: [AlexNet, VGG13], folds: [0, 1], repeats: null, size: 48}
    wild: {nets: null, folds: null, repeats: [0], size: 32}
    still: {nets: null, folds: null, repeats: null, size: 16}
    off: {nets: [], folds: [0], repeats: null, size: 8}
`;
const MATRIX = 'matrix: {net: "${item.nets}", fold: "${item.folds}", repeat: "${item.repeats}"}';

function names(files: Files | string): readonly string[] {
  return [...load(files).instances.keys()];
}

function commands(files: Files | string): Record<string, string | undefined> {
  return Object.fromEntries(Array.from(load(files).instances.values(), ({ name, commands: [first] }) => [name, first]));
}

describe('a matrix inside a foreach', () => {
  const files = (body: string): Files => ({
    'params.yaml': TASKS,
    'pipeline.yaml': `stages:\n  train:\n    foreach: \${tasks}\n    ${MATRIX}\n    ${body}\n`,
  });

  it('is one instance for each combination of each item, and leaves out the dimensions that are null', () => {
    assert.deepEqual(names(files('cmd: x')), [
      'train@faces-AlexNet-0',
      'train@faces-AlexNet-1',
      'train@faces-VGG13-0',
      'train@faces-VGG13-1',
      'train@wild-0',
      'train@still',
    ]);
  });

  it('means the same in the "do" of dvc.yaml', () => {
    const inside = text`
      stages:
        train:
          foreach: \${tasks}
          do:
            matrix: {net: "\${item.nets}", fold: "\${item.folds}", repeat: "\${item.repeats}"}
            cmd: x
    `;
    assert.deepEqual(names({ 'params.yaml': TASKS, 'pipeline.yaml': inside }), names(files('cmd: x')));
  });

  it('gives the dimensions as options, the cell, the key, and the item with the dimensions over it', () => {
    const body = 'cmd: x --task ${key} ${matrix} --at ${cell} --size ${item.size}\n    outs: ["o/${key}/${cell}"]';
    const { 'train@faces-VGG13-1': face, 'train@wild-0': wild, 'train@still': still } = commands(files(body));
    assert.equal(face, 'x --task faces --net VGG13 --fold 1 --at VGG13-1 --size 48');
    assert.equal(wild, 'x --task wild --repeat 0 --at 0 --size 32');
    assert.equal(still, "x --task still  --at '' --size 16");
    const pipeline = load(files(body));
    assert.deepEqual(
      ['train@faces-VGG13-1', 'train@still'].map((name) => instance(pipeline, name).outs[0]?.path),
      ['o/faces/VGG13-1', 'o/still'],
    );
  });

  it('lays a dimension over a key of the item of the same name', () => {
    const pipeline = load(text`
      stages:
        a:
          foreach: {k: {fold: [3, 4], other: 1}}
          matrix: {fold: "\${item.fold}"}
          cmd: x \${item.fold} \${item.other} \${matrix.fold}
    `);
    assert.deepEqual(
      Array.from(pipeline.instances.values(), ({ name, commands: [first] }) => [name, first]),
      [
        ['a@k-3', 'x 3 1 3'],
        ['a@k-4', 'x 4 1 4'],
      ],
    );
  });

  it('leaves an item that is no map what it is', () => {
    assert.deepEqual(
      commands('stages:\n  a: {foreach: [u, v], matrix: {i: [1, 2]}, cmd: "x ${item} ${matrix.i} ${cell}"}\n'),
      { 'a@u-1': 'x u 1 1', 'a@u-2': 'x u 2 2', 'a@v-1': 'x v 1 1', 'a@v-2': 'x v 2 2' },
    );
  });

  it('keeps the place of a run out of canonical text, in items as well as in dimensions', () => {
    const pipeline = load(text`
      vars: [{run: runs/here}]
      stages:
        a:
          foreach: {k: {root: "\${run}/in"}}
          matrix: {part: ["\${run}/b"]}
          cmd: x \${item.root} \${item.part} \${matrix.part}
          outs: ["\${item.root}", "\${matrix.part}"]
    `);
    const [{ commands: actual, canonicalCommands, outs } = assert.fail()] = [...pipeline.instances.values()];
    assert.deepEqual(actual, ['x runs/here/in runs/here/b runs/here/b']);
    assert.deepEqual(canonicalCommands, ['x ${run}/in ${run}/b ${run}/b']);
    assert.deepEqual(
      outs.map(({ canonical }) => canonical),
      ['${run}/in', '${run}/b'],
    );
  });

  it('has no instance for an item with an empty list, and none of it is missed', () => {
    const body = 'cmd: x\n    outs: ["o/${key}/${cell}"]\n  table: {cmd: y, deps: [{stage: "train@off-*"}]}';
    const pipeline = load(files(body));
    assert.deepEqual(pipeline.switchedOff, ['train@off']);
    assert.deepEqual(instance(pipeline, 'table').deps, []);
    assert.match(mistakes(files(body.replace('off-*', 'offal-*'))), /no stage or instance matches "train@offal-\*"/);
    assert.match(mistakes(files(body.replace('off-*', 'face-*'))), /no stage or instance matches "train@face-\*"/);
    const nothing = load('stages:\n  a: {foreach: {k: {l: []}}, matrix: {i: "${item.l}"}, cmd: x}\n');
    assert.deepEqual([nothing.instances.size, nothing.switchedOff], [0, ['a']]);
  });

  it('names nothing twice: keys and values that join to one name are a mistake', () => {
    reads(
      text`
        stages:
          a:
            foreach: {u: {l: [v-1]}, u-v: {l: [1]}}
            matrix: {i: "\${item.l}"}
            cmd: x
      `,
      text`
        pipeline.yaml:3:5  error: "a" has two instances named "a@u-v-1"
                foreach: {u: {l: [v-1]}, u-v: {l: [1]}}
                ~~~~~~~
          hint: a name joins the values by "-", with "_" for what cannot stand in the name of a file: values that differ only there need other texts
      `,
    );
  });

  it('says where a dimension is no list, and where the item has no such key', () => {
    reads(
      {
        'params.yaml': 'tasks: {a: {nets: AlexNet}, b: {net: [x]}}\n',
        'pipeline.yaml': 'stages:\n  t:\n    foreach: ${tasks}\n    matrix: {net: "${item.nets}"}\n    cmd: x\n',
      },
      text`
        pipeline.yaml:4:19  error: the matrix dimension "net" must be a list or null, and is a string
                matrix: {net: "\${item.nets}"}
                              ~~~~~~~~~~~~~~
          params.yaml:1:19  its value stands here
              tasks: {a: {nets: AlexNet}, b: {net: [x]}}
                                ~~~~~~~

        pipeline.yaml:4:20  error: there is no variable "item.nets"
                matrix: {net: "\${item.nets}"}
                               ~~~~~~~~~~~~
          hint: did you mean "item.net"?
      `,
    );
  });

  it('refuses null for a dimension of a matrix alone, as dvc does', () => {
    assert.match(
      mistakes({ 'params.yaml': 'n: null\n', 'pipeline.yaml': 'stages:\n  a: {matrix: {i: "${n}"}, cmd: x}\n' }),
      /the matrix dimension "i" must be a list, and is nothing/,
    );
  });

  it('refuses anything beside a "do" but its foreach, and says what to do', () => {
    reads(
      'stages:\n  a: {foreach: [1], do: {cmd: x}, matrix: {i: [1]}}\n  b: {do: {cmd: x}}\n',
      text`
        pipeline.yaml:2:35  error: unknown key "stages.a.matrix"
              a: {foreach: [1], do: {cmd: x}, matrix: {i: [1]}}
                                              ~~~~~~
          hint: beside "do" only "foreach" can stand: "matrix" belongs into "do", or all of "do" beside "foreach"

        pipeline.yaml:3:3  error: "stages.b" has no "foreach"
              b: {do: {cmd: x}}
              ~
      `,
    );
  });

  it('refuses more instances than can be kept in memory, counted over all items', () => {
    const list = `[${Array.from({ length: 400 }, (_, index) => index).join()}]`;
    assert.match(
      mistakes(`stages:\n  a: {foreach: ${list}, matrix: {i: ${list}}, cmd: x}\n`),
      /2:7 {2}error: "a" has more than 100000 instances; at most 100000 are planned/,
    );
  });

  it('lets the vars of a stage add neither to the item nor to the dimensions', () => {
    for (const name of ['item', 'matrix']) {
      assert.match(
        mistakes(`stages:\n  a: {foreach: {k: {z: 1}}, matrix: {i: [1]}, vars: [{${name}: {x: 1}}], cmd: x}\n`),
        new RegExp(`the variable "${name}" is defined twice`),
      );
    }
    // Elsewhere these are names like any other.
    assert.equal(
      instance(
        load('vars: [{matrix: {a: 1}, cell: 2}]\nstages:\n  a: {matrix: {i: [1]}, cmd: "x ${matrix} ${cell}"}\n'),
        'a@1',
      ).commands[0],
      'x --a 1 2',
    );
  });

  it('has as many instances as the products of the lists together, each with a name of its own', () => {
    const sizes = fc.array(fc.tuple(fc.option(fc.nat(3)), fc.option(fc.nat(3))), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, (items) => {
        const list = (size: number | null): string =>
          size === null ? 'null' : `[${Array.from({ length: size }, (_, at) => `v${at}`).join()}]`;
        const foreach = items.map(([a, b], at) => `k${at}: {a: ${list(a)}, b: ${list(b)}}`).join();
        const pipeline = load(
          `stages:\n  s: {foreach: {${foreach}}, matrix: {a: "\${item.a}", b: "\${item.b}"}, cmd: x}\n`,
        );
        const expected = items.reduce((sum, [a, b]) => sum + (a ?? 1) * (b ?? 1), 0);
        assert.equal(pipeline.instances.size, expected);
      }),
      { numRuns: 40 },
    );
  });
});
