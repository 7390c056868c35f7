import { basename, dirname, join, resolve } from 'node:path';
import { describeSkipped, Tally } from '../corpus.ts';
import type { CorpusReader, Frame, Sequence } from '../corpus.ts';
import { DataError } from '../data-error.ts';
import { describeFolder, list, pathInside, requireFolder } from './folders.ts';
import { choice, readOptions } from '../options.ts';

const NAME = 'oulu-casia';
const LAYOUT = 'PreProcess_Img/VL_Acropped/Strong/P001/Anger/000.jpeg or OriginalImg/VL/Strong/P001/Anger/000.jpeg';

const SUBJECT = /^P\d+$/i;
const PICTURE = /^\d+\.(png|jpe?g)$/i;
const VARIANT = /^(b_)?originalimg$|^preprocess(_?img)?$/i;
const CAMERA = /^(VL|NI)(_?Acropped)?$/i;
const ILLUMINATION = /^(Strong|Weak|Dark)$/i;

const LABELS: Readonly<Record<string, string>> = {
  anger: 'anger',
  disgust: 'disgust',
  fear: 'fear',
  happiness: 'happiness',
  sadness: 'sadness',
  surprise: 'surprise',
};

interface Options {
  /** VL: visible light, NI: near infrared. */
  readonly camera: 'VL' | 'NI';
  readonly illumination: 'Strong' | 'Weak' | 'Dark';
  /** Which pictures: `auto` takes the cropped ones where they are there. */
  readonly pictures: 'auto' | 'cropped' | 'original';
}

/**
 * Oulu-CASIA NIR&VIS as its archives unpack, names in any case. The root may be the folder that holds `OriginalImg`,
 * `B_OriginalImg` or `PreProcess_Img`, one of these, or anything between them and the folder of the subjects, or the
 * folder one above. Options: `camera` (VL), `illumination` (Strong, the paper's normal illumination), `pictures`.
 */
export const ouluCasia: CorpusReader = {
  name: NAME,
  async read(root, given) {
    const options = readOptions<Options>(`corpus ${NAME}`, given, {
      camera: choice(['VL', 'NI']),
      illumination: choice(['Strong', 'Weak', 'Dark']),
      pictures: choice(['auto', 'cropped', 'original']),
    });
    await requireFolder(root, LAYOUT);
    const { folder } = await choosePart(root, options);
    const source = pathInside(root, folder);
    const tally = new Tally();
    const sequences: Sequence[] = [];
    for (const subject of (await list(folder)).folders) {
      if (!SUBJECT.test(subject)) {
        tally.add(NAME, 'folder', 'not named like a subject');
        continue;
      }
      for (const expression of (await list(join(folder, subject))).folders) {
        const sequence = await readSequence({ folder, source, subject, expression, options, tally });
        if (sequence !== null) sequences.push(sequence);
      }
    }
    const skipped = tally.list();
    if (sequences.length === 0) {
      const found = `none${skipped.length > 0 ? ` (left out: ${describeSkipped(skipped)})` : ''}`;
      const advice = 'Check that the archive was unpacked completely';
      throw new DataError({ where: folder, expected: 'folders like P001/Anger with pictures', found, advice });
    }
    return { sequences, skipped, source };
  },
};

interface SequenceAt {
  readonly folder: string;
  readonly source: string;
  readonly subject: string;
  readonly expression: string;
  readonly options: Options;
  readonly tally: Tally;
}

async function readSequence(at: SequenceAt): Promise<Sequence | null> {
  const { folder, source, subject, expression, options, tally } = at;
  const label = LABELS[expression.toLowerCase()];
  if (label === undefined) {
    tally.add(NAME, 'folder', 'not named like an expression');
    return null;
  }
  const { files } = await list(join(folder, subject, expression));
  const pictures = files.filter((file) => PICTURE.test(file));
  tally.add(NAME, 'file', 'not named like a picture of the corpus', files.length - pictures.length);
  if (pictures.length === 0) {
    tally.add(NAME, 'sequence', 'an empty folder');
    return null;
  }
  const frames = pictures.map((picture): Frame => {
    const inside = [subject, expression, picture];
    return { kind: 'file', name: [source, ...inside].filter(Boolean).join('/'), path: join(folder, ...inside) };
  });
  const person = `${NAME}/${subject.toUpperCase()}`;
  const id = `${person}/${options.camera}/${options.illumination}/${label}`;
  return { corpus: NAME, id, subject: person, label, frames };
}

