import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonSchema } from '../../../src/engine/schema/schema.ts';
import { validate } from '../../../src/engine/schema/validate.ts';
import { DiagnosticList } from '../../../src/engine/yaml/diagnostics.ts';
import { fromValue } from '../../../src/engine/yaml/node.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';

function told(schema: JsonSchema, value: Value): readonly string[] {
  const diagnostics = new DiagnosticList();
  const at = { file: 'params.yaml', line: 1, column: 1, endColumn: 2 };
  validate(schema, fromValue(value, at), 'params', diagnostics);
  return diagnostics.list().map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
}

const word: JsonSchema = { type: 'string', minLength: 2 };
const rate: JsonSchema = { type: 'number', minimum: 3 };
const group: JsonSchema = { type: 'object', additionalProperties: false, properties: { rate } };

describe('a mistake against a schema', () => {
  const written: JsonSchema = { type: 'object', properties: { a: { anyOf: [word, rate, group] } } };
  const referred: JsonSchema = {
    type: 'object',
    properties: { a: { anyOf: ['word', 'rate', 'group'].map((name) => ({ $ref: `#/$defs/${name}` })) } },
    $defs: { word, rate, group },
  };

  it('is told of the alternative whose type fits, be it written there or referred to', () => {
    for (const schema of [written, referred]) {
      assert.deepEqual(told(schema, { a: 1 }), ['"a" must be at least 3, and is 1']);
      assert.deepEqual(told(schema, { a: 'x' }), ['"a" must have at least 2 characters, and is "x"']);
      assert.deepEqual(told(schema, { a: true }), ['"a" must be a string, a number or a map, and is true or false']);
      assert.deepEqual(told(schema, { a: { rat: 1 } }), ['unknown key "a.rat" (did you mean "rate"?)']);
      assert.deepEqual(told(schema, { a: 3 }), []);
    }
  });

  it('is told once behind a reference', () => {
    const schema: JsonSchema = {
      type: 'object',
      additionalProperties: { $ref: '#/$defs/group' },
      $defs: { group: { ...group, properties: { rate: { $ref: '#/$defs/rate' } } }, rate },
    };
    assert.deepEqual(told(schema, { one: { rate: 1 }, two: { rate: 'x' } }), [
      '"one.rate" must be at least 3, and is 1',
      '"two.rate" must be a number, and is a string',
    ]);
  });
});
