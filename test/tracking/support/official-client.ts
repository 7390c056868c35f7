/**
 * Logs a run with the official npm client, as its readme says: OPTIONS (JSON, for `init`) and LOSSES (JSON, one a step)
 * are arguments; key and address come from the environment.
 */
import wandb from '@wandb/sdk';

const [options = '{}', losses = '[]'] = process.argv.slice(2);
await wandb.init(JSON.parse(options) as Parameters<typeof wandb.init>[0]);
for (const loss of JSON.parse(losses) as number[]) wandb.log({ loss });
await wandb.finish();
// Without this its message port keeps the process alive.
process.exit(0);
