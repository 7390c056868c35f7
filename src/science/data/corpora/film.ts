import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Frame } from '../corpus.ts';
import { DataError, errorCode, quoted } from '../data-error.ts';
import { decodeBytes } from '../pictures/decode.ts';
import type { Image } from '../pictures/images.ts';
import { option } from '../options.ts';
import type { OptionOf } from '../options.ts';

/** Takes single pictures out of films. */
export interface FilmTool {
  /** Throws a DataError that says what to install where it cannot work at all. */
  require(): Promise<void>;
  /** The picture at a share of the film's length, 0 the first and 1 the last. Throws a DataError for a damaged film. */
  picture(path: string, share: number): Promise<Image>;
}

const run = promisify(execFile);

/** One picture of a film of 4K in PNG is some 30 MB. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * Films through the programs ffmpeg and ffprobe. The same film and the same release of ffmpeg give the same pictures:
 * colours are converted with its exact arithmetic, and frames are counted, not timed.
 */
export const ffmpeg: FilmTool = {
  async require() {
    for (const program of ['ffmpeg', 'ffprobe']) {
      try {
        await run(program, ['-version']);
      } catch (error) {
        throw new DataError(
          {
            where: program,
            expected: 'the programs ffmpeg and ffprobe, which take pictures out of films',
            found: errorCode(error) === 'ENOENT' ? `no ${program} on the PATH` : `one that does not start`,
            advice:
              'Install ffmpeg (Debian and Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg; Windows: ' +
              'winget install ffmpeg), or set the corpus to ~ in the corpora of these pictures',
          },
          { cause: error },
        );
      }
    }
  },
  async picture(path, share) {
    const last = (await countFrames(path)) - 1;
    const number = Math.round(share * last);
    const args = ['-v', 'error', '-nostdin', '-i', `file:${path}`, '-map', '0:v:0'];
    args.push('-vf', `select=eq(n\\,${number})`, '-frames:v', '1', '-sws_flags', 'accurate_rnd+bitexact');
    args.push('-f', 'image2pipe', '-c:v', 'png', '-');
    const bytes = await output('ffmpeg', args, path);
    if (bytes.length === 0) throw damaged(path, `no picture number ${number + 1} of ${last + 1}`);
    return await decodeBytes(bytes, path);
  },
};

async function countFrames(path: string): Promise<number> {
  const args = ['-v', 'error', '-select_streams', 'v:0', '-count_packets'];
  args.push('-show_entries', 'stream=nb_read_packets', '-of', 'default=nokey=1:noprint_wrappers=1', `file:${path}`);
  const text = (await output('ffprobe', args, path)).toString('latin1').trim();
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw damaged(path, text === '' ? 'no pictures' : quoted(text));
}

async function output(program: string, args: readonly string[], path: string): Promise<Buffer> {
  try {
    return (await run(program, args, { encoding: 'buffer', maxBuffer: MOST_BYTES })).stdout;
  } catch (error) {
    // A program that cannot be started is no fault of the film, and must not pass for a picture to skip.
    if (errorCode(error) !== null) throw error;
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : '';
    throw damaged(path, said === undefined || said === '' ? 'damaged data' : `damaged data (${said})`, error);
  }
}

function damaged(where: string, found: string, cause?: unknown): DataError {
  const advice = 'Restore the film from the corpus, or set onBadImage to skip';
  return new DataError({ where, expected: 'a film', found, advice }, { cause });
}

/** A frame that is taken out of a film when it is wanted; `name` is the film's path inside the corpus. */
export function filmFrame(tool: FilmTool, name: string, path: string, share: number): Frame {
  return { kind: 'loaded', name: `${name}@${share}`, load: () => tool.picture(path, share) };
}

/** An option that is a list of shares of a film's length. */
export function shares(fallback: readonly number[]): OptionOf<readonly number[]> {
  const fits = (value: unknown): value is readonly number[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((share) => typeof share === 'number' && share >= 0 && share <= 1);
  return option(fallback, 'a list of shares of the length, numbers from 0 to 1', fits);
}
