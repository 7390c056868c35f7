import assert from 'node:assert/strict';
import { mistakes, text } from './rig.ts';
import type { Files } from './rig.ts';

/** Exactly what the user reads. */
function reads(files: Files | string, expected: string, options: Parameters<typeof mistakes>[1] = {}): void {
  assert.equal(mistakes(files, options), expected.trimEnd());
}

describe('mistakes in pipeline.yaml', () => {
  it('reports YAML syntax where the parser stopped, and says what templates in flow lists need', () => {
    reads(
      text`
        stages:
          a:
            cmd: x
            outs: [\${run}/a]
      `,
      text`
        pipeline.yaml:4:13  error: not valid YAML: Missing , or : between flow sequence items
                outs: [\${run}/a]
                        ~
          hint: inside [...] and {...} a template needs quotes: "\${name}"
      `,
    );
  });

  it('shows both places of a duplicate key', () => {
    reads(
      'stages:\n  a:\n    cmd: x\n    cmd: y\n',
      text`
        pipeline.yaml:4:5  error: the key "cmd" is given twice
                cmd: y
                ~~~
          pipeline.yaml:3:5  first given here
                  cmd: x
                  ~~~
      `,
    );
  });

  it('names a merge conflict instead of the YAML errors it causes', () => {
    reads(
      'stages:\n  a:\n<<<<<<< HEAD\n    cmd: x\n=======\n    cmd: y\n>>>>>>> other\n',
      text`
        pipeline.yaml:3:1  error: a merge conflict was left in this file
            <<<<<<< HEAD
            ~~~~~~~~~~~~
          pipeline.yaml:5:1  theirs begins here
              =======
              ~~~~~~~
          pipeline.yaml:7:1  the conflict ends here
              >>>>>>> other
              ~~~~~~~~~~~~~
          hint: keep one side, delete the marker lines, then \`git add\` the file
      `.replaceAll('\\`', '`'),
    );
  });

  it('reports wrong types and unknown keys all together, with suggestions', () => {
    reads(
      text`
        stages:
          a:
            cmd: 3
            outputs: [x]
            dep: [x]
            frozen: yes
            outs: [{x: {cahce: false}}]
      `,
      text`
        pipeline.yaml:3:10  error: "stages.a.cmd" must be a string or a list, and is a number
                cmd: 3
                     ~

        pipeline.yaml:4:5  error: unknown key "stages.a.outputs"
                outputs: [x]
                ~~~~~~~
          hint: did you mean "outs"?

        pipeline.yaml:5:5  error: unknown key "stages.a.dep"
                dep: [x]
                ~~~
          hint: did you mean "deps"?

        pipeline.yaml:6:13  error: "stages.a.frozen" must be true or false, and is a string
                frozen: yes
                        ~~~
          hint: write true

        pipeline.yaml:7:17  error: unknown key "stages.a.outs[0].x.cahce"
                outs: [{x: {cahce: false}}]
                            ~~~~~
          hint: did you mean "cache"?
      `,
    );
  });

  it('underlines the very template whose variable is unknown, also in a folded command', () => {
    reads(
      {
        'params.yaml': 'train: {rates: {generator: 1}}\n',
        'pipeline.yaml': text`
          stages:
            a:
              cmd: >-
                run \${train.rates.generator}
                --lr \${train.rate.generator} \${HOME}
        `,
      },
      text`
        pipeline.yaml:5:12  error: there is no variable "train.rate.generator"
                  --lr \${train.rate.generator} \${HOME}
                       ~~~~~~~~~~~~~~~~~~~~~~~
          hint: did you mean "train.rates.generator"?

        pipeline.yaml:5:36  error: there is no variable "HOME"
                  --lr \${train.rate.generator} \${HOME}
                                               ~~~~~~~
          hint: for a variable of the shell write BACKSLASH\${...}
      `.replace('BACKSLASH', '\\'),
    );
  });

  it('counts a mistake once, however many instances share the line', () => {
    const report = mistakes('stages:\n  a:\n    matrix: {i: [1, 2, 3]}\n    cmd: echo ${item.j}\n');
    assert.equal(
      report,
      text`
        pipeline.yaml:4:15  error: there is no variable "item.j" (and 2 more like this from the same line)
                cmd: echo \${item.j}
                          ~~~~~~~~~
          hint: did you mean "item.i"?
      `.trimEnd(),
    );
  });

  it('rejects a matrix over a non-list, given here or behind a template, and an empty one', () => {
    reads(
      {
        'params.yaml': 'size: 3\nnone: []\n',
        'pipeline.yaml': text`
          stages:
            a:
              cmd: x
              matrix: {n: 3}
            b:
              cmd: x
              matrix: {n: "\${size}", m: "\${none}"}
            c:
              cmd: x
              matrix: {n: []}
        `,
      },
      text`
        pipeline.yaml:4:17  error: "stages.a.matrix.n" must be a list or a template such as \${name}, and is a number
                matrix: {n: 3}
                            ~

        pipeline.yaml:7:17  error: the matrix dimension "n" must be a list, and is a number
                matrix: {n: "\${size}", m: "\${none}"}
                            ~~~~~~~~~
          params.yaml:1:7  its value stands here
              size: 3
                    ~

        pipeline.yaml:7:31  error: the matrix dimension "m" is empty, so the stage would have no instance
                matrix: {n: "\${size}", m: "\${none}"}
                                          ~~~~~~~~~
          params.yaml:2:1  its value stands here
              none: []
              ~~~~

        pipeline.yaml:10:14  error: "stages.c.matrix.n" must not be empty
                matrix: {n: []}
                         ~
      `,
    );
  });

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

  it('rejects a foreach over what is no list or map, and an empty one', () => {
    reads(
      {
        'params.yaml': 'size: 3\nnone: {}\n',
        'pipeline.yaml': text`
          stages:
            a: {foreach: 3, do: {cmd: x}}
            b: {foreach: "\${size}", do: {cmd: x}}
            c: {foreach: "\${none}", do: {cmd: x}}
            d: {foreach: [], do: {cmd: x}}
        `,
      },
      text`
        pipeline.yaml:2:16  error: "stages.a.foreach" must be a list, a map or a template such as \${name}, and is a number
              a: {foreach: 3, do: {cmd: x}}
                           ~

        pipeline.yaml:3:16  error: "foreach" must be a list or a map, and is a number
              b: {foreach: "\${size}", do: {cmd: x}}
                           ~~~~~~~~~

        pipeline.yaml:4:16  error: "foreach" is empty, so the stage would have no instance
              c: {foreach: "\${none}", do: {cmd: x}}
                           ~~~~~~~~~

        pipeline.yaml:5:7  error: "stages.d.foreach" must not be empty
              d: {foreach: [], do: {cmd: x}}
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

  it('reports unknown keys and files in "params" of a stage', () => {
    reads(
      {
        'params.yaml': 'train: {rate: 1}\n',
        'pipeline.yaml': 'stages:\n  a: {cmd: x, params: [train.rat, {other.yaml: [x]}]}\n',
      },
      text`
        pipeline.yaml:2:24  error: params have no key "train.rat"
              a: {cmd: x, params: [train.rat, {other.yaml: [x]}]}
                                   ~~~~~~~~~
          hint: did you mean "train.rate"?

        pipeline.yaml:2:36  error: the params file other.yaml does not exist
              a: {cmd: x, params: [train.rat, {other.yaml: [x]}]}
                                               ~~~~~~~~~~
      `,
    );
  });

  it('reports a code file that does not exist', () => {
    assert.match(
      mistakes('stages:\n  a: {cmd: x, code: [no.ts]}\n'),
      /2:22 {2}error: the code file "no\.ts" does not exist/,
    );
  });

  it('reports a value that cannot stand inside text, and where it comes from', () => {
    assert.match(
      mistakes({
        'params.yaml': 'map: {a: 1}\nnone:\n',
        'pipeline.yaml': 'stages:\n  a: {cmd: "x \'${map}\' ${none}"}\n',
      }),
      /"map" is a map; inside text only[^]*params\.yaml:1:1 {2}its value stands here[^]*"none" is nothing \(null\)/,
    );
  });

  it('reports two instances of one name', () => {
    assert.match(
      mistakes('stages:\n  a: {matrix: {i: [a/b, a b]}, cmd: x}\n'),
      /2:16 {2}error: "a" has two instances named "a@a_b"/,
    );
  });

  it('refuses a matrix that could not be kept in memory', () => {
    const list = `[${Array.from({ length: 101 }, (_, index) => index).join()}]`;
    assert.match(
      mistakes(`stages:\n  a: {matrix: {i: ${list}, j: ${list}, k: ${list}}, cmd: x}\n`),
      /the matrix of "a" has 1030301 instances/,
    );
  });

  it('reports variables that are defined twice, reserved, or locations without text', () => {
    const report = mistakes({
      'params.yaml': 'item: 1\nname: 2\n',
      'pipeline.yaml': 'vars:\n  - name: 3\n  - run: 4\nstages: {}\n',
    });
    assert.match(report, /the variable "name" is defined twice[^]*params\.yaml:2:1 {2}first defined here/);
    assert.match(report, /params\.yaml:1:1 {2}error: "item" is the name of what a matrix/);
    assert.match(report, /"run" says where results go and must be text, and is a number/);
  });

  it('reports numbers that YAML would change silently', () => {
    const report = mistakes({
      'params.yaml': 'seed: 12345678901234567890\nlimit: .inf\n',
      'pipeline.yaml': 'stages: {}\n',
    });
    assert.match(report, /params\.yaml:1:7 {2}error: 12345678901234567890 is too large to be kept exactly/);
    assert.match(report, /params\.yaml:2:8 {2}error: \.inf is not a finite number/);
  });

  it('reports an anchor that contains itself', () => {
    assert.match(mistakes('stages: &a\n  x: *a\n'), /error: this anchor contains itself/);
  });

  it('tells a missing, an empty and a wrong file apart', () => {
    assert.match(mistakes({}), /^error: the pipeline file pipeline\.yaml does not exist$/);
    assert.match(mistakes('# nothing\n'), /^pipeline\.yaml:1:1 {2}error: pipeline\.yaml is empty/);
    assert.match(mistakes('- a\n'), /^pipeline\.yaml:1:1 {2}error: pipeline\.yaml must be a map .*, and is a list/);
    assert.match(mistakes('vars: []\n'), /^pipeline\.yaml:1:1 {2}error: pipeline\.yaml has no "stages"/);
    assert.match(mistakes({ 'pipeline.yaml/x': '' }), /is a directory; a file was expected/);
  });

  it('stops at a params file that cannot be read, without follow-ups', () => {
    assert.equal(
      mistakes('vars: [no.yaml]\nstages:\n  a: {cmd: "${train.x}"}\n'),
      text`
        pipeline.yaml:1:8  error: the params file no.yaml does not exist
            vars: [no.yaml]
                   ~~~~~~~
      `.trimEnd(),
    );
  });

  it('suggests quoting when a key is a map, as an unquoted template is', () => {
    assert.match(
      mistakes('stages:\n  a:\n    cmd: x\n    outs:\n      - {{x}: 1}\n'),
      /error: a key must be a word or a number/,
    );
  });
});
