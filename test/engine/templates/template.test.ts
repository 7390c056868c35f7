import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DiagnosticList } from '../../../src/engine/yaml/diagnostics.ts';
import { fromValue, mapOf, parsePath, pathText, toValue } from '../../../src/engine/yaml/node.ts';
import type { MapNode, ScalarNode } from '../../../src/engine/yaml/node.ts';
import { Scope } from '../../../src/engine/templates/scope.ts';
import { compileTemplate, resolveText, resolveTree, resolveValue } from '../../../src/engine/templates/template.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';

const PARAMS = fromValue(
  { a: 1, b: { c: 'text', list: [10, { d: true }] }, 'with-dash_1': 2, none: null, dollar: '${a}' },
  null,
) as MapNode;
const SCOPE = new Scope(
  new Map([
    ['run', fromValue('runs/x', null)],
    ['models', fromValue('runs/x/models', null)],
  ]),
  new Map([
    ['run', fromValue('${run}', null)],
    ['models', fromValue('${run}/models', null)],
  ]),
  Scope.ofParams(PARAMS),
);

function scalar(text: Value): ScalarNode {
  return fromValue(text, null) as ScalarNode;
}

function render(text: string): { text: string; canonical: string } | string {
  const diagnostics = new DiagnosticList();
  const result = resolveText(compileTemplate(scalar(text), diagnostics), SCOPE, diagnostics);
  const [first] = diagnostics.list();
  return first === undefined && result !== null ? result : (first?.message ?? 'null without a reason');
}

function value(text: Value): Value | undefined {
  const diagnostics = new DiagnosticList();
  const result = resolveValue(compileTemplate(scalar(text), diagnostics), SCOPE, diagnostics);
  return result === null ? undefined : toValue(result.actual);
}

describe('templates', () => {
  it('look up keys, nested keys and items of lists', () => {
    assert.deepEqual(render('${a}-${b.c}-${b.list[0]}-${b.list[1].d}-${ with-dash_1 }'), {
      text: '1-text-10-true-2',
      canonical: '1-text-10-true-2',
    });
  });

  it('keep the type of a value that is the whole text', () => {
    assert.equal(value('${a}'), 1);
    assert.deepEqual(value('${b.list}'), [10, { d: true }]);
    assert.equal(value('${none}'), null);
    assert.equal(value('${a} '), '1 ');
    assert.equal(value(3), 3);
  });

  it('leave escaped ones alone', () => {
    assert.equal((render('\\${a} ${a}') as { text: string }).text, '${a} 1');
    assert.equal((render('$a {a} $') as { text: string }).text, '$a {a} $');
  });

  it('do not look for templates in values', () => {
    assert.equal((render('${dollar}') as { text: string }).text, '${a}');
  });

  it('keep location variables in canonical text, also those behind other variables', () => {
    assert.deepEqual(render('${run}/${a} ${models}'), {
      text: 'runs/x/1 runs/x/models',
      canonical: '${run}/1 ${run}/models',
    });
  });

  it('cannot be mistaken for a location variable in canonical text', () => {
    const plain = render('\\${run}') as { canonical: string };
    const fromParams = render('${dollar}') as { canonical: string };
    assert.equal(plain.canonical, '\\${run}');
    assert.equal(fromParams.canonical, '\\${a}');
  });

  it('are refused when they are no path', () => {
    for (const text of [
      '${}',
      '${a: b}',
      '${a..b}',
      '${.a}',
      '${a.}',
      '${[0]}',
      '${a[]}',
      '${a[x}',
      '${a',
      '${a[0]b}',
      '${a.[0]}',
    ]) {
      assert.match(JSON.stringify(render(text)), /is not a template/, text);
    }
  });

  it('are resolved in every string of a tree, and only the parts with locations differ in the canonical one', () => {
    const diagnostics = new DiagnosticList();
    const tree = fromValue({ x: ['${a}', '${run}/y'], z: { k: '${b.c}!' } }, null);
    const result = resolveTree(tree, SCOPE, diagnostics);
    assert.ok(result);
    assert.deepEqual(toValue(result.actual), { x: [1, 'runs/x/y'], z: { k: 'text!' } });
    assert.deepEqual(toValue(result.canonical), { x: [1, '${run}/y'], z: { k: 'text!' } });
    const plain = resolveTree(fromValue(['${a}'], null), SCOPE, diagnostics);
    assert.equal(plain?.actual, plain?.canonical);
  });

  it('return any text without templates as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${'));
        assert.deepEqual(render(text), { text, canonical: text });
      }),
    );
  });

  it('return any text when its templates are escaped', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('${', '}', 'a', '.', ' ', '{', '$')), (pieces) => {
        const text = pieces.join('');
        const escaped = text.replaceAll('${', '\\${');
        assert.equal((render(escaped) as { text: string }).text, text);
      }),
    );
  });
});

describe('paths to values', () => {
  it('are read back from what is shown of them', () => {
    const step = fc.oneof(fc.stringMatching(/^[A-Za-z_][\w-]*$/), fc.nat(99));
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z_][\w-]*$/), fc.array(step), (first, rest) => {
        const path = [first, ...rest];
        assert.deepEqual(parsePath(pathText(path)), path);
      }),
    );
  });
});

describe('nodes', () => {
  it('keep keys that JavaScript reserves as ordinary keys', () => {
    const node = mapOf(new Map([['__proto__', scalar('x')]]), null);
    assert.deepEqual(Object.keys(toValue(node) as object), ['__proto__']);
    assert.equal(({} as { x?: unknown }).x, undefined);
  });
});
