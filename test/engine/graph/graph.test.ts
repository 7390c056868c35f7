import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OutputIndex } from '../../../src/engine/graph/output-index.ts';
import { topologicalOrder } from '../../../src/base/topological-order.ts';
import { instance, load, mistakes } from './rig.ts';

/** Predecessor lists of a graph without cycles: everything only looks back in a shuffled order. */
const acyclic = fc
  .integer({ min: 0, max: 40 })
  .chain((size) =>
    fc.record({
      labels: fc.shuffledSubarray(
        Array.from({ length: size }, (_, index) => index),
        { minLength: size, maxLength: size },
      ),
      edges: fc.array(fc.tuple(fc.nat(Math.max(size - 1, 0)), fc.nat(Math.max(size - 1, 0))), { maxLength: size * 2 }),
    }),
  )
  .map(({ labels, edges }) => {
    const sets = labels.map(() => new Set<number>());
    for (const [from, to] of edges) if (from < to) sets[labels[to]!]!.add(labels[from]!);
    return sets.map((set) => [...set]);
  });

describe('topological order', () => {
  it('holds everything once, each after what it waits for', () => {
    fc.assert(
      fc.property(acyclic, (predecessors) => {
        const order = topologicalOrder(predecessors);
        const place = new Map(order.map((node, index) => [node, index]));
        assert.equal(place.size, predecessors.length);
        predecessors.forEach((list, node) =>
          list.forEach((before) => assert.ok(place.get(before)! < place.get(node)!)),
        );
      }),
    );
  });

  it('is the smallest of all such orders, so the order of the file wherever there is a choice', () => {
    fc.assert(
      fc.property(acyclic, (predecessors) => {
        const done = new Set<number>();
        const slow: number[] = [];
        while (slow.length < predecessors.length) {
          const next = predecessors.findIndex(
            (list, node) => !done.has(node) && list.every((before) => done.has(before)),
          );
          done.add(next);
          slow.push(next);
        }
        assert.deepEqual(topologicalOrder(predecessors), slow);
      }),
    );
  });

  it('leaves out what lies on a cycle or behind one', () => {
    assert.deepEqual(topologicalOrder([[], [2], [1], [2], [0]]), [0, 4]);
  });
});

describe('the index of outputs', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('/'));

  it('finds the same owners as a comparison with every output, and refuses the same collisions', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 12 }), path, (outputs, dep) => {
        const index = new OutputIndex();
        const kept: string[] = [];
        for (const output of outputs) {
          const conflict = index.add(output, { instance: kept.length, output: 0 });
          const collides = kept.some(
            (one) => one === output || one.startsWith(`${output}/`) || output.startsWith(`${one}/`),
          );
          assert.equal(conflict !== null, collides);
          if (conflict === null) kept.push(output);
          else {
            const other = kept[conflict.other.instance]!;
            if (conflict.kind === 'same') assert.equal(other, output);
            if (conflict.kind === 'inside') assert.ok(output.startsWith(`${other}/`));
            if (conflict.kind === 'around') assert.ok(other.startsWith(`${output}/`));
          }
        }
        const expected = kept.flatMap((one, instance) =>
          one === dep || one.startsWith(`${dep}/`) || dep.startsWith(`${one}/`) ? [instance] : [],
        );
        assert.deepEqual(
          Array.from(index.owners(dep), ({ instance }) => instance).sort((a, b) => a - b),
          expected,
        );
        assert.equal([...index.owners('.')].length, kept.length);
      }),
    );
  });
});

describe('edges', () => {
  it('join a dep inside an output, and a dep directory that holds outputs', () => {
    const { upstream } = load(
      [
        'stages:',
        '  all: {cmd: x, deps: [out]}',
        '  inside: {cmd: x, deps: [out/a/deep/file.txt]}',
        '  a: {cmd: x, outs: [out/a]}',
        '  b: {cmd: x, outs: [out/b/c]}',
      ].join('\n'),
    );
    assert.deepEqual(upstream.get('all' as never), ['a', 'b']);
    assert.deepEqual(upstream.get('inside' as never), ['a']);
  });

  it('do not join names that only begin alike', () => {
    const { upstream } = load({
      'pipeline.yaml': 'stages:\n  a: {cmd: x, outs: [out]}\n  b: {cmd: x, deps: [output]}\n',
      output: '',
    });
    assert.deepEqual(upstream.get('b' as never), []);
  });

  it('put stages into an order that they can run in, whatever the order of the file', () => {
    const { instances } = load(
      'stages:\n  c: {cmd: x, deps: [b]}\n  z: {cmd: x}\n  b: {cmd: x, deps: [a], outs: [b]}\n  a: {cmd: x, outs: [a]}\n',
    );
    assert.deepEqual([...instances.keys()], ['z', 'a', 'b', 'c']);
  });
});

describe('a package in deps', () => {
  const manifest = 'node_modules/@scope/drawings.js/package.json';
  const files = (dep: string) => ({
    [manifest]: '{}',
    'sub/x': '',
    'params.yaml': `root: ${dep}\n`,
    'pipeline.yaml': 'vars: [params.yaml]\nstages:\n  a: {cmd: x, wdir: sub, deps: ["${root}"]}\n',
  });

  it('is its package.json below the project, whatever the working directory and wherever the name comes from', () => {
    const { deps } = instance(load(files('npm:@scope/drawings.js')), 'a');
    assert.deepEqual(
      deps.map(({ path, canonical }) => [path, canonical]),
      [[manifest, manifest]],
    );
  });

  it('leaves other paths as they are', () => {
    assert.deepEqual(
      instance(load(files('x')), 'a').deps.map(({ path }) => path),
      ['sub/x'],
    );
    assert.match(mistakes(files('npm:../x')), /"sub\/npm:\.\.\/x" does not exist/);
  });

  it('that is not installed is a mistake, with what to do', () => {
    const report = mistakes(files('npm:nothing'));
    assert.match(report, /"node_modules\/nothing\/package\.json" does not exist, and no stage makes it/);
    assert.match(report, /npm ci/);
    assert.match(report, /params\.yaml:1:7 {2}"root" is set here/);
  });
});
