import { loadPipeline } from '../src/engine/graph/load.ts';
import type { Pipeline } from '../src/engine/stages/types.ts';
import { home } from './support/project.ts';

export interface DryProfile {
  /** Name of a file in params/ without its ending. */
  readonly profile: string;
  readonly net: string;
  /** The folder for everything that is made, from this project's root. */
  readonly place: string;
}

/** Stages that train a network or fit a classifier, for Tables 1 to 3. */
const TRAININGS: readonly string[] = ['pretrain-e', 'pretrain-g', 'train'];

/** The drawings of Section 4.6 are not of the paper's scale. */
const TASKS: readonly string[] = ['faces', 'wild'];

/** Stages that everything above reads; what these need in turn comes with them. */
export const PREPARATIONS: readonly string[] = ['prepare@faces', 'prepare@wild'];

/**
 * What of a profile is another for a dry run: one iteration of everything, few pictures in the layouts of the licensed
 * corpora in place of those, one fold, one BaseNet, one repetition, and a place of its own. All else is the profile's.
 */
export function dryParams({ net, place }: DryProfile): Readonly<Record<string, string>> {
  return {
    run: `${place}/run`,
    reports: `${place}/reports`,
    'synthesize.ck-plus.subjects': '5',
    'synthesize.oulu-casia.subjects': '5',
    'synthesize.frames.min': '10',
    'synthesize.frames.max': '10',
    'synthesize.wild.perClass.train': '2',
    'synthesize.wild.perClass.val': '1',
    'synthesize.wild.perClass.test': '1',
    'pictures.faces.corpora.ck-plus': `${place}/run/corpora/ck-plus`,
    'pictures.wild.corpora.ck-plus': `${place}/run/corpora/ck-plus`,
    'pictures.faces.corpora.oulu-casia': `${place}/run/corpora/oulu-casia`,
    'tasks.faces.nets': `[${net}]`,
    'tasks.faces.folds': '[0]',
    'tasks.wild.repeats': '[0]',
    'training.pretrainE.iterations': '1',
    'training.pretrainG.iterations': '1',
    'training.train.iterations.cnn': '1',
    'training.train.iterations.gan': '1',
    'training.classifier.iterations': '1',
  };
}

/** The words of the command line that ask for it. */
export function dryWords(dry: DryProfile): string[] {
  return ['-p', `params/${dry.profile}.yaml`, ...settings(dry).flatMap((setting) => ['-S', setting])];
}

/** @throws PipelineError for a profile or a BaseNet that does not exist */
export function loadDry(dry: DryProfile): Pipeline {
  return loadPipeline({ root: home, profiles: [`params/${dry.profile}.yaml`], set: settings(dry) });
}

/** Every training of the profile, in an order in which they can run, and the folder that each writes. */
export function trainingsOf({ instances }: Pipeline): { readonly name: string; readonly folder: string }[] {
  return [...instances.values()]
    .filter(
      ({ stage, name }) => TRAININGS.includes(stage) && TASKS.some((task) => name.startsWith(`${stage}@${task}-`)),
    )
    .map(({ name, outs }) => ({ name, folder: outs.find(({ kind }) => kind === 'out')?.path ?? '' }));
}

function settings(dry: DryProfile): string[] {
  return Object.entries(dryParams(dry)).map(([key, value]) => `${key}=${value}`);
}
