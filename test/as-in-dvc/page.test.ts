import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { dvcPage } from './page.ts';
import { running } from './running.ts';
import { templating } from './templating.ts';

describe("the page of DVC's test cases", () => {
  it('is what the cases say', () => {
    assert.equal(readFileSync('docs/coming-from-dvc.md', 'utf8'), dvcPage(), 'write it again: npm run docs:dvc');
  });

  it('names every case once', () => {
    for (const { about, cases } of [...templating, ...running]) {
      const titles = cases.map(({ title }) => title);
      assert.deepEqual(titles, [...new Set(titles)], about);
    }
  });
});
