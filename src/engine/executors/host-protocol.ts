/** To a stage host: run this file for the instance of this context. */
export interface HostOrder {
  readonly id: number;
  readonly file: string;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly args: readonly string[];
  readonly contextFile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** From a stage host: the instance is done, with the exit code that a process of its own would have had. */
export interface HostAnswer {
  readonly id: number;
  readonly code: number;
}

const markerStart = '\u0001\u0002end ';
const markerEnd = '\u0002\u0001';
/** No id has so many digits that a marker would be longer (bytes). */
const longestMarker = 40;

/**
 * Written by a host to stdout and to stderr when an instance is done. Pipes keep their order, so everything before the
 * marker belongs to that instance. The control characters keep it apart from what stages print.
 */
export function endMarker(id: number): string {
  return `${markerStart}${id}${markerEnd}\n`;
}

/** Takes the markers out of what a host writes, however it is cut into pieces. */
export class MarkerSplitter {
  readonly #onText: (bytes: Buffer) => void;
  readonly #onMarker: (id: number) => void;
  /** The end of what came, which may be the beginning of a marker. */
  #held: Buffer = Buffer.alloc(0);

  constructor(onText: (bytes: Buffer) => void, onMarker: (id: number) => void) {
    this.#onText = onText;
    this.#onMarker = onMarker;
  }

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      const at = this.#held.indexOf(markerStart);
      if (at < 0) {
        this.#pass(this.#held.length - startedMarker(this.#held));
        return;
      }
      this.#pass(at);
      const behind = this.#held.toString('latin1', markerStart.length, longestMarker);
      const digits = /^[0-9]*/.exec(behind)?.[0] ?? '';
      const rest = behind.slice(digits.length);
      const end = `${markerEnd}\n`;
      if (digits !== '' && rest.startsWith(end)) {
        this.#held = this.#held.subarray(markerStart.length + digits.length + end.length);
        this.#onMarker(Number(digits));
      } else if (end.startsWith(rest) && this.#held.length < longestMarker) return;
      // A stage printed what only looks like one.
      else this.#pass(1);
    }
  }

  /** Passes on what was held back: nothing more comes. */
  end(): void {
    this.#pass(this.#held.length);
  }

  #pass(length: number): void {
    if (length > 0) this.#onText(this.#held.subarray(0, length));
    this.#held = this.#held.subarray(length);
  }
}

/** How many bytes at the end may be the beginning of a marker. */
function startedMarker(bytes: Buffer): number {
  for (let length = Math.min(markerStart.length - 1, bytes.length); length > 0; length--) {
    if (markerStart.startsWith(bytes.toString('latin1', bytes.length - length))) return length;
  }
  return 0;
}