/** A folder of subjects, and what the names on the way to it say. */
interface PartOfCorpus {
  readonly folder: string;
  readonly camera: string | null;
  readonly illumination: string | null;
  readonly cropped: boolean;
  /** The folder below the root that holds this copy of the corpus; null when it is the root itself. */
  readonly copy: string | null;
}

async function choosePart(root: string, options: Options): Promise<PartOfCorpus> {
  const found = await findParts(root);
  const copies = new Set(found.map(({ copy }) => copy));
  if (copies.size > 1 && !copies.has(null)) {
    const advice = 'Give the folder of the one that is meant';
    throw new DataError({ where: root, expected: 'one copy of the corpus', found: [...copies].join(', '), advice });
  }
  const parts = copies.has(null) ? found.filter(({ copy }) => copy === null) : found;
  const fitting = parts.filter(
    (part) =>
      (part.camera ?? options.camera) === options.camera &&
      (part.illumination ?? options.illumination) === options.illumination &&
      (options.pictures === 'auto' || part.cropped === (options.pictures === 'cropped')),
  );
  const part = fitting.find(({ cropped }) => cropped) ?? fitting[0];
  if (part !== undefined) return part;
  const kind = options.pictures === 'auto' ? '' : `${options.pictures} pictures of `;
  const offered = parts.map(({ folder }) => pathInside(root, folder));
  throw new DataError({
    where: root,
    expected: `${kind}${options.camera}/${options.illumination} as in ${LAYOUT}`,
    found: offered.length > 0 ? `only ${offered.join(', ')}` : await describeFolder(root),
    advice:
      offered.length > 0
        ? 'Choose one of these by the options camera, illumination and pictures, or unpack the missing part'
        : 'Give the folder that holds OriginalImg or PreProcess_Img as the path of corpus oulu-casia',
  });
}

/** All folders of subjects, in the order of their names. Only folders with names of the corpus are entered. */
async function findParts(root: string): Promise<PartOfCorpus[]> {
  const parts: PartOfCorpus[] = [];
  const enter = async (folder: string, names: readonly string[], copy: string | null): Promise<void> => {
    const { folders } = await list(folder);
    if (folders.some((name) => SUBJECT.test(name))) parts.push(describePart(folder, names, copy));
    for (const name of folders) {
      const known = VARIANT.test(name) || CAMERA.test(name) || ILLUMINATION.test(name);
      if (known) await enter(join(folder, name), [...names, name], copy);
      else if (folder === root && !SUBJECT.test(name)) await enterIfOpen(join(folder, name), names);
    }
  };
  // While looking inside unknown folders, one that may not be opened is somebody else's.
  const enterIfOpen = async (folder: string, names: readonly string[]): Promise<void> => {
    try {
      await enter(folder, names, basename(folder));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
    }
  };
  const place = resolve(root);
  const above = [dirname(dirname(place)), dirname(place), place].map((folder) => basename(folder));
  await enter(root, above, null);
  return parts;
}

function describePart(folder: string, names: readonly string[], copy: string | null): PartOfCorpus {
  const camera = names.findLast((name) => CAMERA.test(name));
  const illumination = names.findLast((name) => ILLUMINATION.test(name));
  return {
    folder,
    copy,
    camera: camera?.slice(0, 2).toUpperCase() ?? null,
    illumination: illumination === undefined ? null : capitalised(illumination),
    cropped: names.some((name) => /_?acropped$|^preprocess/i.test(name)),
  };
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
}
