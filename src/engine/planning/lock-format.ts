import { type Artifact, isArtifact } from '../store/contents/artifact.ts';
import { type Digest, isDigest } from '../store/contents/digest.ts';
import type { Value } from '../yaml/values.ts';
import type { Environment } from './environment.ts';
import type { DepNames } from './fingerprint.ts';

/** What the lock records of one finished instance. Keys of `deps`, `outs` and `code` are paths. */
export interface LockBlock {
  readonly fingerprint: Digest;
  readonly commands: readonly string[];
  /** Where the commands ran; absent for the project's root. */
  readonly wdir?: string;
  readonly params: Readonly<Record<string, Value>>;
  readonly code: Readonly<Record<string, Digest>>;
  /** Values of the environment variables that the stage names, null for one that was not set; absent when it names none. */
  readonly env?: Environment;
  /** Canonical paths of dependencies by name; absent where none has one. */
  readonly names?: DepNames;
  readonly deps: Readonly<Record<string, Artifact>>;
  readonly outs: Readonly<Record<string, Artifact>>;
}

export type LockBlocks = ReadonlyMap<string, LockBlock>;

const lockFormat = 1;

/** What every lock begins with, up to its stages. */
export const lockHead = `# What was run, with what, and what came out. Written by the pipeline; commit it.
format: ${lockFormat}
`;

/** A lock file that a person has to look at. The message says what to do. */
export class LockError extends Error {
  override readonly name = 'LockError';
}

/** The lock's text: blocks sorted by instance name, one fact a line, so that git merges what two people ran. */
export function writeLockText(blocks: Iterable<readonly [name: string, text: string]>): string {
  const sorted = [...blocks].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${lockHead}stages:${sorted.length === 0 ? ' {}' : ''}\n${sorted.map(([, text]) => text).join('')}`;
}

export function writeBlockText(name: string, block: LockBlock): string {
  const lines = [`  ${scalar(name)}:`, `    fingerprint: ${block.fingerprint}`, `    cmd:`];
  for (const command of block.commands) lines.push(`      - ${scalar(command)}`);
  if (block.wdir !== undefined) lines.push(`    wdir: ${scalar(block.wdir)}`);
  const section = (title: string, values: Readonly<Record<string, unknown>>): void => {
    const keys = Object.keys(values).sort();
    if (keys.length === 0) return;
    lines.push(`    ${title}:`);
    for (const key of keys) lines.push(`      ${scalar(key)}: ${flow(values[key])}`);
  };
  section('params', block.params);
  section('code', block.code);
  section('env', block.env ?? {});
  section('names', block.names ?? {});
  section('deps', block.deps);
  section('outs', block.outs);
  return `${lines.join('\n')}\n`;
}

/** Reads the parsed document of a lock file. Throws LockError when it is not one. */
export function readLockDocument(document: unknown, file: string): Map<string, LockBlock> {
  const { format, stages } = (document ?? {}) as { format?: unknown; stages?: unknown };
  if (format !== lockFormat || !isRecord(stages)) {
    throw new LockError(`${file} is not a lock file of format ${lockFormat}. ` + rebuildAdvice(file));
  }
  const blocks = new Map<string, LockBlock>();
  for (const [name, block] of Object.entries(stages)) {
    const read = readBlock(block);
    // A block that a person edited beyond recognition counts as never run; the cache knows the outputs all the same.
    if (read !== null) blocks.set(name, read);
  }
  return blocks;
}

export function refuseConflictMarkers(text: string, file: string): void {
  const at = /^(?:<{7}|={7}|>{7})(?: |$)/m.exec(text);
  if (at === null) return;
  const line = text.slice(0, at.index).split('\n').length;
  throw new LockError(
    `${file}:${line}: the lock file has merge-conflict markers. Take either side, for example with\n` +
      `  git checkout --ours -- ${file}\nand run the pipeline again: what was already computed comes from the cache.`,
  );
}

export function rebuildAdvice(file: string): string {
  return `Move ${file} away and run the pipeline again: what was already computed comes from the cache.`;
}

function readBlock(value: unknown): LockBlock | null {
  if (!isRecord(value)) return null;
  const { fingerprint, cmd, wdir, params = {}, code = {}, env, names, deps = {}, outs = {} } = value;
  if (!isDigest(fingerprint) || !Array.isArray(cmd) || !cmd.every((word) => typeof word === 'string')) return null;
  if (!isRecord(params) || !isRecordOf(code, isDigest)) return null;
  if (!isRecordOf(deps, isArtifact) || !isRecordOf(outs, isArtifact)) return null;
  if (wdir !== undefined && typeof wdir !== 'string') return null;
  if (env !== undefined && !isRecordOf(env, isEnvironmentValue)) return null;
  if (names !== undefined && !isRecordOf(names, isNamed)) return null;
  return {
    fingerprint,
    commands: cmd,
    ...(wdir === undefined ? {} : { wdir }),
    params: params as LockBlock['params'],
    code,
    ...(env === undefined ? {} : { env }),
    ...(names === undefined ? {} : { names }),
    deps,
    outs,
  };
}

const leavesProject = /^\/|(?:^|\/)\.\.(?:\/|$)|\0/;

/** False for a path that no stage can have as an output: a lock may come from anybody, and name any file. */
export function staysInside(path: string): boolean {
  return !leavesProject.test(path);
}

/** The value of a key that the record has itself: a path may be called `constructor`. */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export function isEnvironmentValue(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

export function isNamed(value: unknown): value is DepNames[string] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((path) => typeof path === 'string'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isRecordOf<T>(value: unknown, is: (inner: unknown) => inner is T): value is Record<string, T> {
  return isRecord(value) && Object.values(value).every(is);
}

/** Words that YAML would read as something else than text. */
const plain = /^[A-Za-z_./][\w./@=+-]*(?: [\w./@=+-]+)*$/;
const notText = /^(?:true|false|null|yes|no|on|off|\.nan|[-+.]?\.inf|\.+)$/i;

/** Whether text is written without quotes. YAML reads it as text then. */
export function isUnquoted(text: string): boolean {
  if (isDigest(text)) return !/^\d+(?:e\d+)?$/.test(text);
  return plain.test(text) && !notText.test(text) && !/^\.?\d/.test(text);
}

function scalar(text: string): string {
  return isUnquoted(text) ? text : JSON.stringify(text);
}

function flow(value: unknown): string {
  if (typeof value === 'string') return scalar(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  }
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isRecord(value)) {
    const fields = Object.keys(value)
      .sort()
      .filter((key) => value[key] !== undefined);
    return fields.length === 0 ? '{}' : `{ ${fields.map((key) => `${scalar(key)}: ${flow(value[key])}`).join(', ')} }`;
  }
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
}
