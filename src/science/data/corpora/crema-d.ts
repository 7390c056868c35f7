import { basename, join } from 'node:path';
import { describeSkipped, Tally } from '../corpus.ts';
import type { CorpusReader, Sequence } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { choice, decimal, readOptions } from '../options.ts';
import { ffmpeg, filmFrame, shares } from './film.ts';
import type { FilmTool } from './film.ts';
import { describeFolder, findFiles, requireFolder } from './folders.ts';

const NAME = 'crema-d';
const LAYOUT = 'VideoFlash/1001_IEO_ANG_HI.flv';

const FILM = /\.(flv|mp4|mov|avi|mkv|webm)$/i;
/** Actor, sentence, emotion, level. One file of the corpus has X for XX. */
const CLIP = /^(\d{4})_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX?)\.\w+$/i;

const LABELS: Readonly<Record<string, string>> = {
  ANG: 'anger',
  DIS: 'disgust',
  FEA: 'fear',
  HAP: 'happiness',
  NEU: 'neutral',
  SAD: 'sadness',
};

interface Options {
  /** The level whose pictures are weak. */
  readonly weak: 'LO' | 'MD';
  /** Where in a film its weak pictures lie, as shares of its length. */
  readonly weakAt: readonly number[];
  /** Where in a film its peak lies. */
  readonly peakAt: number;
}

interface Clip {
  readonly actor: string;
  readonly sentence: string;
  readonly emotion: string;
  readonly level: string;
  readonly name: string;
  readonly path: string;
}

/**
 * CREMA-D: films of actors who say a sentence in an emotion, one of them (IEO) at three levels. A sequence is one
 * actor's sentence and emotion: weak pictures from the film at level LO, the peak from the one at HI. Films without a
 * level are counted and left out. The root is the folder that holds `VideoFlash`, or that one. Options: `weak` (LO, MD),
 * `weakAt` ([0.4, 0.5, 0.6]), `peakAt` (0.5).
 */
export function cremaDWith(tool: FilmTool): CorpusReader {
  return {
    name: NAME,
    async read(root, given) {
      const options = readOptions<Options>(`corpus ${NAME}`, given, {
        weak: choice(['LO', 'MD']),
        weakAt: shares([0.4, 0.5, 0.6]),
        peakAt: decimal(0.5, 0, 1),
      });
      await requireFolder(root, LAYOUT);
      const tally = new Tally();
      const takes = takesOf(await clipsIn(root, tally), tally);
      const sequences: Sequence[] = [];
      for (const [take, levels] of takes) {
        const weak = levels.get(options.weak);
        const peak = levels.get('HI');
        const unused = levels.size - (weak === undefined ? 0 : 1) - (peak === undefined ? 0 : 1);
        tally.add(NAME, 'film', 'of a level that is not used', unused);
        if (weak === undefined || peak === undefined) {
          tally.add(NAME, 'film', `no film at level ${peak === undefined ? 'HI' : options.weak} to pair it with`);
          continue;
        }
        const frame = (clip: Clip, share: number) => filmFrame(tool, clip.name, clip.path, share);
        sequences.push({
          corpus: NAME,
          id: `${NAME}/${take}`,
          subject: `${NAME}/${weak.actor}`,
          label: LABELS[weak.emotion] as string,
          frames: [...options.weakAt.map((share) => frame(weak, share)), frame(peak, options.peakAt)],
          weak: options.weakAt.map((_, i) => i + 1),
        });
      }
      const skipped = tally.list();
      if (sequences.length === 0) throw await nothing(root, describeSkipped(skipped));
      await tool.require();
      return { sequences, skipped, source: '' };
    },
  };
}

export const cremaD = cremaDWith(ffmpeg);

async function clipsIn(root: string, tally: Tally): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const name of await findFiles(root, 2)) {
    if (!FILM.test(name)) continue;
    const [, actor, sentence, emotion, level] = CLIP.exec(basename(name).toUpperCase()) ?? [];
    if (actor === undefined || sentence === undefined || emotion === undefined || level === undefined) {
      tally.add(NAME, 'film', 'not named like a film of the corpus');
      continue;
    }
    const path = join(root, name);
    if (!(emotion in LABELS)) {
      const expected = `an emotion of ${Object.keys(LABELS).join(', ')}`;
      const advice = 'Restore the name of the film from the corpus, or remove it';
      throw new DataError({ where: path, expected, found: quoted(emotion), advice });
    }
    clips.push({ actor, sentence, emotion, level, name, path });
  }
  return clips;
}

/** The films at each level by actor, sentence and emotion. */
function takesOf(clips: readonly Clip[], tally: Tally): Map<string, Map<string, Clip>> {
  const takes = new Map<string, Map<string, Clip>>();
  for (const clip of clips) {
    if (clip.level.startsWith('X')) {
      tally.add(NAME, 'film', 'no level of intensity (XX)');
      continue;
    }
    const take = `${clip.actor}/${clip.sentence}/${clip.emotion}`;
    const levels = takes.get(take) ?? new Map<string, Clip>();
    const other = levels.get(clip.level);
    if (other !== undefined) {
      const advice = 'Give the folder of the copy that is meant';
      throw new DataError({ where: clip.path, expected: 'each film once', found: `also ${other.path}`, advice });
    }
    takes.set(take, levels.set(clip.level, clip));
  }
  return takes;
}

async function nothing(root: string, skipped: string): Promise<DataError> {
  const found = skipped === '' ? await describeFolder(root) : `none (left out: ${skipped})`;
  const advice = 'Give the folder that holds VideoFlash as the path of corpus crema-d';
  return new DataError({ where: root, expected: `films at levels LO and HI, ${LAYOUT}`, found, advice });
}
