/**
 * A process that imports stage files and runs them for one instance after the other, so that what takes long to load
 * is loaded once. Started by warm-hosts.ts; talks through node's IPC channel, and ends when that closes, which happens
 * also when the runner is killed.
 */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  createStageContext,
  describeFailure,
  markStageHost,
  readContextData,
  type StageProgram,
  StopRequest,
} from '../stage-context.ts';
import { endMarker, type HostAnswer, type HostOrder } from './host-protocol.ts';

markStageHost();
let current: StopRequest | null = null;

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('SIGINT', () => {
  if (current?.stop() !== true) process.exit(130);
});
process.on('message', (order: HostOrder) => void serve(order));

async function serve(order: HostOrder): Promise<void> {
  const env = { ...process.env };
  const argv = process.argv;
  const cwd = process.cwd();
  const stop = new StopRequest();
  current = stop;
  let failed = false;
  try {
    Object.assign(process.env, order.env);
    // A host serves stages of several working directories.
    process.chdir(order.cwd);
    const program = await importStage(order.file);
    process.argv = [process.execPath, order.file, ...order.args];
    await program.run(createStageContext(readContextData(order.contextFile), order.args, stop));
  } catch (error) {
    failed = true;
    process.stderr.write(`${describeFailure(error)}\n`);
  }
  const code = Number(process.exitCode ?? (failed ? 1 : 0)) || (failed ? 1 : 0);
  process.exitCode = undefined;
  process.argv = argv;
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  current = null;
  await flush();
  for (const descriptor of [1, 2]) writeAll(descriptor, endMarker(order.id));
  process.send?.({ id: order.id, code } satisfies HostAnswer);
}

async function importStage(file: string): Promise<StageProgram> {
  const { default: program } = (await import(pathToFileURL(file).href)) as { default?: Partial<StageProgram> };
  if (program?.kind === 'stage-program' && program.run !== undefined) return program as StageProgram;
  const error = new Error(
    `${file} runs in a warm host (meta.warm) but does not export a stage. ` +
      'Write "export default defineStage(import.meta.url, async (context) => { ... })", or remove meta.warm.',
  );
  error.name = 'StageError';
  throw error;
}

/** Waits until what was written through node's streams has left the process. */
async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => void stream.write('', () => resolve()));
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      // The pipe is full for a moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
