import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { paramsOf } from '../../../src/params/access/params-of.ts';
import { ParamsError } from '../../../src/params/access/params-error.ts';
import type { Params } from '../../../src/params/params.ts';
import { contextOf } from '../support/context-of.ts';
import { defaultParams } from '../../../bench/support/default-params.ts';

const document = defaultParams();
const declared = (...keys: readonly string[]): Params => paramsOf(contextOf(document, keys));

describe('the params of a stage', () => {
  it('are those that it declares, as a whole or in part', () => {
    const params = declared('seed', 'data', 'training.model', 'training.train.schedule');
    assert.equal(params.seed, 2022);
    assert.deepEqual(params.data, document.data);
    assert.equal(params.training.model.init.kind, 'he');
    assert.equal(params.training.train.schedule.at, document.training.train.schedule.at);
  });

  it('throw one clear message when the stage reads another, at any depth', () => {
    const params = declared('seed', 'training.model', 'training.train.schedule', 'tasks.faces.training');
    const refused = (read: () => unknown, key: string): void =>
      assert.throws(read, (error: Error) => {
        assert.ok(error instanceof ParamsError && error.forUser);
        const says = `train: reads ${key}, which its params in pipeline.yaml do not name. `;
        assert.equal(error.message, `${says}Add ${key} there, so that a change of it runs the stage again.`);
        return true;
      });
    refused(() => params.backend, 'backend');
    refused(() => params.training.optimizer, 'training.optimizer');
    refused(() => params.training.train.batch, 'training.train.batch');
    refused(() => params.tasks['faces']?.methods, 'tasks.faces.methods');
    refused(() => params.tasks['wild'], 'tasks.wild');
  });

  it('do not know what a declared part may leave out', () => {
    const { corpora } = declared('corpora');
    assert.equal(corpora['lsemsw']?.crop.margin, undefined);
    assert.equal(declared('tasks.faces.training').tasks['faces']?.training.model, undefined);
  });

  it('are plain data to whatever spreads, lists, compares or prints them', async () => {
    const params = declared('seed', 'training.logEvery', 'training.augment');
    const plain = { seed: 2022, training: { logEvery: 10, augment: { flip: true } } };
    assert.deepEqual({ ...params }, plain);
    assert.deepEqual({ ...params.training }, plain.training);
    assert.equal(JSON.stringify(params), JSON.stringify(plain));
    assert.equal(inspect(params), inspect(plain));
    assert.deepEqual(Object.keys(params.training), ['logEvery', 'augment']);
    assert.equal('model' in params.training, false);
    assert.equal(await Promise.resolve(params), params);
  });

  it('give every declared value and show nothing else, whatever is declared', () => {
    const keys = keysBelow(document);
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 8 }), (chosen) => {
        const context = contextOf(document, chosen);
        const params = paramsOf(context);
        assert.equal(JSON.stringify(params), JSON.stringify(context.params()));
        for (const key of keys) {
          const isDeclared = chosen.some((one) => key === one || key.startsWith(`${one}.`));
          const isAbove = chosen.some((one) => one.startsWith(`${key}.`));
          if (isDeclared) assert.deepEqual(read(params, key), read(document, key), key);
          else if (!isAbove) assert.throws(() => read(params, key), ParamsError, key);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function keysBelow(values: object, prefix = ''): string[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [prefix + name, ...(isMap ? keysBelow(value, `${prefix}${name}.`) : [])];
  });
}

function read(values: unknown, key: string): unknown {
  return key.split('.').reduce((at, name) => (at as Record<string, unknown>)[name], values);
}
