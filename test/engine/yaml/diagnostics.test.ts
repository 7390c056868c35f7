import assert from 'node:assert/strict';
import { DiagnosticList, PipelineError, renderDiagnostics } from '../../../src/engine/yaml/diagnostics.ts';
import type { Position } from '../../../src/engine/yaml/values.ts';

function at(line: number, column: number, endColumn: number, file = 'f.yaml'): Position {
  return { file, line, column, endColumn };
}

function render(source: string, position: Position | null, message = 'sentence'): string {
  return renderDiagnostics([{ message, at: position, related: [] }], { color: false, readSource: () => source });
}

describe('rendering of mistakes', () => {
  it('does without a place and without a source', () => {
    assert.equal(render('', null), 'error: sentence');
    const gone = { color: false, readSource: () => null };
    assert.equal(renderDiagnostics([{ message: 'm', at: at(1, 2, 3), related: [] }], gone), 'f.yaml:1:2  error: m');
    assert.equal(render('one line', at(5, 1, 2)), 'f.yaml:5:1  error: sentence');
  });

  it('keeps the marks under the culprit behind tabs and wide characters', () => {
    assert.equal(render('\tkey: x', at(1, 7, 8)), 'f.yaml:1:7  error: sentence\n    \tkey: x\n    \t     ~');
    assert.equal(render('表: 值 x', at(1, 4, 5)), 'f.yaml:1:4  error: sentence\n    表: 值 x\n        ~~');
  });

  it('marks one place when the range is empty or at the end of the line', () => {
    assert.equal(render('abc', at(1, 4, 4)).split('\n')[2], '       ~');
  });

  it('cuts very long lines around the culprit', () => {
    const [, line = '', marks = ''] = render(`${'a'.repeat(5000)}BAD${'b'.repeat(5000)}`, at(1, 5001, 5004)).split(
      '\n',
    );
    assert.ok(line.length < 200);
    assert.equal(line.slice(marks.indexOf('~'), marks.lastIndexOf('~') + 1), 'BAD');
  });

  it('lets no control character of a file or a value reach the terminal', () => {
    const shown = render('a\u001b[31m\u0007b', at(1, 1, 2), 'value \u001b]0;x\u0007');
    assert.ok(!/\p{Cc}/u.test(shown.replaceAll('\n', '')));
  });

  it('uses colours only when asked to', () => {
    const diagnostics = [{ message: 'm', at: at(1, 1, 2), related: [{ message: 'r', at: null }], hint: 'h' }];
    const readSource = (): string => 'x';
    assert.ok(renderDiagnostics(diagnostics, { color: true, readSource }).includes('\u001b['));
    assert.ok(!renderDiagnostics(diagnostics, { color: false, readSource }).includes('\u001b['));
  });
});

describe('the list of mistakes', () => {
  it('is sorted by place, those of the command line last', () => {
    const list = new DiagnosticList();
    list.add('k', null, 'no place');
    list.add('k', at(2, 1, 2), 'second line');
    list.add('k', at(1, 9, 10), 'first line, later');
    list.add('k', at(1, 3, 4), 'first line');
    list.add('k', at(9, 1, 2, 'a.yaml'), 'other file');
    assert.deepEqual(
      list.list().map(({ message }) => message),
      ['other file', 'first line', 'first line, later', 'second line', 'no place'],
    );
  });

  it('keeps different mistakes at one place and counts equal ones', () => {
    const list = new DiagnosticList();
    list.add('one', at(1, 1, 2), 'a');
    list.add('one', at(1, 1, 2), 'b');
    list.add('two', at(1, 1, 2), 'c');
    assert.deepEqual(
      list.list().map(({ message }) => message),
      ['a (and 1 more like this from the same line)', 'c'],
    );
    assert.equal(list.total, 3);
  });

  it('does not look further at a place whose form is wrong', () => {
    const list = new DiagnosticList();
    list.add('schema type', at(1, 1, 2), 'wrong form');
    list.add('path', at(1, 1, 2), 'follows from it');
    assert.deepEqual(
      list.list().map(({ message }) => message),
      ['wrong form'],
    );
    assert.equal(list.total, 2);
  });

  it('throws when it holds something, and only then', () => {
    const list = new DiagnosticList();
    list.throwIfAny();
    list.add('k', null, 'm');
    assert.throws(() => list.throwIfAny(), PipelineError);
  });
});
