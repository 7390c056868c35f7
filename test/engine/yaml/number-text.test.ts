import assert from 'node:assert/strict';
import fc from 'fast-check';
import { floatText } from '../../../src/engine/yaml/number-text.ts';
import { encodeNode, decodeNode } from '../../../src/engine/yaml/node-json.ts';
import { SourceFile } from '../../../src/engine/yaml/source-file.ts';
import { DiagnosticList } from '../../../src/engine/yaml/diagnostics.ts';
import { readYaml } from '../../../src/engine/yaml/yaml-reader.ts';
import { instance, load, mistakes } from '../graph/rig.ts';

/** A number of params as it stands in a command. */
function inCommand(written: string, set: readonly string[] = []): string | undefined {
  const files = { 'params.yaml': `x: ${written}\n`, 'pipeline.yaml': 'stages:\n  a: {cmd: "echo ${x}"}\n' };
  return instance(load(files, { set }), 'a').commands[0]?.slice('echo '.length);
}

describe('a number of params in text', () => {
  it('is what DVC makes of it: the str of Python, after YAML 1.2', () => {
    const cases: readonly (readonly [written: string, text: string])[] = [
      ['1.0', '1.0'],
      ['1.', '1.0'],
      ['.5', '0.5'],
      ['-.5', '-0.5'],
      ['-0.0', '-0.0'],
      ['3e4', '30000.0'],
      ['1E5', '100000.0'],
      ['1e-7', '1e-07'],
      ['1.0e-7', '1e-07'],
      ['0.0001', '0.0001'],
      ['0.00001', '1e-05'],
      ['1e16', '1e+16'],
      ['123456789012345.0', '123456789012345.0'],
      ['123456789012345678.0', '1.2345678901234568e+17'],
      ['1.5e300', '1.5e+300'],
      ['0.1', '0.1'],
      ['007', '7'],
      ['0x10', '16'],
      ['0x1e', '30'],
      ['0o7', '7'],
      ['+1', '1'],
      ['-0', '0'],
      ['9007199254740991', '9007199254740991'],
    ];
    for (const [written, text] of cases) assert.equal(inCommand(written), text, written);
  });

  it('is the text of YAML 1.2 where DVC knows more numbers than that', () => {
    assert.deepEqual(
      ['1_000', '0b11'].map((written) => inCommand(written)),
      ['1_000', '0b11'],
    );
  });

  it('is a mistake where it could not be kept exactly', () => {
    const files = { 'pipeline.yaml': 'stages: {}\n' };
    for (const written of ['12345678901234567890', '0xFFFFFFFFFFFFFFFF']) {
      assert.match(
        mistakes({ ...files, 'params.yaml': `x: ${written}\n` }),
        /params.yaml:1:4 {2}error: \S+ is too large to be kept exactly/,
      );
    }
  });

  it('keeps its form on the command line', () => {
    assert.deepEqual(
      ['x=1.0', 'x=1', 'x=3e4', 'x=1e-7'].map((setting) => inCommand('0.5', [setting])),
      ['1.0', '1', '30000.0', '1e-07'],
    );
  });

  it('names instances, paths and options by that text', () => {
    const pipeline = load({
      'params.yaml': 'versions: [1.0, 2, 1e-7]\nopts: {rate: 1.0, list: [1.0, 2]}\nby: {1.0: {x: a}, 2: {x: b}}\n',
      'pipeline.yaml': [
        'stages:',
        '  m: {matrix: {v: "${versions}"}, cmd: "x ${item.v}", outs: ["models/v${item.v}"]}',
        '  f: {foreach: "${versions}", do: {cmd: "x ${item}"}}',
        '  k: {foreach: "${by}", do: {cmd: "x ${key} ${item.x}"}}',
        '  o: {cmd: "x ${opts}"}',
        '',
      ].join('\n'),
    });
    assert.deepEqual(
      Array.from(pipeline.instances.values(), ({ name, commands, outs }) => [name, commands[0], outs[0]?.path]),
      [
        ['m@1.0', 'x 1.0', 'models/v1.0'],
        ['m@2', 'x 2', 'models/v2'],
        ['m@1e-07', 'x 1e-07', 'models/v1e-07'],
        ['f@1.0', 'x 1.0', undefined],
        ['f@2', 'x 2', undefined],
        ['f@1e-07', 'x 1e-07', undefined],
        ['k@1.0', 'x 1.0 a', undefined],
        ['k@2', 'x 2 b', undefined],
        ['o', 'x --rate 1.0 --list 1.0 2', undefined],
      ],
    );
  });

  it('has the same form when the parsed file is read from its copy', () => {
    const text = 'a: 1.0\n2.0: [3e4, 1, 1.5, 0x1e, "1.0"]\n';
    const node = readYaml('p.yaml', text, new DiagnosticList());
    assert.ok(node !== null && node !== 'empty');
    assert.deepEqual(decodeNode(encodeNode(node), new SourceFile('p.yaml', text)), node);
  });
});

describe('a float as text', () => {
  it('is read back as the same number, with a point or an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = floatText(value);
        assert.ok(Object.is(Number(text), value), text);
        assert.match(text, /^-?(?:\d+\.\d+|\d(?:\.\d+)?e[-+]\d{2,})$/);
      }),
    );
  });
});
