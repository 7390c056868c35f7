import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { KEY, type StandIn } from '../../tracking/service/stand-in.ts';
import { stageContext } from './rig.ts';

/** The specifier under which a stage of a temporary project imports the tracker. */
const startRun = JSON.stringify(
  pathToFileURL(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../src/tracking/start-run.ts')).href,
);

/** A stage that trains for a few steps with the param `rate`, and writes what it learnt. */
export const trainProgram = `
import { writeFileSync } from 'node:fs';
import { defineStage } from ${stageContext};
import { trackRun } from ${startRun};
export default defineStage(import.meta.url, async (context) => {
  const { name, invocation, journal, root } = context;
  const rate = context.param('rate');
  const run = { name, group: invocation, jobType: name.split('@')[0], tags: ['faces'], config: context.args };
  const tracker = await trackRun({ journal, root, env: process.env, warn: (text) => context.log(text) })(run);
  for (let step = 1; step <= 5; step++) tracker.log(step, { loss: rate / step });
  tracker.summary({ accuracy: rate / 2 });
  await tracker.finish('finished');
  writeFileSync(context.out(), 'learnt with ' + rate);
});
`;

const VARIABLES = ['WANDB_MODE', 'WANDB_API_KEY', 'WANDB_BASE_URL', 'WANDB_PROJECT', 'WANDB_ENTITY', 'WANDB_DIR'];

/** Commands that a rig starts from now on take their runs to this service. */
export function beOnline(service: StandIn): void {
  Object.assign(process.env, {
    WANDB_MODE: 'online',
    WANDB_API_KEY: KEY,
    WANDB_BASE_URL: service.url,
    WANDB_PROJECT: 'faces',
  });
}

/** Takes back whatever a test said about tracking. */
export function beOffline(): void {
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
}
