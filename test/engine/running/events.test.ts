import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';

const source = readFileSync('src/engine/running/events.ts', 'utf8');
const page = readFileSync('docs/formats/events.md', 'utf8');

/** The names in a type's text: `readonly NAME:` and the texts in quotes, without comments. */
function wordsOf(type: string): string[] {
  const from = source.indexOf(`export type ${type}`);
  const text = source.slice(from < 0 ? source.indexOf(`export interface ${type}`) : from);
  const code = text.slice(0, text.search(/\n\n|$(?![\s\S])/)).replaceAll(/\/\*\*.*?\*\//gs, '');
  const names = [...code.matchAll(/readonly (\w+):/g)].map(([, name = '']) => name);
  const values = [...code.matchAll(/'([^']+)'/g)].map(([, value = '']) => value);
  return [...new Set([...names, ...values])].filter((word) => word !== 'type');
}

describe('docs/formats/events.md', () => {
  for (const type of ['RunEvent', 'Outcome', 'Failure', 'StageTime', 'Counts']) {
    it(`documents everything in ${type}`, () => {
      const words = wordsOf(type);
      assert.ok(words.length > 1);
      assert.deepEqual(
        words.filter((word) => !page.includes(`\`${word}\``)),
        [],
      );
    });
  }
});
