/**
 * From a command to the first step: node alone, the command line's `status` in a project without stages, a stage in a
 * process of its own (as with `tsx stages/train.ts`), and in a host that has run a stage before (`meta.warm`).
 *
 *   npm run bench -- start-up [--rounds 7]
 */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ContextData, contextVariable } from '../../src/engine/stage-context.ts';
import type { HostAnswer, HostOrder } from '../../src/engine/executors/host-protocol.ts';
import { type Candidate, interleaved, runProgram } from '../support/measure.ts';
import { home, inFolder, runPipeline } from '../support/project.ts';
import { pairedRatio } from '../support/ratios.ts';
import type { Report } from '../support/report.ts';

const STAGE = path.join(home, 'bench/runner/start-up-stage.ts');
/** How far a stage goes, and how the table calls it. */
const ENDS = { backend: 'to the backend', step: 'to the first step' } as const;
type End = keyof typeof ENDS;

const CONTEXT: ContextData = {
  name: 'start-up',
  root: home,
  invocation: 'bench',
  journal: '',
  cpus: 1,
  scratch: '',
  params: {},
  deps: [],
  outs: [],
};

/** What a stage host is asked to do, as the runner asks. */
class Host {
  readonly #child: ChildProcess;
  #orders = 0;

  constructor() {
    const program = path.join(home, 'src/engine/executors/stage-host.ts');
    this.#child = fork(program, {
      cwd: home,
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }

  async run(contextFile: string, end: End): Promise<void> {
    const args = ['--until', end];
    const order: HostOrder = { id: ++this.#orders, file: STAGE, cwd: home, args, contextFile, env: {} };
    const answer = new Promise<HostAnswer>((resolve, reject) => {
      this.#child.once('message', resolve);
      this.#child.once('exit', () => reject(new Error('the stage host ended')));
    });
    this.#child.send(order);
    const { code } = await answer;
    this.#child.removeAllListeners('exit');
    if (code !== 0) throw new Error(`the stage ended with ${code} in a host; run it as tsx ${STAGE} to see why`);
  }

  end(): void {
    this.#child.kill();
  }
}

function runCold(contextFile: string, end: End): void {
  const words = ['--import', 'tsx', STAGE, '--until', end];
  runProgram(process.execPath, words, { cwd: home, env: { [contextVariable]: contextFile } });
}

export async function main(words: readonly string[]): Promise<Report> {
  const { values } = parseArgs({ args: [...words], options: { rounds: { type: 'string', default: '7' } } });
  const files = { 'pipeline.yaml': 'stages: {}\n', 'context.json': JSON.stringify(CONTEXT) };
  return await inFolder(files, async (root) => {
    const contextFile = path.join(root, 'context.json');
    const host = new Host();
    try {
      const stages = (Object.keys(ENDS) as End[]).flatMap((end): Candidate[] => [
        { name: `stage, cold, ${ENDS[end]}`, run: () => runCold(contextFile, end) },
        { name: `stage, warm, ${ENDS[end]}`, run: () => host.run(contextFile, end) },
      ]);
      const candidates: Candidate[] = [
        { name: 'node -e 0', run: () => runProgram(process.execPath, ['-e', '0'], { cwd: root }) },
        { name: 'status, no stages', run: () => runPipeline(root, 'status') },
        ...stages,
      ];
      const times = await interleaved(candidates, Number(values.rounds));
      const ratio = (first: string, second: string) => {
        const [a = [], b = []] = [first, second].map((wanted) => times.find(({ name }) => name === wanted)?.ms);
        return { name: `${first} / ${second}`, value: pairedRatio(a, b), unit: '', goal: null };
      };
      const figures = [
        ratio('status, no stages', 'node -e 0'),
        ratio(`stage, cold, ${ENDS.backend}`, 'node -e 0'),
        ratio(`stage, warm, ${ENDS.backend}`, `stage, cold, ${ENDS.backend}`),
        ratio(`stage, warm, ${ENDS.step}`, `stage, cold, ${ENDS.step}`),
      ];
      // The host is a child that has not ended: its processor time is not counted, and the table should not say 0.
      const known = times.map((one) => (one.name.includes('warm') ? { ...one, cpu: [] } : one));
      return { sections: [{ title: 'From command to first step, wasm', times: known, figures }] };
    } finally {
      host.end();
    }
  });
}
