import assert from 'node:assert/strict';
import { instance, load, reads, text } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';

function keys(files: Files, name: string, set: readonly string[] = []): readonly string[] {
  return instance(load(files, { set }), name).params.map(({ key, value }) => `${key}=${JSON.stringify(value)}`);
}

describe('a list inside params', () => {
  it('counts as its items, whether it stands there or a template brings it', () => {
    const files: Files = {
      'params.yaml': 'seed: 1\nsynthesize: {frames: 8, difficulty: 2, ck: {n: 3}}\nshared: [seed, synthesize.ck]\n',
      'pipeline.yaml': text`
        stages:
          draw:
            foreach: {ck: [synthesize.frames, synthesize.difficulty], wild: []}
            cmd: x
            params: [seed, "\${item}"]
          all: {cmd: x, params: [[seed, synthesize.frames], "\${shared}"]}
      `,
    };
    assert.deepEqual(keys(files, 'draw@ck'), ['seed=1', 'synthesize.frames=8', 'synthesize.difficulty=2']);
    assert.deepEqual(keys(files, 'draw@wild'), ['seed=1']);
    assert.deepEqual(keys(files, 'all'), ['seed=1', 'synthesize.frames=8', 'seed=1', 'synthesize.ck={"n":3}']);
    assert.deepEqual(keys(files, 'draw@ck', ['synthesize.frames=9'])[1], 'synthesize.frames=9');
  });

  it('may name keys of another file', () => {
    const files: Files = {
      'params.yaml': 'keys: [a, b.c]\n',
      'other.yaml': 'a: 1\nb: {c: 2}\nd: 3\n',
      'pipeline.yaml': 'stages:\n  s: {cmd: x, params: [{other.yaml: ["${keys}", d]}]}\n',
    };
    assert.deepEqual(keys(files, 's'), ['other.yaml:a=1', 'other.yaml:b.c=2', 'other.yaml:d=3']);
  });

  it('is told where a key of it is wrong', () => {
    reads(
      {
        'params.yaml': 'seed: 1\nkeys: [sed, {seed: 1}]\n',
        'pipeline.yaml': 'stages:\n  s: {cmd: x, params: ["${keys}", "${kes}"]}\n',
      },
      text`
        params.yaml:2:8  error: params have no key "sed"
            keys: [sed, {seed: 1}]
                   ~~~
          hint: did you mean "seed"?

        pipeline.yaml:2:24  error: a list of keys of params must hold texts, and holds a map
              s: {cmd: x, params: ["\${keys}", "\${kes}"]}
                                   ~~~~~~~~~
          params.yaml:2:13  it stands here
              keys: [sed, {seed: 1}]
                          ~~~~~~~~~

        pipeline.yaml:2:36  error: there is no variable "kes"
              s: {cmd: x, params: ["\${keys}", "\${kes}"]}
                                               ~~~~~~
          hint: did you mean "keys"?
      `,
    );
  });
});
