/** Logs a row a millisecond of a clock that jumps, and says each number when it has been logged, until it is killed. */
import { trackRun } from '../../../src/tracking/start-run.ts';

const root = process.argv[2]!;
let clock = Date.now();
const start = trackRun({
  journal: `${root}/journal.jsonl`,
  root,
  env: {},
  warn: () => undefined,
  now: () => (clock += 400),
});
const tracker = await start({ name: 'train@a', group: 'inv', jobType: 'train', tags: [], config: {} });
for (let step = 1; ; step++) {
  tracker.log(step, { loss: 1 / step });
  process.stdout.write(`${step}\n`);
  await new Promise((resolve) => setImmediate(resolve));
}
