import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { DiagnosticList } from '../../../src/engine/yaml/diagnostics.ts';
import { toValue } from '../../../src/engine/yaml/node.ts';
import { pipelineSchema, pipelineSchemaText } from '../../../src/engine/schema/schema.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';
import { readYaml } from '../../../src/engine/yaml/yaml-reader.ts';
import { text } from '../graph/rig.ts';

function parse(yaml: string): Value {
  const node = readYaml('x.yaml', yaml, new DiagnosticList());
  assert.ok(node !== null && node !== 'empty');
  return toValue(node);
}

const EVERYTHING = text`
  vars: [params/default.yaml, {run: runs/x}]
  params: [params/demo.yaml]
  stages:
    a:
      cmd: [x, y]
      wdir: sub
      desc: words
      deps: [x, {stage: b@*}]
      params: [a.b, [c, d], {params.yaml: [c]}, {other.yaml:}]
      code: [x.ts]
      env: [MODE]
      outs: [x, {y: {cache: false, persist: true, push: false, remote: store}}]
      metrics: [m.json: {cache: false}]
      plots: [p.csv: {x: a, y: b}]
      matrix: {a: [1, {b: 2}], c: "\${list}"}
      frozen: false
      always_changed: true
      meta: {warm: true, only_if_needed: true, note: 1, resources: {cpus: "\${threads}", gpus: 1, memory: 8GB, pools: {disk: 2}}}
    b: {foreach: "\${list}", do: {cmd: x}}
    c: {foreach: {a: 1}, do: {cmd: x, matrix: {b: [1]}}}
    d: {foreach: [1], matrix: {b: [1]}, cmd: x, deps: {a: x, b: null, c: {stage: b}, d: {same: c}}}
    e: {cmd: x, deps: "\${list}"}
  extension: one
  metrics: [m]
  plots: {}
  artifacts: {}
`;

describe('the schema of pipeline.yaml', () => {
  it('is a valid JSON Schema that ajv compiles in strict mode', () => {
    new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false }).compile(
      pipelineSchema,
    );
  });

  it('accepts everything the runner understands', () => {
    const check = new Ajv2020({ strictTypes: false, allowUnionTypes: true }).compile(pipelineSchema);
    assert.equal(check(parse(EVERYTHING)), true, JSON.stringify(check.errors));
  });

  it('is the file that pipeline.yaml refers to, and that editors complete by', () => {
    const published = readFileSync('docs/schema/pipeline.schema.json', 'utf8');
    assert.equal(published, pipelineSchemaText(), 'write it anew: npm run schema');
    const [reference] = readFileSync('pipeline.yaml', 'utf8').split('\n', 1);
    assert.equal(reference, '# yaml-language-server: $schema=./docs/schema/pipeline.schema.json');
  });

  it('describes every key, and marks what dvc.yaml does not have', () => {
    const undescribed: string[] = [];
    const marked: string[] = [];
    const visit = (schema: Value, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [keyword, inner] of Object.entries(schema)) {
        if (keyword !== 'properties') visit(inner, Array.isArray(schema) ? path : path);
        else {
          for (const [key, property] of Object.entries(inner as Record<string, Value>)) {
            const { description } = property as { readonly description?: string };
            if (description === undefined) undescribed.push(`${path}${key}`);
            else if (/Additions? to dvc\.yaml/.test(description)) marked.push(key);
            visit(property, `${path}${key}.`);
          }
        }
      }
    };
    visit(pipelineSchema, '');
    assert.deepEqual(undescribed, []);
    const additions = [
      'cmd',
      'code',
      'cpus',
      'deps',
      'env',
      'extension',
      'foreach',
      'gpus',
      'matrix',
      'memory',
      'only_if_needed',
      'params',
      'pools',
      'reads_given_params',
      'resources',
      'same',
      'stage',
      'vars',
      'warm',
    ];
    assert.deepEqual([...new Set(marked)].sort(), additions);
  });

  it('is published as the text of a JSON file', () => {
    assert.deepEqual(JSON.parse(pipelineSchemaText()), pipelineSchema);
    assert.ok(pipelineSchemaText().endsWith('}\n'));
  });
});
