import assert from 'node:assert/strict';
import { mistakes, reads, text } from './rig.ts';

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
        'params.yaml': 'size: 3\n',
        'pipeline.yaml': text`
          stages:
            a:
              cmd: x
              matrix: {n: 3}
            b:
              cmd: x
              matrix: {n: "\${size}"}
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
                matrix: {n: "\${size}"}
                            ~~~~~~~~~
          params.yaml:1:7  its value stands here
              size: 3
                    ~

        pipeline.yaml:10:14  error: "stages.c.matrix.n" must not be empty
                matrix: {n: []}
                         ~
      `,
    );
  });

  it('rejects a foreach over what is no list or map', () => {
    reads(
      {
        'params.yaml': 'size: 3\n',
        'pipeline.yaml': text`
          stages:
            a: {foreach: 3, do: {cmd: x}}
            b: {foreach: "\${size}", do: {cmd: x}}
        `,
      },
      text`
        pipeline.yaml:2:16  error: "stages.a.foreach" must be a list, a map or a template such as \${name}, and is a number
              a: {foreach: 3, do: {cmd: x}}
                           ~

        pipeline.yaml:3:16  error: "foreach" must be a list or a map, and is a number
              b: {foreach: "\${size}", do: {cmd: x}}
                           ~~~~~~~~~
      `,
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

  it('reports variables that are defined twice', () => {
    const report = mistakes({
      'params.yaml': 'item: 1\nname: 2\n',
      'pipeline.yaml': 'vars:\n  - name: 3\nstages: {}\n',
    });
    assert.match(report, /the variable "name" is defined twice[^]*params\.yaml:2:1 {2}first defined here/);
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

  it('names a NUL wherever it stands, and says no more than that', () => {
    for (const [stage, what] of [
      [String.raw`{ cmd: "echo a\0b", outs: [o] }`, 'command'],
      [String.raw`{ cmd: [x, "\0"], outs: [o] }`, 'command'],
      [String.raw`{ cmd: "echo ${'$'}{raw:nul}", outs: [o] }`, 'command'],
      [String.raw`{ cmd: x, outs: ["o\0"] }`, 'path'],
      [String.raw`{ cmd: x, deps: ["d\0x"], outs: [o] }`, 'path'],
      [String.raw`{ cmd: x, code: ["d\0x"], outs: [o] }`, 'path'],
      [String.raw`{ cmd: x, wdir: "w\0x", outs: [o] }`, 'path'],
    ] as const) {
      const report = mistakes(`vars: [{ nul: "a\\0b" }]\nstages:\n  s: ${stage}\n`);
      assert.match(
        report,
        new RegExp(`^pipeline\\.yaml:3:\\d+ {2}error: a ${what} cannot hold a NUL character \\("\\\\0"\\)\n`),
      );
      assert.equal(report.match(/error:/g)?.length, 1, report);
    }
  });

  it('suggests quoting when a key is a map, as an unquoted template is', () => {
    assert.match(
      mistakes('stages:\n  a:\n    cmd: x\n    outs:\n      - {{x}: 1}\n'),
      /error: a key must be a word or a number/,
    );
  });
});
