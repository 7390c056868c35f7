import { StringDecoder } from 'node:string_decoder';
import type { OutputName } from '../../executors/output-streams.ts';
import { progressPrefix } from '../../stage-context.ts';
import type { StageLog } from './stage-log.ts';

/** A line longer than this (characters) is passed on in pieces, so that output without newlines cannot fill memory. */
const longestLine = 1 << 20;
/**
 * The beginning of a line (bytes) that is held back from the log until its end has come: lines of the two streams do not
 * mix there, and one that turns out to be a progress line stays out.
 */
const longestHeld = 4096;
/** Time (ms) between two reports of a line that is rewritten again and again. */
const rewritePause = 200;
const tailLength = 20;
const newline = 10;
const carriageReturn = 13;

export interface Progress {
  readonly fraction: number;
  readonly note: string | null;
}

export interface OutputListener {
  /** A line as a terminal would show it in the end, without its newline. */
  readonly onLine: (stream: OutputName, line: string) => void;
  /** What the stage reports, or the state of a line that it rewrites (a progress bar). */
  readonly onProgress: (progress: Progress) => void;
}

/**
 * What one instance writes: its bytes go to the log, line by line in the order in which lines come to their ends, its
 * lines and progress to the listener. Only the lines `::progress ...` are no part of the log.
 */
export class StageOutput {
  readonly #streams: Readonly<Record<OutputName, LineReader>>;
  readonly #tail: string[] = [];

  constructor(log: Pick<StageLog, 'write'>, listener: OutputListener) {
    let reports = false;
    let shownAt = -Infinity;
    const onLine = (stream: OutputName) => (line: string) => {
      this.#tail.push(line);
      if (this.#tail.length > tailLength) this.#tail.shift();
      listener.onLine(stream, line);
    };
    const onRewrite = (text: string): void => {
      // A stage that reports its progress in so many words knows best.
      if (reports || performance.now() - shownAt < rewritePause) return;
      shownAt = performance.now();
      listener.onProgress({ fraction: percentIn(text), note: text });
    };
    const onProgress = (progress: Progress): void => {
      reports = true;
      listener.onProgress(progress);
    };
    const onBytes = (bytes: Buffer): void => log.write(bytes);
    this.#streams = {
      stdout: new LineReader({ onBytes, onLine: onLine('stdout'), onRewrite, onProgress }),
      stderr: new LineReader({ onBytes, onLine: onLine('stderr'), onRewrite, onProgress: null }),
    };
  }

  push(stream: OutputName, bytes: Buffer): void {
    this.#streams[stream].push(bytes);
  }

  /** Passes on last lines that have no newline. */
  end(): void {
    this.#streams.stdout.end();
    this.#streams.stderr.end();
  }

  /** The last lines. */
  get tail(): readonly string[] {
    return this.#tail;
  }
}

interface LineListener {
  readonly onBytes: (bytes: Buffer) => void;
  readonly onLine: (line: string) => void;
  readonly onRewrite: (text: string) => void;
  /** Null where progress lines have no meaning. */
  readonly onProgress: ((progress: Progress) => void) | null;
}

/** One stream, cut into lines. */
class LineReader {
  readonly #listener: LineListener;
  readonly #decoder = new StringDecoder('utf8');
  /** The open line, as long as nothing of it is in the log. */
  #held: Buffer | null = null;
  /** True while nothing of the open line has been passed on. */
  #atStart = true;
  /** Text of the open line. */
  #open = '';

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(newline, at);
      const piece = bytes.subarray(at, end < 0 ? bytes.length : end + 1);
      this.#take(piece, end >= 0);
      at += piece.length;
    }
  }

  end(): void {
    this.#open += this.#decoder.end();
    if (this.#held !== null) this.#listener.onBytes(this.#held);
    this.#held = null;
    if (this.#open !== '') this.#listener.onLine(shown(this.#open));
    this.#open = '';
  }

  /** Takes a piece of one line, which may be its end. */
  #take(piece: Buffer, isEnd: boolean): void {
    const { onBytes, onLine, onProgress } = this.#listener;
    this.#open += this.#decoder.write(piece);
    const whole = this.#held === null ? piece : Buffer.concat([this.#held, piece]);
    // Once a part of the line is in the log, the rest follows as it comes.
    const isWhole = this.#atStart || this.#held !== null;
    if (!isEnd) {
      this.#atStart = false;
      // What a program writes over again and again is wanted at once.
      if (isWhole && whole.length <= longestHeld && (!whole.includes(carriageReturn) || isStarted(whole))) {
        this.#held = whole;
        return;
      }
      this.#held = null;
      onBytes(whole);
      this.#keepOpen();
      return;
    }
    const line = this.#open.slice(0, -1);
    const progress = isWhole && onProgress !== null ? parseProgress(line.replace(/\r$/, '')) : null;
    [this.#open, this.#held, this.#atStart] = ['', null, true];
    if (progress !== null) {
      onProgress?.(progress);
      return;
    }
    onBytes(whole);
    onLine(shown(line));
  }

  #keepOpen(): void {
    const { onLine, onRewrite } = this.#listener;
    const last = this.#open.lastIndexOf('\r', this.#open.length - 2);
    if (last >= 0) {
      // What was overwritten will never be shown.
      this.#open = this.#open.slice(last);
      const text = shown(this.#open);
      if (text.trim() !== '') onRewrite(text);
    }
    if (this.#open.length <= longestLine) return;
    onLine(shown(this.#open));
    this.#open = '';
  }
}

/** Whether bytes at the start of a line may become a progress line. */
function isStarted(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, progressPrefix.length);
  return progressPrefix.startsWith(text) || text.startsWith(progressPrefix);
}

/** What a terminal shows in the end of a line in which carriage returns go back to its beginning. */
function shown(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').findLast((part) => part !== '') ?? '';
}

/** The share that a progress bar names, from 0 to 1: `45%|####   | 45/100`. 0 when it names none. */
function percentIn(text: string): number {
  const percent = Number(/(\d+(?:\.\d+)?) ?%/.exec(text)?.[1] ?? 0);
  return percent <= 100 ? percent / 100 : 0;
}

/** `::progress 0.25 epoch 3 of 12`; null for any other line. */
export function parseProgress(line: string): Progress | null {
  if (!line.startsWith(progressPrefix)) return null;
  const match = /^(\d+(?:\.\d+)?)(?: (.+))?$/.exec(line.slice(progressPrefix.length).trim());
  if (match === null) return null;
  return { fraction: Math.min(1, Number(match[1])), note: match[2] ?? null };
}
