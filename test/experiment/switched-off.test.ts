import assert from 'node:assert/strict';
import { loadPipeline } from '../../src/engine/graph/load.ts';
import { selectInstances } from '../../src/engine/graph/select.ts';
import { home } from '../docs/pages.ts';

describe('a task that is switched off', () => {
  const named = (word: string, ...set: string[]): readonly string[] => {
    const pipeline = loadPipeline({ root: home, profiles: ['params/smoke.yaml'], set });
    return selectInstances(pipeline, []).filter((name) => new RegExp(`@${word}(-|$)`).test(name));
  };

  it('has no instances, and nothing is prepared for it', () => {
    assert.ok(named('sketches').includes('prepare@sketches'));
    assert.deepEqual(named('sketches', 'tasks.sketches.folds=[]'), []);
    assert.deepEqual(named('sketches', 'tasks.sketches.nets=[]'), []);
    assert.deepEqual(named('wild', 'tasks.wild.repeats=[]'), []);
  });

  it('leaves pictures that other tasks look at', () => {
    const tasks = ['tasks.faces.folds=[]', 'tasks.ablation.repeats=[]'];
    assert.deepEqual(named('faces', tasks[0] ?? ''), ['prepare@faces']);
    assert.deepEqual(named('faces', ...tasks), []);
  });
});
