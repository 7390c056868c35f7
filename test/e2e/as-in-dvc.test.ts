import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { running } from '../as-in-dvc/running.ts';
import type { Commands, RunningCase, Stages, Step } from '../as-in-dvc/running/running-case.ts';
import { type Result, Rig } from './support/rig.ts';

/** A case in the folder that it has in its project. */
class Placed {
  readonly folder: string;
  readonly case: RunningCase;
  stages: Stages;
  /** Why it is not as the case says, as found after one of the commands. */
  problem: unknown = null;

  constructor(one: RunningCase, index: number) {
    this.folder = one.folder ?? `c${index}`;
    this.case = one;
    this.stages = one.stages;
  }

  /** The lines of its stages in pipeline.yaml. */
  lines(): string[] {
    return Object.entries(this.stages).map(([name, body]) => {
      const key = name.includes('HERE') ? name : `${this.folder}-${name}`;
      const place = body.startsWith('wdir:') ? '' : `wdir: ${this.folder}, `;
      return `  ${key}: {${place}${body}}`.replaceAll('HERE', this.folder);
    });
  }

  change(step: Step | null | undefined, project: Rig): void {
    this.stages = step?.stages ?? this.stages;
    if (step?.spoils !== undefined) {
      const block = new RegExp(`(?<=\\n {2}${this.folder}-s:\\n)(?: {4}.*\\n)+`);
      project.write({ 'pipeline.lock': project.read('pipeline.lock').replace(block, step.spoils) });
    }
    for (const [file, content] of Object.entries(step?.write ?? {})) {
      if (content === null) project.remove(`${this.folder}/${file}`);
      else project.write({ [`${this.folder}/${file}`]: content });
    }
  }

  check(step: Step, { code, stdout, stderr }: Result, project: Rig): void {
    const own = (text: string): string => this.#own(text);
    const output = stdout + stderr;
    if (step.code !== undefined) assert.equal(code, step.code, output);
    if (step.says !== undefined) assert.match(own(output), step.says);
    if (step.gives !== undefined) assert.deepEqual(this.#outcomes(stdout), step.gives, own(this.#lines(stdout)));
    if (step.lock !== undefined) assert.match(own(this.#blocks(project.read('pipeline.lock'))), step.lock);
    for (const [file, content] of Object.entries(step.holds ?? {})) {
      const path = `${this.folder}/${file}`;
      assert.equal(project.exists(path) ? project.read(path) : null, content, file);
    }
  }

  /** What the lock says of its stages. */
  #blocks(lock: string): string {
    return lock.match(new RegExp(`\\n {2}${this.folder}-.*(?:\\n {4}.*)+`, 'g'))?.join('') ?? '';
  }

  /** Without the folder in paths and names. */
  #own(text: string): string {
    return text.replaceAll(new RegExp(`\\b${this.folder}[-/]`, 'g'), '');
  }

  #outcomes(stdout: string): { [stage: string]: string } {
    const found: { [stage: string]: string } = {};
    const note = (instance: string, what: string): void => {
      if (instance.startsWith(`${this.folder}-`)) found[instance.slice(this.folder.length + 1)] = what;
    };
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    for (const event of lines.map((line) => JSON.parse(line) as Event)) {
      // Where nothing starts, the plan is all that is told.
      if (event.type === 'plan') for (const { instance, action } of event.instances) note(instance, action);
      else if (event.type === 'stage-finished') note(event.instance, event.outcome.type);
    }
    return found;
  }

  #lines(stdout: string): string {
    return stdout
      .split('\n')
      .filter((line) => line.includes(`"${this.folder}-`) && !line.includes('"type":"plan"'))
      .join('\n');
  }
}

type Event =
  | { readonly type: 'stage-finished'; readonly instance: string; readonly outcome: { readonly type: string } }
  | { readonly type: 'plan'; readonly instances: readonly { readonly instance: string; readonly action: string }[] }
  | { readonly type: 'other' };

const byCommands = new Map<Commands, Placed[]>();
let index = 0;
for (const one of running.flatMap(({ cases }) => cases)) {
  const together = byCommands.get(one.commands) ?? [];
  together.push(new Placed(one, index++));
  byCommands.set(one.commands, together);
}

for (const [commands, together] of byCommands) {
  describe(`what DVC tests itself: ${commands.name}`, () => {
    let project: Rig;

    before(async function () {
      // Dozens of stages in one go, on a machine that may have other things to do.
      this.timeout(600_000);
      project = new Rig({ ...commands.files });
      for (const { folder, case: one } of together) {
        project.write({ [`${folder}/.case`]: '' });
        for (const [file, content] of Object.entries(one.files ?? {}))
          project.write({ [`${folder}/${file}`]: content });
      }
      for (const [at, command] of commands.steps.entries()) {
        for (const placed of together) placed.change(placed.case.steps[at], project);
        project.write({ 'pipeline.yaml': `stages:\n${together.flatMap((placed) => placed.lines()).join('\n')}\n` });
        command.before?.(project);
        const args = command.args.split(' ').filter((word) => word !== '');
        const result = await project.run(...args);
        for (const placed of together) {
          const step = placed.case.steps[at];
          try {
            if (step !== null && step !== undefined) placed.check(step, result, project);
          } catch (error) {
            placed.problem ??= error;
          }
        }
      }
    });
    after(() => project.close());

    for (const placed of together) {
      it(placed.case.title, () => {
        if (placed.problem !== null) throw placed.problem as Error;
      });
    }
  });
}
