import type { Crop, CropParams } from '../corpora.ts';
import type { Params } from '../params.ts';
import { ParamsError } from './params-error.ts';

/** A corpus to be read for some pictures. */
export interface UsedCorpus {
  /** The name of its reader. */
  readonly reader: string;
  /** Where it lies, as params have it. */
  readonly root: string;
  /** Of the reader. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly crop: Crop;
}

/**
 * The corpora that pictures are made of, in the order of params: those that are not `~`.
 *
 * @throws ParamsError when there are no such pictures, when no corpus is used, or when params do not say how one is read
 */
export function usedCorpora(
  { corpora, pictures }: Pick<Params, 'corpora' | 'pictures'>,
  name: string,
): readonly UsedCorpus[] {
  const where = `pictures.${name}.corpora`;
  const mixed = pictures[name]?.corpora;
  if (mixed === undefined) {
    throw new ParamsError(
      `there are no pictures "${name}" in params: expected one of ${Object.keys(pictures).join(', ')}`,
    );
  }
  const used = Object.entries(mixed).flatMap(([reader, root]): UsedCorpus[] => {
    if (root === null) return [];
    const corpus = corpora[reader];
    if (corpus === undefined) {
      throw new ParamsError(
        `${where} names ${reader}: expected one of ${Object.keys(corpora).join(', ')}, as in corpora`,
      );
    }
    return [{ reader, root, options: corpus.options, crop: completeCrop(corpus.crop, `corpora.${reader}.crop`) }];
  });
  if (used.length === 0) {
    const names = Object.keys(mixed).join(', ') || 'none';
    throw new ParamsError(`${where}: expected the folder of at least one corpus, found none. There are ${names}.`);
  }
  return used;
}

function completeCrop(crop: CropParams, where: string): Crop {
  const { kind, x, y, size, margin, reference, upright } = crop;
  switch (kind) {
    case 'whole':
      return { kind };
    case 'box':
      if (x === undefined || y === undefined || size === undefined) throw incomplete(where, kind, 'x, y and size');
      return { kind, x, y, size };
    case 'landmarks':
      if (margin === undefined || reference === undefined || upright === undefined) {
        throw incomplete(where, kind, 'margin, reference and upright');
      }
      return { kind, margin, reference, upright };
  }
}

function incomplete(where: string, kind: string, needed: string): ParamsError {
  return new ParamsError(`${where}: a crop of kind ${kind} needs ${needed}`);
}
