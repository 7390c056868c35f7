/**
 * Uploads run directories with the official Python client to the stand-in of the service that the tests use, and says
 * what arrived: npx tsx bench/peers/wandb-client.ts WANDB-COMMAND RUN-DIRECTORY...
 */
import { spawn } from 'node:child_process';
import { KEY, StandIn } from '../../test/tracking/service/stand-in.ts';

const [command, ...directories] = process.argv.slice(2);
if (command === undefined || directories.length === 0) {
  console.error('usage: npx tsx bench/peers/wandb-client.ts WANDB-COMMAND RUN-DIRECTORY...');
  process.exit(2);
}
const service = new StandIn();
await service.start();
const env = { ...process.env, WANDB_BASE_URL: service.url, WANDB_API_KEY: KEY, WANDB_ERROR_REPORTING: 'false' };
const child = spawn(command, ['sync', ...directories], { env, stdio: 'inherit' });
const code = await new Promise((resolve) => child.on('close', resolve));
console.log(`${command} sync ended with ${code as number}`);
const counts = new Map<string, number>();
for (const { name } of service.requests) counts.set(name, (counts.get(name) ?? 0) + 1);
console.log('requests:', Object.fromEntries(counts));
for (const [at, { rows, summary, files, exitCode, variables }] of service.runs) {
  const { displayName, groupName, jobType, tags } = variables;
  console.log(at, { displayName, groupName, jobType, tags, rows: rows.length, exitCode, files: [...files.keys()] });
  console.log('  summary keys:', Object.keys(JSON.parse(summary || '{}') as object).join(', '));
}
for (const { variables, files, committed } of service.artifacts.values()) {
  console.log('artifact', variables['artifactCollectionName'], { committed, files: [...files.keys()] });
}
await service.stop();
