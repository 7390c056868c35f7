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

/**
 * Written by a host to stdout and to stderr when an instance is done. Pipes keep their order, so everything before the
 * marker belongs to that instance. The control characters keep it apart from what stages print.
 */
export function endMarker(id: number): string {
  return `${markerStart}${id}${markerEnd}\n`;
}

/** Splits a line into what the stage printed before the marker (which may be an unfinished line) and the marker's id. */
export function splitMarker(line: string): { text: string; id: number } | null {
  const at = line.lastIndexOf(markerStart);
  if (at < 0 || !line.endsWith(markerEnd)) return null;
  return { text: line.slice(0, at), id: Number(line.slice(at + markerStart.length, -markerEnd.length)) };
}
