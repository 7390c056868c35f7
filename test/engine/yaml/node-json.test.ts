import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { DiagnosticList } from '../../../src/engine/yaml/diagnostics.ts';
import { decodeNode, encodeNode } from '../../../src/engine/yaml/node-json.ts';
import { find, type Node } from '../../../src/engine/yaml/node.ts';
import { SourceFile } from '../../../src/engine/yaml/source-file.ts';
import { readYaml } from '../../../src/engine/yaml/yaml-reader.ts';
import { copyFormat } from '../../../src/engine/store/text-copies.ts';

function parse(text: string): Node {
  const diagnostics = new DiagnosticList();
  const node = readYaml('file.yaml', text, diagnostics);
  assert.deepEqual(diagnostics.list(), []);
  assert.ok(node !== null && node !== 'empty');
  return node;
}

function copied(text: string): Node {
  return decodeNode(encodeNode(parse(text)), new SourceFile('file.yaml', text));
}

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(-0), fc.constant(1e300));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'))),
}));

describe('the copy of a parsed document', () => {
  it('is equal to the document, with every place and origin', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), tree, { minKeys: 1 }), (value) => {
        const text = stringify(value);
        const diagnostics = new DiagnosticList();
        const node = readYaml('file.yaml', text, diagnostics);
        fc.pre(node !== null && node !== 'empty');
        assert.deepEqual(decodeNode(encodeNode(node), new SourceFile('file.yaml', text)), node);
      }),
    );
  });

  it('keeps what an alias shares, and the place that a key and its list share', () => {
    const text = 'base: &base {rate: 1}\nother: *base\nlist:\n  - a\nempty:\nmerged: {<<: *base, more: 2}\n';
    const copy = copied(text);
    const [base, other, list] = ['base', 'other', 'list'].map((key) => {
      const found = find(copy, [key]);
      assert.ok(found.found);
      return found;
    });
    assert.equal(base?.node, other?.node);
    assert.equal(list?.node.at, list?.entry?.keyAt);
    assert.deepEqual(copy, parse(text));
  });

  it('does not grow with what aliases multiply', () => {
    const levels = Array.from({ length: 40 }, (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]\n`);
    const text = `l0: &l0 [x]\n${levels.join('')}`;
    assert.ok(encodeNode(parse(text)).length < 20_000);
  });

  it('is read again when the yaml package has changed', () => {
    const { version } = createRequire(import.meta.url)('yaml/package.json') as { version: string };
    assert.equal(copyFormat.split('yaml-')[1], version.split('.').slice(0, 2).join('.'));
  });
});
