import { PlanError } from '../planning/plan.ts';
import { stateFolder } from '../../base/state-place.ts';
import { trackedState, untrackState } from '../store/state-folder.ts';
import { askGit } from './run-facts.ts';

/**
 * Throws PlanError where git tracks files of the state folder: what is in it is believed, so it must not come with a
 * clone or a pull. Where there is no repository, or no git, nothing is known against it.
 */
export async function refuseTrackedState(root: string): Promise<void> {
  const listed = await askGit(root, ['ls-files', '-z', '--', `:(literal)${stateFolder}`]);
  const files = (listed ?? '').split('\0').filter((file) => file !== '');
  if (files.length === 0) return;
  throw new PlanError(
    `${trackedState(files)}. Nothing was run. Look at what is there, take it out of git, and run again:\n` +
      `  ${untrackState}\nWithout --cached the files are removed from the disk as well.`,
  );
}
