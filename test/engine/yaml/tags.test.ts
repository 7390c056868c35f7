import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DiagnosticList } from '../../../src/engine/yaml/diagnostics.ts';
import { toValue } from '../../../src/engine/yaml/node.ts';
import { readYaml } from '../../../src/engine/yaml/yaml-reader.ts';
import { mistakes } from '../graph/rig.ts';

describe('a YAML tag', () => {
  for (const value of [
    '!!binary ZWNobw==',
    '!!timestamp 2001-01-01',
    '!!omap [a: 1]',
    '!!pairs [a: 1]',
    '!!set {a}',
    '[1, !!binary ZWNobw==]',
    '{a: {b: !!binary ZWNobw==}}',
    '&anchor !!binary ZWNobw==',
  ]) {
    it(`whose values are neither text nor numbers is refused: ${value}`, () => {
      const text = mistakes({
        'params.yaml': `y: 1\nx: ${value}\n`,
        'pipeline.yaml': 'vars: [params.yaml]\nstages: { s: { cmd: "true", params: [x], outs: [o] } }\n',
      });
      const [, tag] = /(!!\w+)/.exec(value) ?? [];
      assert.match(
        text,
        new RegExp(
          `^params\\.yaml:2:\\d+ {2}error: a value cannot have the tag "${String(tag)}"\\n[^]*hint: a value is text, a number, `,
        ),
      );
      assert.equal(text.match(/error:/g)?.length, 1);
    });
  }

  it('is refused in the place of a key as well', () => {
    const text = mistakes({
      'params.yaml': 'x:\n  !!binary ZWNobw==: 1\n',
      'pipeline.yaml': 'vars: [params.yaml]\nstages: { s: { cmd: "true", params: [x], outs: [o] } }\n',
    });
    assert.match(text, /^params\.yaml:2:12 {2}error: a value cannot have the tag "!!binary"/);
  });

  it('that says what the value is anyway changes nothing but that', () => {
    const diagnostics = new DiagnosticList();
    const text = 'a: !!str 5\nb: !!int "5"\nc: !!bool true\nd: !!null ""\ne: !!seq [1]\nf: !!map {g: 1}\nh: ! 7\n';
    const node = readYaml('f.yaml', text, diagnostics);
    assert.deepEqual(diagnostics.list(), []);
    assert.ok(node !== null && node !== 'empty');
    assert.deepEqual(toValue(node), { a: '5', b: 5, c: true, d: null, e: [1], f: { g: 1 }, h: '7' });
  });
});
