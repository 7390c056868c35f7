import assert from 'node:assert/strict';
import { mistakes, reads, text } from './rig.ts';

/** A stage that reads what an item of params names. */
const READS_ITEM = (name: string): string =>
  `  ${name}:\n    foreach: \${tasks}\n    cmd: x\n    deps: ["made/\${item.pictures}"]\n    outs: ["${name}/\${key}"]\n`;

describe('mistakes in the graph of pipeline.yaml', () => {
  it('shows every edge of a cycle', () => {
    reads(
      text`
        stages:
          a: {cmd: x, deps: [c.txt], outs: [a.txt]}
          b: {cmd: x, deps: [a.txt], outs: [b.txt]}
          c: {cmd: x, deps: [b.txt], outs: [c.txt]}
          after: {cmd: x, deps: [a.txt]}
      `,
      text`
        pipeline.yaml:2:22  error: these stages wait for each other: a -> c -> b -> a
              a: {cmd: x, deps: [c.txt], outs: [a.txt]}
                                 ~~~~~
          pipeline.yaml:2:22  "a" reads "c.txt", which "c" makes
                a: {cmd: x, deps: [c.txt], outs: [a.txt]}
                                   ~~~~~
          pipeline.yaml:4:22  "c" reads "b.txt", which "b" makes
                c: {cmd: x, deps: [b.txt], outs: [c.txt]}
                                   ~~~~~
          pipeline.yaml:3:22  "b" reads "a.txt", which "a" makes
                b: {cmd: x, deps: [a.txt], outs: [b.txt]}
                                   ~~~~~
          hint: no order can run them; one of these dependencies must go
      `,
    );
  });

  it('reports a cycle of matrix stages once', () => {
    const report = mistakes(text`
      stages:
        a: {matrix: {i: [1, 2, 3]}, cmd: x, deps: ["b\${item.i}"], outs: ["a\${item.i}"]}
        b: {matrix: {i: [1, 2, 3]}, cmd: x, deps: ["a\${item.i}"], outs: ["b\${item.i}"]}
    `);
    assert.equal(report.match(/wait for each other/g)?.length, 1);
  });

  it('rejects a stage that reads what it makes', () => {
    assert.match(
      mistakes('stages:\n  a: {cmd: x, deps: [d], outs: [d/e]}\n'),
      /^pipeline\.yaml:2:22 {2}error: the stage depends on "d", which it makes itself\n/,
    );
  });

  it('shows both places of one output of two stages', () => {
    reads(
      text`
        stages:
          a: {cmd: x, outs: [same]}
          b: {cmd: x, metrics: [./same/]}
      `,
      text`
        pipeline.yaml:3:25  error: "a" and "b" both make the output "same"
              b: {cmd: x, metrics: [./same/]}
                                    ~~~~~~~
          pipeline.yaml:2:22  "a" makes "same" here
                a: {cmd: x, outs: [same]}
                                   ~~~~
      `,
    );
  });

  it('tells what to do when the instances of a matrix share an output', () => {
    assert.match(
      mistakes('stages:\n  a: {matrix: {i: [1, 2]}, cmd: x, outs: [same]}\n'),
      /"a@1" and "a@2" both make the output "same"[^]*hint: each instance needs an output of its own/,
    );
  });

  it('rejects an output inside another, whichever comes first', () => {
    reads(
      'stages:\n  a: {cmd: x, outs: [d]}\n  b: {cmd: x, outs: [d/e]}\n',
      text`
        pipeline.yaml:3:22  error: the output "d/e" of "b" lies inside "d" of "a"
              b: {cmd: x, outs: [d/e]}
                                 ~~~
          pipeline.yaml:2:22  "a" makes "d" here
                a: {cmd: x, outs: [d]}
                                   ~
          hint: an output belongs to one stage as a whole
      `,
    );
    reads(
      'stages:\n  a: {cmd: x, outs: [d/e]}\n  b: {cmd: x, outs: [d]}\n',
      text`
        pipeline.yaml:3:22  error: the output "d" of "b" contains "d/e" of "a"
              b: {cmd: x, outs: [d]}
                                 ~
          pipeline.yaml:2:22  "a" makes "d/e" here
                a: {cmd: x, outs: [d/e]}
                                   ~~~
          hint: an output belongs to one stage as a whole
      `,
    );
  });

  it('rejects outputs outside the project and the project itself', () => {
    const hint =
      'outputs are removed before a stage runs and restored from the store, so they must lie below the directory of pipeline.yaml';
    reads(
      {
        'sub/keep': '',
        'pipeline.yaml':
          'stages:\n  a: {cmd: x, outs: [../up, /abs, x/../.., .]}\n  b: {cmd: x, wdir: sub, outs: [../../up]}\n',
      },
      text`
        pipeline.yaml:2:22  error: the output "../up" lies outside the project
              a: {cmd: x, outs: [../up, /abs, x/../.., .]}
                                 ~~~~~
          hint: HINT

        pipeline.yaml:2:29  error: the output "/abs" lies outside the project
              a: {cmd: x, outs: [../up, /abs, x/../.., .]}
                                        ~~~~
          hint: HINT

        pipeline.yaml:2:35  error: the output ".." lies outside the project
              a: {cmd: x, outs: [../up, /abs, x/../.., .]}
                                              ~~~~~~~
          hint: HINT

        pipeline.yaml:2:44  error: the output "." is the project itself
              a: {cmd: x, outs: [../up, /abs, x/../.., .]}
                                                       ~
          hint: HINT

        pipeline.yaml:3:33  error: the output "../up" lies outside the project
              b: {cmd: x, wdir: sub, outs: [../../up]}
                                            ~~~~~~~~
          hint: HINT
      `.replaceAll('HINT', hint),
    );
  });

  it('reports a dep that does not exist and that no stage makes, with what was meant', () => {
    reads(
      'stages:\n  a: {cmd: x, outs: [data/clean]}\n  b: {cmd: x, deps: [data/claen]}\n',
      text`
        pipeline.yaml:3:22  error: "data/claen" does not exist, and no stage makes it
              b: {cmd: x, deps: [data/claen]}
                                 ~~~~~~~~~~
          hint: did you mean "data/clean"?
      `,
    );
  });

  it('rejects a working directory outside the project, and one that is neither there nor made by a stage', () => {
    reads(
      text`
        stages:
          a: {cmd: x, wdir: ../up}
          b: {cmd: x, wdir: missing}
          c: {cmd: x, outs: [made/file]}
          d: {cmd: x, wdir: made}
      `,
      text`
        pipeline.yaml:2:21  error: the working directory "../up" lies outside the project
              a: {cmd: x, wdir: ../up}
                                ~~~~~
      `,
    );
    reads(
      'stages:\n  b: {cmd: x, wdir: missing}\n  c: {cmd: x, outs: [made/file]}\n  d: {cmd: x, wdir: made}\n',
      text`
        pipeline.yaml:2:21  error: the working directory "missing" does not exist
              b: {cmd: x, wdir: missing}
                                ~~~~~~~
      `,
    );
  });

  it('finds mistakes of the graph beside those of other kinds, in the same stage, too', () => {
    reads(
      {
        'params.yaml': 'rate: 1\n',
        'pipeline.yaml': text`
          stages:
            a: {cmd: "x \${rat}", depz: [q], outs: [one]}
            b: {cmd: x, deps: [oen, three], outs: [one, two], frozen: 1}
            c: {cmd: "x \${rate}", deps: [two], params: [rats], outs: [three]}
        `,
      },
      text`
        pipeline.yaml:2:15  error: there is no variable "rat"
              a: {cmd: "x \${rat}", depz: [q], outs: [one]}
                          ~~~~~~
          hint: did you mean "rate"?

        pipeline.yaml:2:24  error: unknown key "stages.a.depz"
              a: {cmd: "x \${rat}", depz: [q], outs: [one]}
                                   ~~~~
          hint: did you mean "deps"?

        pipeline.yaml:3:27  error: these stages wait for each other: b -> c -> b
              b: {cmd: x, deps: [oen, three], outs: [one, two], frozen: 1}
                                      ~~~~~
          pipeline.yaml:3:27  "b" reads "three", which "c" makes
                b: {cmd: x, deps: [oen, three], outs: [one, two], frozen: 1}
                                        ~~~~~
          pipeline.yaml:4:32  "c" reads "two", which "b" makes
                c: {cmd: "x \${rate}", deps: [two], params: [rats], outs: [three]}
                                             ~~~
          hint: no order can run them; one of these dependencies must go

        pipeline.yaml:3:42  error: "a" and "b" both make the output "one"
              b: {cmd: x, deps: [oen, three], outs: [one, two], frozen: 1}
                                                     ~~~
          pipeline.yaml:2:42  "a" makes "one" here
                a: {cmd: "x \${rat}", depz: [q], outs: [one]}
                                                       ~~~

        pipeline.yaml:3:61  error: "stages.b.frozen" must be true or false, and is a number
              b: {cmd: x, deps: [oen, three], outs: [one, two], frozen: 1}
                                                                        ~

        pipeline.yaml:4:47  error: params have no key "rats"
              c: {cmd: "x \${rate}", deps: [two], params: [rats], outs: [three]}
                                                          ~~~~
          hint: did you mean "rate"?
      `,
    );
  });

  it('reports a missing dep although another stage has a mistake that does not touch what it makes', () => {
    const report = mistakes(text`
      stages:
        a: {cmd: "x \${nothing}", frozen: 1, outs: [made]}
        b: {cmd: x, deps: [made, maed]}
    `);
    assert.match(report, /there is no variable "nothing"/);
    assert.match(report, /pipeline\.yaml:3:28 {2}error: "maed" does not exist, and no stage makes it/);
    assert.equal(report.match(/error:/g)?.length, 3);
  });

  it('shows where the path of a missing dep was set', () => {
    reads(
      {
        'params.yaml': 'data: {path: /no/such/corpus}\n',
        'pipeline.yaml': 'vars: [{run: r}]\nstages:\n  a: {cmd: x, deps: ["${data.path}/x"]}\n',
      },
      text`
        pipeline.yaml:3:22  error: "/no/such/corpus/x" does not exist, and no stage makes it
              a: {cmd: x, deps: ["\${data.path}/x"]}
                                 ~~~~~~~~~~~~~~~~
          params.yaml:1:14  "data.path" is set here
              data: {path: /no/such/corpus}
                           ~~~~~~~~~~~~~~~
      `,
    );
  });

  it('blames the value of an item, once for all stages that read it', () => {
    reads(
      {
        'params.yaml': 'tasks:\n  faces: {pictures: faces}\n  micro: {pictures: mikro}\n',
        'pipeline.yaml': `stages:\n  make: {cmd: x, outs: [made/faces]}\n${READS_ITEM('train')}${READS_ITEM('eval')}`,
      },
      text`
        params.yaml:3:21  error: "made/mikro" does not exist, and no stage makes it (and 1 more like this from the same line)
              micro: {pictures: mikro}
                                ~~~~~
          pipeline.yaml:6:12  this template uses it
                  deps: ["made/\${item.pictures}"]
                         ~~~~~~~~~~~~~~~~~~~~~~~
      `,
    );
    reads(
      {
        'params.yaml': 'tasks:\n  micro: {pictures: mikro}\n',
        'pipeline.yaml': `stages:\n  make: {cmd: x, outs: [made/faces]}\n${READS_ITEM('train')}${READS_ITEM('eval')}`,
      },
      text`
        params.yaml:2:21  error: "made/mikro" does not exist, and no stage makes it (and 1 more like this from the same line)
              micro: {pictures: mikro}
                                ~~~~~
          pipeline.yaml:6:12  this template uses it
                  deps: ["made/\${item.pictures}"]
                         ~~~~~~~~~~~~~~~~~~~~~~~
      `,
    );
  });

  it('blames the line that misses something for every instance', () => {
    reads(
      {
        'params.yaml': 'tasks:\n  faces: {pictures: faces}\n  micro: {pictures: faces}\n',
        'pipeline.yaml': `stages:\n  make: {cmd: x, outs: [amde/faces]}\n${READS_ITEM('train')}`,
      },
      text`
        pipeline.yaml:6:12  error: "made/faces" does not exist, and no stage makes it (and 1 more like this from the same line)
                deps: ["made/\${item.pictures}"]
                       ~~~~~~~~~~~~~~~~~~~~~~~
          params.yaml:2:21  "item.pictures" is set here
                faces: {pictures: faces}
                                  ~~~~~
          hint: did you mean "amde/faces"?
      `,
    );
  });

  it('does not complain of missing deps when a stage that may make them could not be read', () => {
    const report = mistakes('stages:\n  a: {cmd: x, outs: ["${nothing}"]}\n  b: {cmd: x, deps: [made-by-a]}\n');
    assert.match(report, /there is no variable "nothing"/);
    assert.doesNotMatch(report, /made-by-a/);
  });

  it('reports a fan-in that matches nothing', () => {
    assert.match(
      mistakes('stages:\n  eval: {matrix: {i: [1]}, cmd: x}\n  t: {cmd: x, deps: [{stage: evl@*}]}\n'),
      /3:30 {2}error: no stage or instance matches "evl@\*"[^]*hint: did you mean "eval(@1)?"\?/,
    );
  });
});
