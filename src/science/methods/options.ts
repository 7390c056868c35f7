import type { Systems } from '../../params/tasks.ts';
import type { Training } from '../../params/training.ts';
import { DataError } from '../data/data-error.ts';

/** A training of one network alone. */
export type SoloTraining = Training['pretrainE'];

/** Settings of single systems of Table 3; a task that does not have them leaves them out. */
export type SystemOptions = Systems;

/**
 * Everything that can be set about the methods: `training` of params, the side of the pictures that the networks see
 * (`data.size`), in pixels: cut from the larger prepared pictures, and the task's `systems`. docs/paper-to-code.md says
 * why each is as it is.
 */
export type MethodOptions = Training & {
  readonly augment: { readonly crop: number };
  readonly systems: SystemOptions;
};

/** An option of a single system. Throws a DataError where the task does not set it. */
export function systemOption<Key extends keyof SystemOptions>(
  { systems }: Pick<MethodOptions, 'systems'>,
  key: Key,
): NonNullable<SystemOptions[Key]> {
  const value = systems[key];
  if (value !== undefined) return value;
  const advice = 'Copy it from the task `wild` of params/default.yaml';
  throw new DataError({
    where: `systems.${key} of the task`,
    expected: 'options of the method',
    found: 'none',
    advice,
  });
}
