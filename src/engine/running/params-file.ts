import path from 'node:path';
import type { StageInstance } from '../stages/types.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { fileNameOf, temporaryFolder } from './paths.ts';
import { statePlace } from '../../base/state-place.ts';

/** The environment variable that names a JSON file with the params of a stage, nested as in a params file. */
export const paramsVariable = 'PIPELINE_PARAMS';

/** See `Pipeline.paramsText`. */
export type ParamsText = (keys: readonly string[]) => string;

/**
 * Writes the params that a stage names for its program to read: with profile and `-S`, and in any language. What the
 * stage does not name is not there, so that nothing that a program reads escapes the fingerprint.
 *
 * @returns the file's absolute path
 */
export function writeParamsFile(
  instance: StageInstance,
  {
    root,
    invocation,
    paramsText,
  }: { readonly root: string; readonly invocation: string; readonly paramsText: ParamsText },
): string {
  const file = path.join(statePlace(root, temporaryFolder(invocation)), `${fileNameOf(instance.name)}.params.json`);
  // Those of other files are in these files, whatever profile there is.
  const keys = instance.params.filter(({ keyInFile }) => keyInFile === undefined).map(({ key }) => key);
  writeFileAtomic(file, `${paramsText(keys)}\n`);
  return file;
}
