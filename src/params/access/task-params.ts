import type { Params } from '../params.ts';
import type { Task, TaskParams } from '../tasks.ts';
import { guardedLike, isGuarded, type Values } from './guard.ts';
import { ParamsError } from './params-error.ts';

/**
 * The params of a task, its `training` laid over the `training` of all tasks. As in those of `paramsOf`, what the stage
 * does not declare throws when it is read.
 *
 * @throws ParamsError when params have no such task
 */
export function taskParams(params: Pick<Params, 'tasks' | 'training'>, name: string): TaskParams {
  const task: Task | undefined = params.tasks[name];
  if (task === undefined) {
    throw new ParamsError(
      `there is no task "${name}" in params: expected one of ${Object.keys(params.tasks).join(', ')}`,
    );
  }
  if (!Object.hasOwn(task, 'training')) return task as TaskParams;
  const whole = { ...task, training: laidOver(params.training, task.training) };
  return guardedLike(task, whole) as unknown as TaskParams;
}

/**
 * Values of `top` in the place of those of `base`, key by key; lists are replaced as a whole. Of a map of which the
 * stage declares only parts, the others stay undeclared whatever is on top.
 */
function laidOver(base: unknown, top: unknown): unknown {
  if (top === undefined) return base;
  if (!isMap(base) || !isMap(top)) return top;
  const names = isGuarded(base) ? Object.keys(base) : [...new Set([...Object.keys(base), ...Object.keys(top)])];
  const values = Object.fromEntries(names.map((name) => [name, laidOver(own(base, name), own(top, name))]));
  return guardedLike(base, values);
}

function own(map: Values, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
