import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { ExecutionRequest, Executor, Exit } from '../../../src/engine/executors/executor.ts';
import { ProcessGuard } from '../../../src/engine/executors/guard.ts';
import { LocalExecutor } from '../../../src/engine/executors/local.ts';
import { WarmHosts } from '../../../src/engine/executors/warm-hosts.ts';
import { StopSwitch } from '../../../src/engine/running/stop.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

const guard = new ProcessGuard();

function request(changes: Partial<ExecutionRequest>): ExecutionRequest {
  const cwd = temporaryDirectory({ 'stage.ts': '' });
  return {
    commands: ['true'],
    warm: { file: `${cwd}/stage.ts`, args: [] },
    cwd,
    env: process.env,
    contextFile: `${cwd}/none.json`,
    cpus: 1,
    onOutput: () => undefined,
    ...changes,
  };
}

describe('a process that cannot be started', () => {
  afterEach(removeTemporary);

  const messageOf = async (executor: Executor, asked: ExecutionRequest): Promise<string> => {
    const execution = executor.start(asked);
    new StopSwitch().include(execution);
    const exit: Exit = await execution.done;
    assert.ok(exit.type === 'not-started', JSON.stringify(exit));
    return exit.message;
  };

  for (const [name, executor] of [
    ['as a shell', new LocalExecutor(guard)],
    ['as a stage host', new WarmHosts(guard)],
  ] as const) {
    it(`${name} says that the environment is too large, and what in it`, async () => {
      const env = { ...process.env, HUGE: 'x'.repeat(20 << 20) };
      const message = await messageOf(executor, request({ env }));
      assert.match(
        message,
        /^the environment is too large for a command: \d+ KiB; the largest variable is HUGE with 20481 KiB/,
      );
      await executor.close();
    });

    it(`${name} says that its working directory is gone`, async () => {
      const message = await messageOf(executor, request({ cwd: '/no/such/place' }));
      assert.equal(message, 'the working directory /no/such/place does not exist: make it a folder, or correct wdir');
      await executor.close();
    });
  }
});
