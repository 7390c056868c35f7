import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { bareLoop, type Candidate, interleaved, mean, median, runProgram } from '../support/measure.ts';
import { inFolder, runNothing, runPipeline } from '../support/project.ts';
import type { Section } from '../support/report.ts';

/**
 * 343 instances of one stage (7 x 7 x 7), each writing one small file: from nothing, against a bare loop that spawns the
 * same shell commands, as many at a time; and with nothing to do. The peer is Snakemake, where it is installed.
 */

const SIDE = [0, 1, 2, 3, 4, 5, 6];
const combinations = SIDE.flatMap((a) => SIDE.flatMap((b) => SIDE.map((c) => [a, b, c] as const)));
const jobs = availableParallelism();

const pipelineFile = `stages:
  cell:
    matrix:
      a: [${SIDE.join(', ')}]
      b: [${SIDE.join(', ')}]
      c: [${SIDE.join(', ')}]
    cmd: echo \${item.a} \${item.b} \${item.c} > out/\${item.a}-\${item.b}-\${item.c}.txt
    outs: ["out/\${item.a}-\${item.b}-\${item.c}.txt"]
`;

const snakefile = `rule all:
    input: expand("snake/{a}-{b}-{c}.txt", a=range(7), b=range(7), c=range(7))

rule cell:
    output: "snake/{a}-{b}-{c}.txt"
    shell: "echo {wildcards.a} {wildcards.b} {wildcards.c} > {output}"
`;

function forget(root: string, ...folders: readonly string[]): void {
  for (const folder of folders) rmSync(path.join(root, folder), { recursive: true, force: true });
}

function snakemake(root: string): void {
  runProgram('snakemake', ['--cores', String(jobs), '--quiet'], { cwd: root });
}

export async function matrix(rounds: number): Promise<Section> {
  return inFolder({ 'pipeline.yaml': pipelineFile, Snakefile: snakefile }, async (root) => {
    const commands = combinations.map(([a, b, c]) => `echo ${a} ${b} ${c} > bare/${a}-${b}-${c}.txt`);
    const candidates: Candidate[] = [
      {
        name: 'bare loop of the same spawns',
        run: async () => {
          forget(root, 'bare');
          mkdirSync(path.join(root, 'bare'));
          await bareLoop(commands, jobs, root);
        },
      },
      {
        name: 'pipeline, from nothing',
        run: () => {
          forget(root, 'out', '.pipeline', 'pipeline.lock');
          runPipeline(root);
        },
      },
      { name: 'pipeline, nothing to do', run: () => runNothing(root) },
    ];
    // It takes seconds, and is the same from round to round.
    const hasSnakemake = spawnSync('snakemake', ['--version']).status === 0;
    if (hasSnakemake) {
      candidates.push({
        name: 'snakemake, from nothing',
        run: () => {
          forget(root, 'snake', '.snakemake');
          snakemake(root);
        },
      });
      candidates.push({ name: 'snakemake, nothing to do', run: () => snakemake(root) });
    }
    const times = await interleaved(candidates, rounds);
    const [bare = NaN, whole = NaN, nothing = NaN, snakeWhole = NaN, snakeNothing = NaN] = times.map(({ ms }) =>
      median(ms),
    );
    const [bareCpu = NaN, wholeCpu = NaN, nothingCpu = NaN] = times.map(({ cpu }) => mean(cpu));
    const peer = [
      { name: 'from nothing: pipeline / snakemake', value: whole / snakeWhole, unit: '', goal: null },
      { name: 'nothing to do: pipeline / snakemake', value: nothing / snakeNothing, unit: '', goal: null },
    ];
    return {
      title: `343 instances, ${jobs} at a time`,
      times,
      figures: [
        { name: 'a stage, over its spawn', value: (whole - bare) / combinations.length, unit: 'ms', goal: 15 },
        { name: 'nothing to do', value: nothing, unit: 'ms', goal: 500 },
        {
          name: 'CPU time: a stage, over its spawn',
          value: (wholeCpu - bareCpu) / combinations.length,
          unit: 'ms',
          goal: null,
        },
        { name: 'CPU time: nothing to do', value: nothingCpu, unit: 'ms', goal: null },
        ...(hasSnakemake ? peer : []),
      ],
    };
  });
}
