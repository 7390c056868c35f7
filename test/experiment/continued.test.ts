import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ProjectCopy, SMALL } from './project-copy.ts';

const STAGE = 'train@faces-groupgan-2v2-AlexNet-0';
const ITERATIONS = 40;
const ONE_TRAINING = [
  ...[...SMALL, '-S', 'tasks.faces.nets=[AlexNet]', '-S', 'tasks.faces.methods=[groupgan-2v2]', '-j', '1'],
  ...['-S', `training.train.iterations.gan=${ITERATIONS}`, '-S', 'training.logEvery=7', '-s', STAGE],
];
const OUTPUTS = 'runs/smoke';
const SCRATCH = '.pipeline/scratch';

describe('a training stage, killed', function () {
  this.timeout(600_000);
  const copy = new ProjectCopy('continued');
  after(() => copy.remove());

  it('continues from its last checkpoint, and ends with the files of an undisturbed run', async () => {
    // Pretraining first, with no checkpoint due, so that the first that comes is the training's own.
    const before = copy.run([...ONE_TRAINING.slice(0, -1), 'pretrain-?@*'], { TRAINING_CHECKPOINT_SECONDS: '3600' });
    assert.equal(before.code, 0, before.output);
    assert.equal(existsSync(path.join(copy.root, SCRATCH)), false, 'short stages keep nothing');
    const events = await copy.killWhenThere(ONE_TRAINING, {
      folder: SCRATCH,
      ending: 'training.safetensors',
      env: { TRAINING_CHECKPOINT_SECONDS: '0' },
    });
    assert.ok(events.some((event) => event.type === 'stage-started' && event.instance === STAGE));
    assert.ok(!events.some((event) => event.type === 'stage-finished' && event.instance === STAGE));

    const rest = copy.run(ONE_TRAINING);
    assert.equal(rest.code, 0, rest.output);
    const iteration = Number(/continues from iteration (\d+) \(game\)/.exec(rest.output)?.[1]);
    assert.ok(iteration >= 1 && iteration < ITERATIONS, rest.output);
    const continued = copy.contents(OUTPUTS);
    assert.ok(Object.keys(continued).some((name) => name.endsWith('history.csv')));
    assert.ok(!Object.keys(continued).some((name) => name.includes('training.safetensors')));
    assert.deepEqual(readdirSync(path.join(copy.root, SCRATCH), { recursive: true }).filter(isFileName), []);

    const undisturbed = copy.run([...ONE_TRAINING, '--force', '--single']);
    assert.equal(undisturbed.code, 0, undisturbed.output);
    assert.doesNotMatch(undisturbed.output, /continues from/);
    assert.deepEqual(copy.contents(OUTPUTS), continued);
  });

  it('stops where a loss is no number, with one message, and leaves no output', () => {
    const { code, output } = copy.run([...ONE_TRAINING, '-S', 'training.train.learningRates.generator=1.0e+30']);
    assert.equal(code, 1);
    assert.match(output, /training diverged: \w+ was (NaN|-?Infinity) at step \d+ of 40/);
    assert.match(output, /the last finite values, at step \d+: .*generator/);
    assert.doesNotMatch(output, /^(?:.*\| )?\s+at .*\.(?:ts|js):\d+/m, 'a stack trace');
    assert.ok(!Object.keys(copy.contents(OUTPUTS)).some((name) => name.includes('method.safetensors')));
  });
});

function isFileName(name: string | Buffer): boolean {
  return String(name).endsWith('.safetensors');
}
