import path from 'node:path';
import { interleaved, mean, median, runProgram } from '../support/measure.ts';
import { inFolder, home, pipelineBin, runNothing, runPipeline } from '../support/project.ts';
import type { Section } from '../support/report.ts';

/**
 * A chain of eight stages, each a copy of a file, with nothing to do: what a start costs. The peer is wireit on the
 * same chain, its program called directly with what npm would put into the environment.
 */

const LENGTH = 8;
const WIREIT = '0.14';
const stages = Array.from({ length: LENGTH }, (_, at) => at + 1);

const command = (at: number): string => `cp file-${at - 1}.txt file-${at}.txt`;

function pipelineFile(): string {
  const lines = stages.map(
    (at) => `  s${at}:\n    cmd: ${command(at)}\n    deps: [file-${at - 1}.txt]\n    outs: [file-${at}.txt]\n`,
  );
  return `stages:\n${lines.join('')}`;
}

function packageFile(): string {
  const wireit = Object.fromEntries(
    stages.map((at) => {
      const files = at === 1 ? ['file-0.txt'] : [];
      const dependencies = at === 1 ? [] : [`s${at - 1}`];
      return [`s${at}`, { command: command(at), files, output: [`file-${at}.txt`], dependencies }];
    }),
  );
  const scripts = Object.fromEntries(stages.map((at) => [`s${at}`, 'wireit']));
  return JSON.stringify({
    name: 'chain',
    private: true,
    scripts: { ...scripts, pipeline: `node ${JSON.stringify(pipelineBin)}` },
    wireit,
  });
}

function runWireit(root: string): void {
  const bin = path.join(root, 'node_modules/wireit/bin/wireit.js');
  const env = {
    CI: 'false',
    npm_package_json: path.join(root, 'package.json'),
    npm_lifecycle_event: `s${LENGTH}`,
    npm_config_user_agent: `npm/10.0.0 node/${process.version} ${process.platform} ${process.arch} workspaces/false`,
    npm_execpath: 'npm-cli.js',
  };
  runProgram(process.execPath, [bin], { cwd: root, env });
}

export async function chain(rounds: number): Promise<Section> {
  const files = { 'pipeline.yaml': pipelineFile(), 'package.json': packageFile(), 'file-0.txt': 'start\n' };
  return inFolder(files, async (root) => {
    runProgram('npm', ['install', '--no-audit', '--no-fund', '--no-save', `wireit@${WIREIT}`], { cwd: root });
    runWireit(root);
    runPipeline(root);
    const times = await interleaved(
      [
        { name: 'node -e 0', run: () => void runProgram(process.execPath, ['-e', '0'], { cwd: home }) },
        { name: 'pipeline', run: () => runNothing(root) },
        { name: `wireit ${WIREIT}`, run: () => runWireit(root) },
        { name: 'npm run pipeline', run: () => void runProgram('npm', ['run', 'pipeline'], { cwd: root }) },
        {
          name: 'npm run (wireit)',
          run: () => void runProgram('npm', ['run', `s${LENGTH}`], { cwd: root, env: { CI: 'false' } }),
        },
      ],
      rounds,
    );
    const [emptyCpu = NaN, oursCpu = NaN, wireitCpu = NaN] = times.map(({ cpu }) => mean(cpu));
    const [empty = NaN, ours = NaN, wireit = NaN, oursNpm = NaN, wireitNpm = NaN] = times.map(({ ms }) => median(ms));
    return {
      title: 'Chain of 8, nothing to do',
      times,
      figures: [
        { name: 'pipeline / wireit', value: ours / wireit, unit: '', goal: 1.3 },
        { name: 'pipeline / node -e 0', value: ours / empty, unit: '', goal: 3 },
        { name: 'CPU time: pipeline / wireit', value: oursCpu / wireitCpu, unit: '', goal: null },
        { name: 'CPU time: pipeline / node -e 0', value: oursCpu / emptyCpu, unit: '', goal: null },
        { name: 'through npm run: pipeline / wireit', value: oursNpm / wireitNpm, unit: '', goal: null },
      ],
    };
  });
}
