import assert from 'node:assert/strict';
import { paramsOf } from '../../../src/params/access/params-of.ts';
import { ParamsError } from '../../../src/params/access/params-error.ts';
import { taskParams } from '../../../src/params/access/task-params.ts';
import type { Params } from '../../../src/params/params.ts';
import type { Task } from '../../../src/params/tasks.ts';
import type { OwnTraining } from '../../../src/params/training.ts';
import { contextOf } from '../support/context-of.ts';
import { defaultParams } from '../../../bench/support/default-params.ts';

/** The default params, in which the drawings have a training of their own. */
function withTraining(training: OwnTraining): Params {
  const params = defaultParams();
  const sketches: Task = { ...params.tasks['sketches']!, training };
  return { ...params, tasks: { ...params.tasks, sketches } };
}

const own: OwnTraining = { model: { dense: [64] }, train: { iterations: { gan: 7 }, batch: 3 } };

describe('the params of a task', () => {
  it('have its own training laid over that of all tasks, key by key, lists as a whole', () => {
    const params = withTraining(own);
    const { model, train, ...rest } = params.training;
    assert.deepEqual(taskParams(params, 'sketches'), {
      ...params.tasks['sketches'],
      training: {
        ...rest,
        model: { ...model, dense: [64] },
        train: { ...train, batch: 3, iterations: { ...train.iterations, gan: 7 } },
      },
    });
    assert.deepEqual(taskParams(params, 'faces'), { ...params.tasks['faces'], training: params.training });
    assert.deepEqual(params, withTraining(own), 'what is laid over stays as it was');
  });

  it('hold what the stage declares of the training, and of that alone the task’s own', () => {
    const keys = ['training.model', 'training.train.schedule', 'tasks.sketches.training'];
    const params = paramsOf(contextOf(withTraining({ ...own, logEvery: 1 }), keys));
    const { training } = taskParams(params, 'sketches');
    assert.deepEqual(training.model.dense, [64]);
    assert.deepEqual(training.train, { schedule: defaultParams().training.train.schedule });
    assert.throws(() => training.train.batch, /^ParamsError: train: reads training\.train\.batch, which its params/);
    assert.throws(() => training.logEvery, /reads training\.logEvery/);
    assert.throws(() => taskParams(params, 'sketches').pictures, /reads tasks\.sketches\.pictures/);
  });

  it('bring the settings of single systems, where the task has them', () => {
    const task = taskParams(defaultParams(), 'wild');
    assert.equal(task.net, 'ResNet18');
    assert.equal(task.systems.svm?.cost, 1);
    assert.deepEqual(taskParams(defaultParams(), 'faces').systems, {});
  });

  it('are refused where there is no such task, and where the stage does not declare it', () => {
    const names = Object.keys(defaultParams().tasks).join(', ');
    const message = `there is no task "none" in params: expected one of ${names}`;
    assert.throws(() => taskParams(defaultParams(), 'none'), new ParamsError(message));
    const params = paramsOf(contextOf(defaultParams(), ['tasks.faces.training', 'tasks.faces.pictures']));
    assert.throws(() => taskParams(params, 'wild'), /reads tasks\.wild/);
    assert.throws(() => taskParams(params, 'faces'), /reads training, which/);
    const pictures = paramsOf(contextOf(defaultParams(), ['tasks.faces.pictures']));
    assert.equal(taskParams(pictures, 'faces').pictures, 'faces');
    assert.throws(() => taskParams(pictures, 'faces').training, /reads tasks\.faces\.training/);
  });
});
