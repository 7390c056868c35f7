import { basename, join } from 'node:path';
import { describeSkipped, Tally } from '../corpus.ts';
import type { CorpusReader, Sequence } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { choice, decimal, readOptions } from '../options.ts';
import { ffmpeg, filmFrame, shares } from './film.ts';
import type { FilmTool } from './film.ts';
import { describeFolder, findFiles, requireFolder } from './folders.ts';

const NAME = 'ravdess';
const LAYOUT = 'Actor_01/02-01-06-01-02-01-12.mp4';

const FILM = /\.(mp4|flv|mov|avi|mkv|webm)$/i;
/** Modality, channel, emotion, intensity, statement, repetition, actor. */
const CLIP = /^(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)\.\w+$/;

const LABELS: Readonly<Record<string, string>> = {
  '01': 'neutral',
  '02': 'calm',
  '03': 'happiness',
  '04': 'sadness',
  '05': 'anger',
  '06': 'fear',
  '07': 'disgust',
  '08': 'surprise',
};
const CHANNELS: Readonly<Record<string, string>> = { '01': 'speech', '02': 'song' };
const NORMAL = '01';
const STRONG = '02';

interface Options {
  readonly channel: 'speech' | 'song' | 'both';
  /** Where in a film its weak pictures lie, as shares of its length. */
  readonly weakAt: readonly number[];
  /** Where in a film its peak lies. */
  readonly peakAt: number;
}

interface Clip {
  readonly modality: string;
  readonly emotion: string;
  readonly intensity: string;
  readonly actor: string;
  /** What pairs a normal with a strong film: all but modality and intensity. */
  readonly take: string;
  readonly name: string;
  readonly path: string;
}

/**
 * RAVDESS: films of actors who speak or sing two statements in an emotion, at normal and strong intensity, each twice. A
 * sequence is one statement and repetition: weak pictures from the normal film, the peak from the strong one. Neutral has
 * no strong film. Films come with sound (modality 01) and without (02); one of each is enough, 02 is taken where both
 * are there. The root holds the actors' folders, perhaps one folder further down. Options: `channel` (speech, song,
 * both), `weakAt` ([0.4, 0.5, 0.6]), `peakAt` (0.5).
 */
export function ravdessWith(tool: FilmTool): CorpusReader {
  return {
    name: NAME,
    async read(root, given) {
      const options = readOptions<Options>(`corpus ${NAME}`, given, {
        channel: choice(['speech', 'song', 'both']),
        weakAt: shares([0.4, 0.5, 0.6]),
        peakAt: decimal(0.5, 0, 1),
      });
      await requireFolder(root, LAYOUT);
      const tally = new Tally();
      const takes = takesOf(await clipsIn(root, options.channel, tally), tally);
      const sequences: Sequence[] = [];
      for (const [take, { normal, strong }] of takes) {
        if (normal === undefined || strong === undefined) {
          const label = LABELS[(normal ?? strong)?.emotion ?? ''] ?? '';
          const why =
            label === 'neutral' ? 'neutral, which has no strong version' : 'without its normal or strong partner';
          tally.add(NAME, 'film', why);
          continue;
        }
        const frame = (clip: Clip, share: number) => filmFrame(tool, clip.name, clip.path, share);
        sequences.push({
          corpus: NAME,
          id: `${NAME}/${take}`,
          subject: `${NAME}/${normal.actor}`,
          label: LABELS[normal.emotion] as string,
          frames: [...options.weakAt.map((share) => frame(normal, share)), frame(strong, options.peakAt)],
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

export const ravdess = ravdessWith(ffmpeg);

async function clipsIn(root: string, channel: Options['channel'], tally: Tally): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const name of await findFiles(root, 3)) {
    if (!FILM.test(name)) continue;
    const fields = CLIP.exec(basename(name));
    if (fields === null) {
      tally.add(NAME, 'film', 'not named like a film of the corpus');
      continue;
    }
    const [, modality = '', of = '', emotion = '', intensity = '', statement = '', repetition = '', actor = ''] =
      fields;
    const path = join(root, name);
    requireCode(path, 'emotion', emotion, Object.keys(LABELS));
    requireCode(path, 'channel', of, Object.keys(CHANNELS));
    requireCode(path, 'intensity', intensity, [NORMAL, STRONG]);
    if (channel !== 'both' && CHANNELS[of] !== channel) {
      tally.add(NAME, 'film', `${CHANNELS[of] ?? of}, which option channel leaves out`);
      continue;
    }
    const take = [actor, of, emotion, statement, repetition].join('-');
    clips.push({ modality, emotion, intensity, actor, take, name, path });
  }
  return clips;
}

function requireCode(path: string, field: string, code: string, known: readonly string[]): void {
  if (known.includes(code)) return;
  const expected = `an ${field} of ${known.join(', ')}`.replace('an channel', 'a channel');
  const advice = 'Restore the name of the film from the corpus, or remove it';
  throw new DataError({ where: path, expected, found: quoted(code), advice });
}

interface Take {
  readonly normal?: Clip;
  readonly strong?: Clip;
}

function takesOf(clips: readonly Clip[], tally: Tally): Map<string, Take> {
  const takes = new Map<string, Take>();
  for (const clip of clips) {
    const take = takes.get(clip.take) ?? {};
    const strength = clip.intensity === STRONG ? 'strong' : 'normal';
    const other = take[strength];
    if (other?.modality === clip.modality) {
      const advice = 'Give the folder of the copy that is meant';
      throw new DataError({ where: clip.path, expected: 'each film once', found: `also ${other.path}`, advice });
    }
    if (other !== undefined) tally.add(NAME, 'film', 'the same film with or without sound is there');
    const better = other === undefined || clip.modality > other.modality;
    takes.set(clip.take, better ? { ...take, [strength]: clip } : take);
  }
  return takes;
}

async function nothing(root: string, skipped: string): Promise<DataError> {
  const found = skipped === '' ? await describeFolder(root) : `none (left out: ${skipped})`;
  const advice = "Give the folder that holds the actors' folders as the path of corpus ravdess";
  return new DataError({ where: root, expected: `films at both intensities, ${LAYOUT}`, found, advice });
}
