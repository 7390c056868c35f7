import { extname } from 'node:path/posix';
import { parse } from 'yaml';
import { isTooDeep } from '../yaml/flow-depth.ts';
import type { Value } from '../yaml/values.ts';
import { numberIn, parseTableRow } from './csv-row.ts';
import { type FlatValues, flatten } from './flat-values.ts';
import { exactNumber, parseJsonText, tooDeep } from './json-text.ts';

/** Files larger than this (bytes) hold something else than a few numbers of a stage. */
export const largestMetrics = 1 << 24;

/** The text of a metrics file, or what is wrong with it as the rest of a sentence. */
export type MetricsText = { readonly text: string } | { readonly problem: string };

/** Decodes the bytes of a metrics file; without a byte order mark. */
export function metricsText(bytes: Uint8Array): MetricsText {
  if (bytes.length > largestMetrics) return tooLarge(bytes.length);
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not UTF-8 text' };
  }
}

export function tooLarge(size: number): MetricsText {
  const MiB = 1024 ** 2;
  return { problem: `has ${Math.ceil(size / MiB)} MiB; metrics files have at most ${largestMetrics / MiB}` };
}

/**
 * The document in a metrics file as dotted keys, or what is wrong with it in one sentence: JSON, YAML, a table of one
 * row (.csv, .tsv), or a number by itself, which gets the key `value`.
 */
export function parseMetrics(text: string, path: string): FlatValues | string {
  if (text.trim() === '') return `${path} is empty`;
  const extension = extname(path).toLowerCase();
  try {
    switch (extension) {
      case '.json':
        return flattened(parseJsonText(text));
      case '.csv':
        return flattened(parseTableRow(text, ','));
      case '.tsv':
        return flattened(parseTableRow(text, '\t'));
      case '.toml':
        return `${path} is TOML, which is not read here; write JSON or YAML`;
      default:
        return parseOther(text, path);
    }
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `${path} ${kindOfFile(extension)}: ${first.replace(/:$/, '')}`;
  }
}

function kindOfFile(extension: string): string {
  switch (extension) {
    case '.json':
      return 'is not JSON';
    case '.csv':
    case '.tsv':
      return 'is no table of one row';
    default:
      return 'is neither JSON nor YAML';
  }
}

/** YAML includes JSON, so a file of any other name may hold either. Text alone is no metric. */
function parseOther(text: string, path: string): FlatValues | string {
  const alone = numberIn(text.trim());
  if (alone !== null) return flattened(alone);
  if (isTooDeep(text)) throw new SyntaxError(tooDeep);
  const document = exactIntegers(parse(text, { intAsBigInt: true, logLevel: 'error' }));
  if (typeof document === 'string') return `${path} is text; write JSON, YAML, or a number by itself`;
  return document === null ? `${path} is empty` : flattened(document);
}

/** Integers as numbers where these hold them exactly, else as text. */
function exactIntegers(value: unknown): Value {
  if (typeof value === 'bigint') return exactNumber(value.toString());
  if (Array.isArray(value)) return value.map(exactIntegers);
  if (typeof value !== 'object' || value === null) return value as Value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, exactIntegers(inner)]));
}

function flattened(document: Value): FlatValues {
  return flatten(document, typeof document === 'object' && document !== null ? '' : 'value');
}
